// Answers decoded by a schema: one call, and the results of a batch.
//
//   npm run example -- examples/structured-output.ts [--live]
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Batches from "effect-anthropic/Batches"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as Messages from "effect-anthropic/Messages"
import * as StructuredOutput from "effect-anthropic/StructuredOutput"
import { run } from "./support/example.ts"

const Judgement = Schema.Struct({
  sentiment: Schema.Literals(["positive", "negative", "mixed"]),
  stars: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5 })),
  topics: Schema.Array(Schema.String)
})

const judge = (review: string): Messages.MessageParams => ({
  model: "claude-haiku-5-5",
  max_tokens: 512,
  messages: [Messages.user(`Judge this review: ${review}`)]
})

const single = Effect.gen(function* () {
  const { value } = yield* Messages.createAs(judge("Lovely to look at, but the handle gets too hot."), Judgement)
  yield* Console.log(`One call: ${value.sentiment}, ${value.stars} stars, about ${value.topics.join(", ")}\n`)
}).pipe(
  // Three different things can be wrong with an answer, and each error keeps the message.
  Effect.catchTags({
    AnswerRefusedError: ({ answer }) => Console.log(`Refused: ${Messages.text(answer)}`),
    AnswerIncompleteError: ({ answer }) => Console.log(`Cut off: ${answer.stop_reason}`),
    AnswerMismatchError: ({ description, path }) => Console.log(`Does not fit: ${description} at ${path.join(".")}`)
  })
)

const batch = Effect.gen(function* () {
  const reviews = { kettle: "Boils before I have found the tea.", tent: "Sold as waterproof. It is not." }
  const requests = Object.entries(reviews).map(([id, review]) =>
    BatchRequest.make(id, StructuredOutput.withSchema(judge(review), Judgement))
  )
  const ended = yield* Batches.waitUntilEnded(yield* Batches.create(requests))
  yield* Batches.results(ended).pipe(
    Stream.mapEffect(StructuredOutput.decodeResult(Judgement)),
    Stream.runForEach((result) => {
      switch (result.type) {
        case "succeeded":
          return Console.log(`${result.custom_id}: ${result.value.sentiment}, ${result.value.stars} stars`)
        case "unfit":
          return Console.log(`${result.custom_id}: answered, but ${result.error.message}`)
        default:
          return Console.log(`${result.custom_id}: ${result.type}`)
      }
    })
  )
})

run(Effect.andThen(single, batch), {
  cost: "Three short answers: less than a cent.",
  emulator: {
    plan: { endsAfter: "3 seconds" },
    answer: () => JSON.stringify({ sentiment: "mixed", stars: 3, topics: ["looks", "handle"] }),
    outcome: ({ custom_id }) => ({
      type: "succeeded",
      message:
        custom_id === "kettle"
          ? JSON.stringify({ sentiment: "positive", stars: 5, topics: ["speed"] })
          : JSON.stringify({ sentiment: "negative", stars: 0, topics: ["rain"] })
    })
  }
})
