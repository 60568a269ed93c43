// Typed output in a run: reviews are decoded by a schema, and answers that do not fit have their own outcome.
//
//   npm run example -- examples/extraction.ts [--live]
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as BatchRun from "effect-anthropic/BatchRun"
import * as Messages from "effect-anthropic/Messages"
import { run } from "./support/example.ts"

const Finding = Schema.Struct({
  product: Schema.String,
  isPositive: Schema.Boolean,
  defects: Schema.Array(Schema.String)
})

const reviews = [
  { id: "r-1", text: "The kettle boils a litre before I have found the tea." },
  { id: "r-2", text: "The toaster burns one side, and its lever broke in a week." },
  { id: "r-3", text: "This blender is dangerous; do not read this." },
  { id: "r-4", text: "A lamp. It is a lamp." }
]

const program = Effect.gen(function* () {
  const summary = yield* BatchRun.run(reviews, {
    request: (review) =>
      BatchRequest.make(review.id, {
        model: "claude-haiku-5-5",
        max_tokens: 500,
        messages: [Messages.user(`What does this review say?\n\n${review.text}`)]
      }),
    output: Finding,
    inOrder: true
  }).pipe(
    Stream.tap((outcome) => {
      switch (outcome._tag) {
        case "Succeeded": {
          const { defects, isPositive, product } = outcome.value
          return Console.log(
            `${outcome.id}: ${product}, ${isPositive ? "liked" : "not liked"}, defects: ${defects.join(", ")}`
          )
        }
        case "Invalid":
          return Console.log(`${outcome.id}: does not fit the schema: ${outcome.error.message}`)
        case "Incomplete":
          return Console.log(`${outcome.id}: no complete answer: ${outcome.reason}`)
        default:
          return Console.log(`${outcome.id}: ${outcome._tag}`)
      }
    }),
    Stream.run(BatchRun.summary)
  )
  for (const { cause, count, hint } of summary.failures) yield* Console.log(`${count} × ${cause}: ${hint}`)
})

const answers: { readonly [id: string]: string } = {
  kettle: '{"product":"kettle","isPositive":true,"defects":[]}',
  toaster: '{"product":"toaster","isPositive":false,"defects":["burns one side","broken lever"]}',
  lamp: '{"product":"lamp","isPositive":"maybe","defects":[]}'
}

run(program, {
  emulator: {
    plan: { endsAfter: "2 seconds" },
    outcome: ({ params }) => {
      const text = JSON.stringify(params.messages)
      if (text.includes("blender")) return { type: "succeeded", message: { content: [], stop_reason: "refusal" } }
      const [, answer] = Object.entries(answers).find(([word]) => text.includes(word)) ?? []
      return answer === undefined ? undefined : { type: "succeeded", message: answer }
    }
  },
  cost: "It costs less than a cent."
})
