// Plays histories outside of the test runner: from a seed on, so many, until one is wrong, or with `all` to the last one.
import * as Effect from "effect/Effect"
import { play } from "./history.ts"
import { check } from "./model.ts"
import { scenarioOf } from "./scenario.ts"

const [from = 1, count = 1_000] = process.argv.slice(2, 4).map(Number)
const untilFirst = process.argv[4] !== "all"

/** Plays one history, and gives what is wrong with it. One that cannot go on is wrong, too. */
const wrongOf = (seed: number): Effect.Effect<ReadonlyArray<string>> =>
  play(scenarioOf(seed)).pipe(
    Effect.map((history) => {
      const wrong = check(history)
      return wrong.length === 0 || process.env.SHOW === undefined ? wrong : [...wrong, ...history.log]
    }),
    Effect.catchCause((cause) => Effect.succeed([String(cause)]))
  )

const main = Effect.gen(function* () {
  let whole = 0
  for (let seed = from; seed < from + count; seed++) {
    const wrong = yield* wrongOf(seed)
    if (wrong.length > 0) {
      console.log(`seed ${seed} is wrong:\n${wrong.join("\n")}`)
      if (untilFirst) return false
    } else whole += 1
    if ((seed - from + 1) % 100 === 0) console.log(`${whole} of ${seed - from + 1} histories were whole`)
  }
  console.log(`${whole} of ${count} histories were whole`)
  return whole === count
})

process.exit((await Effect.runPromise(main)) ? 0 : 1)
