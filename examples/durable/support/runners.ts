// Starts processes that carry out durable runs, reads their output, and counts the outcomes that they wrote.
import { type ChildProcess, spawn } from "node:child_process"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** A process ended without printing the expected line. */
export class RunnerEnded extends Data.TaggedError("RunnerEnded")<{ readonly said: string }> {
  override get message(): string {
    return `the process has ended, and printed: ${this.said}`
  }
}

export interface Runner {
  readonly process: ChildProcess
  /** Waits until the runs are started. */
  readonly ready: Effect.Effect<string, RunnerEnded>
  /** Waits for a line that begins with a word, and returns it. */
  readonly said: (word: string) => Effect.Effect<string, RunnerEnded>
  readonly kill: (signal: NodeJS.Signals) => void
  readonly output: () => string
}

/** Starts a process, which is killed when the scope closes. */
export const startRunner = (
  command: ReadonlyArray<string>,
  options: {
    readonly store: string
    readonly source: string
    readonly outcomes: string
    readonly runs: number
    readonly prefix: string
    readonly port: number
    /** The URL of the API. */
    readonly url: string
    readonly grace: string
    readonly flags?: ReadonlyArray<string>
  }
): Effect.Effect<Runner, never, Scope.Scope> => {
  const { flags = [], grace, outcomes, port, prefix, runs, source, store, url } = options
  const [node = process.execPath, ...rest] = command
  const values = { store, source, outcomes, runs, prefix, port, grace }
  const args = Object.entries(values).flatMap(([name, value]) => [`--${name}`, `${value}`])
  return Effect.map(
    Effect.acquireRelease(
      Effect.sync(() =>
        spawn(node, [...rest, ...args, ...flags], {
          env: { ...process.env, ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: "test" }
        })
      ),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    ),
    (child) => {
      let output = ""
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk) => {
          output += chunk
        })
      }
      const said = (word: string) =>
        Effect.callback<string, RunnerEnded>((resume) => {
          const look = (): void => {
            const line = output.split("\n").find((line) => line.startsWith(word))
            if (line !== undefined) resume(Effect.succeed(line))
            else if (hasEnded) resume(Effect.fail(new RunnerEnded({ said: output })))
          }
          let hasEnded = child.exitCode !== null || child.signalCode !== null
          const end = (): void => {
            hasEnded = true
            look()
          }
          child.stdout.on("data", look)
          child.on("close", end)
          look()
          return Effect.sync(() => {
            child.stdout.off("data", look)
            child.off("close", end)
          })
        })
      return { process: child, said, ready: said("ready"), kill: (signal) => child.kill(signal), output: () => output }
    }
  )
}

/** The lines of the outcomes of one run. */
export const countLines = (directory: string, read: (path: string) => string): ReadonlyArray<string> =>
  readdirSync(directory)
    .filter((file) => file.endsWith(".jsonl"))
    .flatMap((file) => read(join(directory, file)).split("\n"))
    .filter((line) => line !== "")
