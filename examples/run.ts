// The main job: hundreds of requests as one run. They are split into batches, watched, read, sent again where that helps,
// and priced. Each item ends with one outcome.
//
//   npm start                              on the emulator, where some things are scripted to fail
//   npm start -- --report run.html         also writes a report of the run: one file that opens in a browser
//   npm start -- --live                    on the API; costs about two cents
//
// On the emulator the clock runs 1 800 times as fast, so that hours take seconds.
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as BatchRun from "effect-anthropic/BatchRun"
import * as Messages from "effect-anthropic/Messages"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { isLive, option, run } from "./support/example.ts"
import { fastClock } from "./support/fastClock.ts"
import { Ledger } from "./support/ledger.ts"
import { bad, dim, good, type Line, paint, plain, strong } from "./support/lines.ts"
import { panel, recordLines } from "./support/panel.ts"
import { writeReport } from "./support/report.ts"
import { type Review, reviews } from "./support/reviews.ts"
import { viewOf } from "./support/runView.ts"

/** How many times as fast the clock of the emulator runs. */
const speed = 1_800

const shops = isLive ? 1 : 10
const items = Array.from({ length: shops }, (_, shop) =>
  reviews.map((review): Review => ({ ...review, id: `shop ${shop + 1}, ${review.id}` }))
).flat()

const toRequest = (review: Review) =>
  BatchRequest.make(review.id, {
    model: review.text.length > 55 ? "claude-sonnet-5" : "claude-haiku-5-5",
    max_tokens: 1024,
    system: "Is this product review positive, negative or mixed? Answer with that one word.",
    messages: [Messages.user(review.text)]
  })

const failureLines = (failures: BatchRun.Summary["failures"]): ReadonlyArray<Line> =>
  failures.flatMap(
    ({ cause, count, example, hint }): ReadonlyArray<Line> => [
      [bad(`  ${String(count).padStart(3)} × ${cause}`), plain(`, such as “${example.id}”`)],
      [dim(`        ${hint}`)]
    ]
  )

const program = Effect.gen(function* () {
  const clock = yield* Clock.Clock
  const now = () => clock.currentTimeMillisUnsafe()
  const ledger = new Ledger(yield* DateTime.now)
  if (!isLive) yield* Console.log(`The clock runs ${speed} times as fast: an hour takes two seconds.\n`)
  const view = () => viewOf("reviews", items.length, ledger, now)

  const summary = yield* Effect.scoped(
    Effect.gen(function* () {
      const { set } = yield* panel
      return yield* BatchRun.run(items, {
        request: toRequest,
        chunk: { items: isLive ? 36 : 45 },
        budget: { limit: 5 },
        onEvent: (event) => {
          ledger.addEvent(event, now())
          return set(view())
        }
      }).pipe(
        Stream.tap((outcome) => Effect.sync(() => ledger.addOutcome(outcome))),
        Stream.run(BatchRun.summary),
        Effect.tap(() => set(view()))
      )
    })
  )

  const { failures } = summary
  const lines: ReadonlyArray<Line> = [
    [],
    [
      strong(`Every one of ${summary.items} items has one outcome: `),
      good(`${summary.outcomes.Succeeded} succeeded`),
      plain(failures.length === 0 ? "." : ". The others, by cause:")
    ],
    ...failureLines(failures)
  ]
  recordLines([...view().lines(), ...lines])
  for (const line of lines) yield* Console.log(paint(line))

  const report = option("report")
  if (report !== undefined) {
    writeReport(report, { name: "reviews", ledger, summary })
    yield* Console.log(`\nThe report is in ${report}`)
  }
})

/** The text of the review that a request is about. */
const textOf = (params: { readonly [key: string]: unknown }): string =>
  reviews.find(({ text }) => JSON.stringify(params).includes(JSON.stringify(text)))?.text ?? ""

const retried = new Set<string>()

/** What the emulator does with the request at `position`. A temporary failure happens once. */
const scripted = (text: string, position: string): AnthropicEmulator.Outcome | undefined => {
  const sentiment = reviews.find((review) => review.text === text)?.sentiment
  const once = (outcome: AnthropicEmulator.Outcome): AnthropicEmulator.Outcome => {
    if (retried.has(position)) return { type: "succeeded", message: sentiment }
    retried.add(position)
    return outcome
  }
  if (/^Sold as/.test(text)) return { type: "succeeded", message: { content: [], stop_reason: "refusal" } }
  if (/^A strap tore|^Good lamp/.test(text)) {
    return once({ type: "errored", error: { type: "overloaded_error", message: "Overloaded" } })
  }
  if (/^It arrived/.test(text)) return once({ type: "expired" })
  return { type: "succeeded", message: sentiment }
}

run(isLive ? program : Effect.provideService(program, Clock.Clock, fastClock(speed, Date.now())), {
  cost: "The requests cost about two cents.",
  // The second create is carried out, and its answer is lost.
  seed: Effect.gen(function* () {
    const { fault } = yield* AnthropicEmulator.Emulator
    const create = { method: "POST", path: "/v1/messages/batches" }
    yield* fault({
      when: create,
      skip: 1,
      ...AnthropicEmulator.Fault.processedThen(AnthropicEmulator.Fault.status(500))
    })
  }),
  emulator: {
    plan: (_, index) => ({ endsAfter: `${40 + 25 * (index % 5)} minutes` }),
    outcome: ({ custom_id, params }) => scripted(textOf(params), custom_id.slice(custom_id.lastIndexOf("-") + 1))
  }
})
