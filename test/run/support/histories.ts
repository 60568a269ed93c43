// Plays a share of the random histories as one test. HISTORIES says how many there are in all, FROM the first seed.
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { play } from "./history.ts"
import { check } from "./model.ts"
import { scenarioOf } from "./scenario.ts"

const count = Number(process.env.HISTORIES ?? 1_000)
const first = Number(process.env.FROM ?? 1)

/** Every `of`-th history, from the one with the number `share` on; files of tests run beside each other. */
export const histories = (share: number, of: number): void =>
  it.live(
    "ends with one outcome for each item, and with each item paid once",
    () =>
      Effect.gen(function* () {
        for (let seed = first + share; seed < first + count; seed += of) {
          const history = yield* play(scenarioOf(seed))
          assert.deepStrictEqual(check(history), [], `seed ${seed}\n${history.log.join("\n")}`)
        }
      }),
    3_600_000
  )
