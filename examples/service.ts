// A program that uses the service of `support/Reviewer.ts`. `test/examples/service.test.ts` tests the service.
//
//   npm run example -- examples/service.ts [--live]
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { run } from "./support/example.ts"
import { layer, Reviewer } from "./support/Reviewer.ts"
import { reviews } from "./support/reviews.ts"

const program = Effect.gen(function* () {
  const reviewer = yield* Reviewer
  for (const { text } of reviews.slice(0, 3)) {
    const { reason, sentiment } = yield* reviewer.judge(text)
    yield* Console.log(`${sentiment.padEnd(9)} ${text}\n          ${reason}`)
  }
}).pipe(Effect.provide(layer))

run(program, {
  cost: "Three short answers: less than a cent.",
  emulator: {
    answer: (_, index) =>
      JSON.stringify({
        sentiment: reviews[index]?.sentiment ?? "mixed",
        reason: "On the emulator the verdicts are scripted."
      })
  }
})
