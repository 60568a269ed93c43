// Starts the bulk example as a separate process, kills it at random moments, and starts it again until it has ended.
import { spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"

export interface Crashes {
  readonly url: string
  readonly directory: string
  readonly rows: number
  readonly kills: number
  readonly speed: number
  readonly began: number
  readonly onLine: (line: string) => Effect.Effect<void>
  /** When to kill a process, in milliseconds from its first call on; random if absent. */
  readonly moment?: ((kill: number) => number) | undefined
}

const root = process.cwd()

const start = ({ began, directory, rows, speed, url }: Crashes) =>
  spawn(
    process.execPath,
    [
      join(root, "scripts/run.mjs"),
      join(root, "examples/bulk.ts"),
      "--live",
      ...["--rows", String(rows), "--in", join(directory, "rows.jsonl"), "--out", join(directory, "outcomes.jsonl")],
      ...["--journal", join(directory, "runs"), "--speed", String(speed), "--began", String(began)]
    ],
    { cwd: root, env: { ...process.env, ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: "any-key-will-do" } }
  )

/** Runs one process to its end, or kills it `killAfter` milliseconds after it has begun to work. */
const live = (options: Crashes, killAfter: number | undefined) =>
  Effect.callback<{ readonly code: number | null; readonly output: string }>((resume) => {
    const child = start(options)
    let output = ""
    let timer: NodeJS.Timeout | undefined
    const onData = (data: Buffer): void => {
      output += data.toString()
      if (killAfter !== undefined && timer === undefined && output.includes("read,")) {
        timer = setTimeout(() => child.kill("SIGKILL"), killAfter)
      }
    }
    child.stdout.on("data", onData)
    child.stderr.on("data", onData)
    child.on("exit", (code) => {
      clearTimeout(timer)
      resume(Effect.succeed({ code, output }))
    })
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** Kills the process and starts it again, then lets it end. Dies if its exit code is not 0. */
export const crashes = Effect.fnUntraced(function* (options: Crashes) {
  const output = join(options.directory, "outcomes.jsonl")
  for (let kill = 0; kill < options.kills; kill++) {
    const after = options.moment?.(kill) ?? Math.random() * 4_000
    const { code } = yield* live(options, after)
    const lines = existsSync(output) ? count(readFileSync(output, "utf8")).lines : 0
    yield* options.onLine(
      code === null
        ? `killed ${Math.round(after)} ms after it began to work; the file has ${lines} outcomes`
        : `it ended before it was killed; the file has ${lines} outcomes`
    )
  }
  const { code, output: text } = yield* live(options, undefined)
  if (code !== 0) return yield* Effect.die(new Error(`the run ended with code ${code}:\n${text}`))
  yield* options.onLine(text.trim().split("\n").slice(-3).join("\n"))
})

/** How many outcomes a file has, and of how many rows. */
export const count = (text: string): { readonly lines: number; readonly differentRows: number } => {
  const ids = text
    .split("\n")
    .slice(0, -1)
    .map((line) => /"id":"([^"]*)"/.exec(line)?.[1] ?? line)
  return { lines: ids.length, differentRows: new Set(ids).size }
}
