// Plays histories outside of the test runner: from a seed on, so many, until one is wrong.
import * as Effect from "effect/Effect"
import { play } from "./history.ts"
import { check } from "./model.ts"
import { scenarioOf } from "./scenario.ts"

const [from = 1, count = 1_000] = process.argv.slice(2).map(Number)

const main = Effect.gen(function* () {
  for (let seed = from; seed < from + count; seed++) {
    const history = yield* Effect.onError(play(scenarioOf(seed)), () =>
      Effect.sync(() => console.log(`seed ${seed} is wrong: it fails`))
    )
    const wrong = check(history)
    if (wrong.length > 0) {
      console.log(`seed ${seed} is wrong:\n${wrong.join("\n")}`)
      if (process.env.SHOW !== undefined) console.log(history.log.join("\n"))
      process.exit(1)
    }
    if ((seed - from + 1) % 100 === 0) console.log(`${seed - from + 1} of ${count} histories were whole`)
  }
  console.log(`${count} of ${count} histories were whole`)
})

// A history that cannot go on is wrong, too.
const exit = await Effect.runPromiseExit(main)
if (exit._tag === "Failure") console.log(String(exit.cause))
process.exit(exit._tag === "Success" ? 0 : 1)
