// The steps of a batch one by one: requests are built from data, submitted, watched, read, and joined to their data.
//
//   npm run example -- examples/batches.ts                               on the emulator, where a few requests fail
//   npm run example -- examples/batches.ts --live                        on the API; costs money
//   npm run example -- examples/batches.ts --live --batch msgbatch_…     continues with a batch that was submitted before
//
// With --strict the exit code is 1 when a request has no answer.
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Batches from "effect-anthropic/Batches"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as Messages from "effect-anthropic/Messages"
import type { AnthropicEmulator } from "effect-anthropic/testing"
import { isLive, option, run } from "./support/example.ts"
import { type Review, reviews } from "./support/reviews.ts"
import { statusLine } from "./support/statusLine.ts"

const toRequest = (review: Review) =>
  BatchRequest.make(review.id, {
    model: "claude-haiku-5-5",
    max_tokens: 1024,
    system: "Is this product review positive, negative or mixed? Answer with that one word.",
    messages: [Messages.user(review.text)]
  })

const shortened = (text: string) => (text.length > 55 ? `${text.slice(0, 54)}…` : text)

/** The answer of a result, if it is complete. */
const answerOf = (result: Batches.MessageBatchResult): string | undefined =>
  result.type === "succeeded" && result.message.stop_reason === "end_turn"
    ? Messages.text(result.message).trim()
    : undefined

/** Submits the requests, or continues with a batch that was submitted before. Returns the batch when it has ended. */
const submitAndWatch = Effect.fn("submitAndWatch")(function* (saved: string | undefined) {
  const batch = yield* saved === undefined ? Batches.create(reviews.map(toRequest)) : Batches.retrieve(saved)
  yield* Console.log(`Batch ${batch.id}`)

  const line = yield* statusLine
  return yield* Batches.waitUntilEnded(batch, {
    onSnapshot: (snapshot) => line.set(snapshot.processing_status),
    ...(isLive ? {} : { schedule: Schedule.spaced("250 millis") })
  }).pipe(
    Effect.onInterrupt(() =>
      isLive
        ? Console.log(
            `\nThe batch continues. To wait for it: npm run example -- examples/batches.ts --live --batch ${batch.id}`
          )
        : Effect.void
    )
  )
}, Effect.scoped)

const program = Effect.gen(function* () {
  const batch = yield* submitAndWatch(option("batch"))
  const { succeeded, errored, canceled, expired } = batch.request_counts
  yield* Console.log(`Ended: ${succeeded} succeeded, ${errored} errored, ${canceled} canceled, ${expired} expired\n`)

  yield* Console.log(`${"request".padEnd(13)} ${"answer".padEnd(9)} review`)
  const failures: Array<{ readonly id: string; readonly failure: string }> = []
  const tokens = { input: 0, output: 0 }
  // Results come in any order; each is joined to the review it answers.
  yield* Batches.results(batch).pipe(
    Batches.join(reviews, (review) => review.id),
    Stream.runForEach((row) => {
      const result = row._tag === "ItemOnly" ? undefined : row.result
      const answer = result === undefined ? undefined : answerOf(result)
      if (answer === undefined) {
        const failure = result === undefined ? "it was not in this batch" : Batches.explain(result).description
        failures.push({ id: row.custom_id, failure })
      }
      if (result?.type === "succeeded") {
        tokens.input += result.message.usage.input_tokens
        tokens.output += result.message.usage.output_tokens
      }
      const text = row._tag === "ResultOnly" ? "(not one of the reviews)" : row.item.text
      return Console.log(`${row.custom_id.padEnd(13)} ${(answer ?? "-").padEnd(9)} ${shortened(text)}`)
    })
  )

  yield* Console.log(
    `\n${failures.length} of ${reviews.length} requests have no answer${failures.length > 0 ? ":" : ""}`
  )
  for (const { id, failure } of failures) yield* Console.log(`${id.padEnd(13)} ${failure}`)

  yield* Console.log(`\nTokens: ${tokens.input} in, ${tokens.output} out`)
  if (failures.length > 0 && process.argv.includes("--strict")) process.exitCode = 1
})

/** The results of some requests on the emulator. The others get the answer that a person gave. */
const scripted: { readonly [id: string]: AnthropicEmulator.Outcome } = {
  "backpack-3": { type: "errored", error: { type: "overloaded_error", message: "Overloaded" } },
  "lamp-2": { type: "errored", error: { type: "overloaded_error", message: "Overloaded" } },
  "headphones-5": { type: "errored", error: { type: "api_error", message: "Internal server error" } },
  "notebook-6": { type: "expired" },
  "tent-2": { type: "succeeded", message: { content: [], stop_reason: "refusal" } }
}

run(program, {
  ...(option("batch") === undefined ? { cost: `Submitting ${reviews.length} requests costs money.` } : {}),
  emulator: {
    plan: { endsAfter: "4 seconds" },
    outcome: ({ custom_id }, index) => scripted[custom_id] ?? { type: "succeeded", message: reviews[index]?.sentiment }
  }
})
