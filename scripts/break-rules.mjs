// Breaks the rules of a run, one after the other and on purpose, and shows that the random histories notice each. A rule
// that they notice too seldom names the file of the test that does. No file of the sources is touched. Arguments: names of
// rules, default all.
import { spawnSync } from "node:child_process"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const root = fileURLToPath(new URL("..", import.meta.url))
const vitest = join(root, "node_modules/vitest/vitest.mjs")
const histories = Number(process.env.HISTORIES ?? 600)

/** What is changed, and where: every rule is broken by replacing one text. `test` notices it where histories do not. */
const rules = [
  {
    name: "an answer that cannot be read is unknown",
    file: "run/create.ts",
    from: `    case "IndeterminateError":\n`,
    to: `    case "IndeterminateError":\n      if ("cause" in error && error.cause._tag === "DecodeError") return refused("passing", error as never)\n`
  },
  {
    name: "a lost connection is unknown",
    file: "run/create.ts",
    from: `    case "IndeterminateError":\n`,
    to: `    case "IndeterminateError":\n      return refused("passing", error as never)\n`
  },
  {
    name: "grace: late acceptance and late listings are waited for",
    file: "run/reconcile.ts",
    from: "export const grace = 2 * minute",
    to: "export const grace = 0"
  },
  {
    name: "grace counts from when the run was taken up",
    file: "run/find.ts",
    from: "  yield* Effect.sleep(grace)\n",
    to: "  yield* Effect.sleep(Math.max(0, unknown.intendedAt + grace - (yield* Clock.currentTimeMillis)))\n"
  },
  {
    name: "a listing that failed is no evidence",
    file: "run/reconcile.ts",
    from: `Effect.succeed<Found>({ _tag: "NoEvidence" })`,
    to: `Effect.succeed<Found>({ _tag: "None" })`
  },
  {
    name: "a batch that nobody can tell is not taken before the grace has passed",
    file: "run/reconcile.ts",
    from: `if (!isLate) return`,
    to: `if (!isLate && (unclear === undefined || open.length > 0)) return`
  },
  {
    name: "the clock may be wrong",
    file: "run/reconcile.ts",
    from: "export const tolerance = 2 * minute",
    to: "export const tolerance = 0"
  },
  {
    name: "a running candidate is waited for",
    file: "run/reconcile.ts",
    from: `if (open.length > 0) return`,
    to: `if (false) return`
  },
  {
    name: "ours by the ids, not by the count",
    file: "run/reconcile.ts",
    from: "    const judged = verdicts.get(batch.id) ?? (yield* verdict(batch, knowledge))\n",
    to: `    const judged: Verdict = { _tag: "Ours", chunk: unknown.number }\n`
  },
  {
    name: "ours by most ids, not by any",
    file: "run/reconcile.ts",
    from: "if (2 * ids > Math.min(tally.ids, requests)) return",
    to: "if (ids > 0) return"
  },
  {
    name: "foreign needs proof",
    file: "run/reconcile.ts",
    from: `return tally.ids >= requests && 2 * ids < requests ? { _tag: "Foreign" } : { _tag: "Unclear", chunk }`,
    to: `return { _tag: "Foreign" }`
  },
  {
    name: "the tag is random",
    file: "run/ids.ts",
    from: 'Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) => byte.toString(16).padStart(2, "0")).join("")',
    to: `"0".repeat(20)`
  },
  {
    name: "the transport repeats no create",
    file: "run/create.ts",
    from: "Anthropic.withSettings({ retry: { maxRetries: 0 } }),",
    to: ""
  },
  {
    name: "boundaries on resume come from the journal",
    file: "runner/fold.ts",
    from: "  for (const entry of entries) {",
    to: `  for (const entry of entries) {\n    if (entry.entry !== "opened") continue`
  },
  {
    name: "settled lists what goes again",
    file: "runner/settle.ts",
    from: "wasSettled ? includes(chunk.again, slot.position) : goesAgain",
    to: "wasSettled ? false : goesAgain"
  },
  {
    name: "attempts are counted from the journal",
    file: "runner/takeUp.ts",
    from: "attempts: chunks.length",
    to: "attempts: 1"
  },
  {
    name: "the intent is written before the call",
    file: "runner/create.ts",
    from: `  yield* record(context, {\n    entry: "intent",`,
    to: `  yield* applyOnly(context, {\n    entry: "intent",`,
    and: [
      "const activate =",
      `const applyOnly = <A, B, E, R>(context: Context<A, B, E, R>, entry: never) => record({ ...context, session: { ...context.session, append: () => Effect.void } }, entry)\n\nconst activate =`
    ]
  },
  {
    name: "own lines are counted, not lines",
    file: "run/read.ts",
    from: "    own: { numberOf: positionOf, makeSet: () => new PositionSet(chunk.positions) },\n    expected: chunk.count,\n",
    to: ""
  },
  {
    name: "a line that comes again is not counted again",
    file: "run/settle.ts",
    from: "      if (!answers.note(position)) continue\n",
    to: "      answers.note(position)\n"
  },
  {
    name: "three downloads before a line is absent",
    file: "run/read.ts",
    from: "const downloads = 3",
    to: "const downloads = 1"
  },
  {
    name: "a known batch that is not found is never created again",
    file: "runner/poller.ts",
    from: `failingFor >= notFoundTolerance`,
    to: `failingFor >= 0`
  },
  {
    name: "a torn last line is dropped",
    file: "journal/owned.ts",
    from: "if (counted === undefined && index === lines.length - 1) break",
    to: ""
  },
  {
    name: "only what may pass goes again",
    file: "run/outcome.ts",
    from: "return outcome.isRetryable\n",
    to: "return true\n"
  },
  {
    name: "a batch that nobody can tell may be that of each chunk",
    file: "run/reconcile.ts",
    from: " && chunk.isUncertain !== true",
    to: "",
    test: "test/pool/creates.test.ts"
  },
  {
    name: "the workspace is that of the first time",
    file: "run/identify.ts",
    from: "differs(started.organization, now.organization) || differs(started.workspace, now.workspace)",
    to: "false"
  },
  {
    name: "the items are those of the first time, by their digest",
    file: "runner/takeUp.ts",
    from: "if (digest.value !== chunk.digest)",
    to: "if (false)"
  },
  {
    name: "settled only after the lines are on the disk",
    file: "runner/settle.ts",
    from: "  yield* delivery.flush\n",
    to: ""
  },
  {
    name: "what a file has is not told again, by position",
    file: "runner/file.ts",
    from: "if (told.has(outcome.position)) continue",
    to: "",
    and: ["isTold: (position) => told.has(position)", "isTold: () => false"]
  },
  {
    name: "what had no room in the budget is sent when the run is taken up with room",
    file: "runner/file.ts",
    from: "if (known.isOpen || told.has(known.position))",
    to: "if (told.has(known.position))",
    test: "test/run/file.test.ts"
  },
  {
    name: "settled carries the spend across resumes",
    file: "run/chunk.ts",
    from: `chunk.spend = BigInt(entry.spend ?? "0")`,
    to: "chunk.spend = 0n"
  },
  {
    name: "an unknown create keeps its reserve",
    file: "run/budget.ts",
    from: `if (chunk.phase !== "Settled") sum`,
    to: `if (chunk.phase === "Submitted" || chunk.phase === "Ended") sum`
  },
  {
    name: "a create that was given up keeps its reserve",
    file: "run/budget.ts",
    from: "      sum += givenUp(chunk)\n",
    to: "",
    test: "test/run/resume.test.ts"
  },
  {
    name: "a chunk of a durable run judges batches by its own ids, so another chunk does not use its verdicts",
    file: "workflow/send.ts",
    from: "const key = `",
    to: "const key = runId ?? `",
    test: "test/workflow/run.test.ts"
  },
  {
    name: "a process that was frozen does not send what it had decided",
    file: "workflow/turns.ts",
    from: "age < 0 || age > sendWithin ? Effect.undefined : send(turn.body)",
    to: "send(turn.body)",
    test: "test/workflow/freeze.test.ts"
  },
  {
    name: "a line that comes after the next owner has read counts for nothing",
    file: "journal/owned.ts",
    from: "counted = read.began ?? counted",
    to: ""
  },
  {
    name: "an owner whose beats go on is not taken over",
    file: "journal/owned.ts",
    from: "if ((yield* storage.lastBeat(run, owner)) !== first) return false",
    to: ""
  },
  {
    name: "the owner is checked before each create",
    file: "runner/create.ts",
    from: "    yield* session.assertOwner\n    if (yield* session.isCanceled)",
    to: "    if (yield* session.isCanceled)"
  },
  {
    name: "the owner is checked before each entry of the journal",
    file: "journal/owned.ts",
    from: "(effect) => Effect.andThen(assertOwner, effect), ",
    to: ""
  },
  {
    name: "the owner is checked before each write to the file",
    file: "runner/file.ts",
    from: "      yield* session.assertOwner\n      const bytes",
    to: "      const bytes"
  },
  {
    name: "the mark of a cancellation is looked for",
    file: "journal/owned.ts",
    from: "isCanceled: Effect.mapError(storage.isCanceled(run, owner), failed)",
    to: "isCanceled: Effect.succeed(false)"
  },
  {
    name: "as often as the policy allows",
    file: "runner/context.ts",
    from: "slot.attempts <= config.retryTimes",
    to: "slot.attempts <= config.retryTimes + 1"
  }
]

const wanted = process.argv.slice(2)
let missed = 0
for (const rule of rules) {
  if (wanted.length > 0 && !wanted.some((name) => rule.name.includes(name))) continue
  const by = rule.test === undefined ? await noticedByHistories(rule) : noticedByTest(rule)
  if (by === undefined) missed += 1
  console.log(`${by === undefined ? "NOT NOTICED" : `noticed ${by}`}: ${rule.name}`)
}
process.exit(missed === 0 ? 0 : 1)

/** How the histories notice a broken rule; undefined if they do not. */
async function noticedByHistories(rule) {
  const outfile = join(root, "node_modules/.cache", `broken-${process.pid}.mjs`)
  await build({
    entryPoints: [join(root, "test/run/support/soak.ts")],
    outfile,
    tsconfig: join(root, "tsconfig.json"),
    bundle: true,
    packages: "external",
    platform: "node",
    target: "node20",
    format: "esm",
    logLevel: "error",
    plugins: [breaking(rule)]
  })
  const { status, stdout } = spawnSync(process.execPath, [outfile, "1", String(histories)], {
    encoding: "utf8",
    timeout: 1_800_000
  })
  rmSync(outfile)
  // One that ran out of time shows nothing.
  if (status === null || status === 0) return undefined
  const seed = /seed (\d+) is wrong/.exec(stdout)?.[1]
  if (seed !== undefined) return `at history ${seed}`
  return `by ${(stdout.split("\n").find((line) => line.includes("rror")) ?? "").slice(0, 120)}`
}

/** Which test notices a broken rule; undefined if none does. */
function noticedByTest(rule) {
  const cache = join(root, "node_modules/.cache")
  const [config, report] = [join(cache, `broken-${process.pid}.config.mjs`), join(cache, `broken-${process.pid}.json`)]
  const { file, test } = rule
  writeFileSync(
    config,
    `import ${JSON.stringify(join(root, "scripts/node20.mjs"))}
export default {
  root: ${JSON.stringify(root)},
  resolve: { tsconfigPaths: true },
  plugins: [{
    name: "break",
    enforce: "pre",
    transform: (code, id) => id.endsWith(${JSON.stringify(`/src/${file}`)})
      ? ${JSON.stringify(changesOf(rule))}.reduce((text, [from, to]) => text.replace(from, () => to), code)
      : undefined
  }],
  test: { testTimeout: 60_000, reporters: [["json", { outputFile: ${JSON.stringify(report)} }]] }
}
`
  )
  spawnSync(process.execPath, [vitest, "run", "--config", config, test])
  const { testResults } = JSON.parse(readFileSync(report, "utf8"))
  for (const path of [config, report]) rmSync(path)
  const failed = testResults.flatMap((result) => result.assertionResults).find((result) => result.status === "failed")
  return failed === undefined ? undefined : `by "${failed.title}"`
}

/** What is replaced, and by what. Fails if a rule does not stand where it stood. */
function changesOf({ and, file, from, name, to }) {
  const text = readFileSync(join(root, "src", file), "utf8")
  const changes = [[from, to], ...(and === undefined ? [] : [and])].filter(([a]) => a !== "")
  for (const [a] of changes) if (!text.includes(a)) throw new Error(`${name}: ${file} has no ${JSON.stringify(a)}`)
  return changes
}

function breaking(rule) {
  const changes = changesOf(rule)
  return {
    name: "break",
    setup({ onLoad }) {
      onLoad({ filter: new RegExp(`src/${rule.file.replace(".", "\\.")}$`) }, ({ path }) => ({
        contents: changes.reduce((text, [from, to]) => text.replace(from, () => to), readFileSync(path, "utf8")),
        loader: "ts"
      }))
    }
  }
}
