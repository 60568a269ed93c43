// What a run promises, by whatever it is driven: in this process, or on Effect's durable engine.
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as BatchRun from "effect-anthropic/BatchRun"
import * as BatchWorkflow from "effect-anthropic/BatchWorkflow"
import * as Messages from "effect-anthropic/Messages"
import type { AnthropicEmulator } from "effect-anthropic/testing"
import { memorySink } from "../workflow/support/world.ts"
import {
  atCreate,
  collect,
  creates,
  Emulator,
  Fault,
  type Item,
  idOf,
  ids,
  itemsOf,
  onServer,
  requestOf,
  script,
  sent,
  tags
} from "./support/world.ts"

interface Options {
  readonly request?: (item: Item) => BatchRequest.BatchRequest
  readonly chunk?: { readonly items?: number; readonly bytes?: number }
  readonly window?: { readonly batches?: number; readonly requests?: number }
  readonly retry?: {
    readonly times?: number
    readonly while?: (outcome: BatchRun.Outcome<Item, unknown>) => boolean
  }
  readonly budget?: { readonly limit: string }
  readonly check?: BatchWorkflow.Options<Item, undefined, never, never>["check"]
  readonly output?: Schema.ConstraintCodec<unknown, unknown>
}

/** What a run failed with, by its tag. */
class Failed extends Data.TaggedError("Failed")<{ readonly error: string }> {}

type Outcomes = Effect.Effect<ReadonlyArray<BatchRun.Outcome<Item, unknown>>, Failed, HttpClient.HttpClient>

/** Gives the outcomes of items in their order. */
type Driver = (items: ReadonlyArray<Item>, options?: Options) => Outcomes

const inProcess: Driver = (items, { output, ...given } = {}) => {
  const options = { request: requestOf, ...given, inOrder: true }
  const outcomes: Stream.Stream<
    BatchRun.Outcome<Item, unknown>,
    { readonly _tag: string },
    HttpClient.HttpClient
  > = output === undefined ? BatchRun.run(items, options) : BatchRun.run(items, { ...options, output })
  return Effect.mapError(collect(outcomes), (error) => new Failed({ error: error._tag }))
}

const workflow: Driver = (items, { budget, check, chunk, output, request, retry, window } = {}) => {
  const Runs = BatchWorkflow.make("Runs")
  const sink = memorySink<Item, unknown>()
  const source: BatchWorkflow.RequestSource<Item> = { items: (_, from) => Stream.fromIterable(items.slice(from)) }
  const options = { source, request: request ?? requestOf, check, retry: { while: retry?.while } }
  const live =
    output === undefined
      ? BatchWorkflow.layer(Runs, { ...options, sink })
      : BatchWorkflow.layer(Runs, { ...options, sink, output })
  const times = retry?.times
  return BatchWorkflow.run(Runs, {
    runId: "run",
    source: "items",
    options: {
      ...(chunk === undefined ? {} : { chunk }),
      ...(window === undefined ? {} : { window }),
      ...(times === undefined ? {} : { retry: { times } }),
      ...(budget === undefined ? {} : { budget })
    }
  }).pipe(
    Effect.map((result) => {
      const outcomes = sink.outcomes("run")
      assert.strictEqual(result.items, outcomes.length)
      const counts = Object.entries(result.outcomes).filter(([, count]) => count > 0)
      assert.deepStrictEqual(Object.fromEntries(counts), tags(outcomes))
      return outcomes
    }),
    Effect.mapError((error) => new Failed({ error: error._tag === "StepFailedError" ? error.error : error._tag })),
    Effect.provide(live.pipe(Layer.provideMerge(WorkflowEngine.layerMemory)))
  )
}

const byId = (choose: (id: string) => AnthropicEmulator.Outcome | undefined): AnthropicEmulator.Options => ({
  outcome: ({ params }) => choose(idOf(params))
})

/** The first time that an item is sent, `outcome`; then an answer. */
const firstTime = (outcome: AnthropicEmulator.Outcome, chosen: (id: string) => boolean): AnthropicEmulator.Options => {
  const seen = new Set<string>()
  return byId((id) => {
    const isFirst = !seen.has(id)
    seen.add(id)
    return isFirst && chosen(id) ? outcome : undefined
  })
}

/** The most that so many items can cost, in USD. */
const worstOf = (count: number) =>
  Effect.map(BatchRun.plan(itemsOf(count), { request: requestOf }), ({ cost }) => {
    const { scale, value } = cost.atMost
    return (Number(value) / 10 ** scale).toFixed(12)
  })

for (const [name, run] of [
  ["in this process", inProcess],
  ["on a durable engine", workflow]
] as const) {
  describe(`a run ${name}`, () => {
    it.live("emits one outcome for each item, with the caller's id, position and batch", () =>
      Effect.gen(function* () {
        const items = itemsOf(25)
        const all = yield* run(items, { chunk: { items: 10 } })
        assert.deepStrictEqual(tags(all), { Succeeded: 25 })
        for (const [index, outcome] of all.entries()) {
          assert.deepStrictEqual(outcome.item, items[index])
          assert.deepInclude(outcome, { id: outcome.item.id, position: index, attempts: 1 })
          assert.match(outcome.batchId ?? "", /^msgbatch_/)
          assert(outcome._tag === "Succeeded")
          assert.strictEqual(Messages.text(outcome.message), `Hello from ${outcome.id}`)
        }
        assert.deepStrictEqual((yield* sent).flat(), ids(all))
      }).pipe(onServer())
    )

    it.live("ends for no items, and creates nothing", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* run([]), [])
        assert.strictEqual(yield* creates, 0)
      }).pipe(onServer())
    )

    it.live("sends valid ids of its own for any ids of the caller", () =>
      Effect.gen(function* () {
        const items = ["", "with space", "x".repeat(1_000), "\ud800", "\udc00"].map((id) => ({ id }))
        const request = ({ id }: Item) => ({ ...requestOf({ id: "any" }), custom_id: id })
        const all = yield* run(items, { request })
        assert.deepStrictEqual(
          ids(all),
          items.map(({ id }) => id)
        )
        const emulator = yield* Emulator
        const [batch] = yield* emulator.batches
        for (const { custom_id } of yield* emulator.batchRequests(batch?.id ?? "")) {
          assert.match(custom_id, /^[0-9a-f]{20}-0-[0-4]$/)
        }
      }).pipe(onServer())
    )

    it.live("does not send an item with a repeated id, also from another batch", () =>
      Effect.gen(function* () {
        const all = yield* run([...itemsOf(5), { id: "item 1" }, { id: "item 4" }], { chunk: { items: 2 } })
        assert.deepStrictEqual(tags(all), { Succeeded: 5, Unsent: 2 })
        assert.deepInclude(all[5], { _tag: "Unsent", reason: "duplicate", id: "item 1", attempts: 0 })
      }).pipe(onServer())
    )

    it.live("does not send items that the API would refuse, and gives the reason", () =>
      Effect.gen(function* () {
        const all = yield* run(
          ["fine", "throws", "zero", "checked"].map((id) => ({ id })),
          {
            request: ({ id }) => {
              if (id === "throws") throw new Error("no such row")
              const { params } = requestOf({ id })
              return BatchRequest.make(id, id === "zero" ? { ...params, max_tokens: 0 } : params)
            },
            check: ({ params }) =>
              params.metadata?.user_id === "checked" ? [{ path: "params.model", description: "dear" }] : []
          }
        )
        assert.deepStrictEqual(
          all.map((outcome) => (outcome._tag === "Unsent" ? outcome.issues.map(({ path }) => path) : [])),
          [[], [""], ["params.max_tokens"], ["params.model"]]
        )
      }).pipe(onServer())
    )

    it.live("distinguishes answers, cut answers, errors and malformed results", () =>
      Effect.gen(function* () {
        const all = yield* run(
          ["ok", "cut", "broken", "malformed"].map((id) => ({ id })),
          { retry: { times: 0 } }
        )
        assert.deepStrictEqual(
          all.map(({ _tag }) => _tag),
          ["Succeeded", "Incomplete", "Errored", "Invalid"]
        )
      }).pipe(
        onServer(
          byId((id) => {
            if (id === "cut") return { type: "succeeded", message: { stop_reason: "max_tokens" } }
            if (id === "broken") return { type: "errored" }
            if (id === "malformed") return { type: "raw", result: { type: "succeeded", message: "no object" } }
            return undefined
          })
        )
      )
    )

    it.live("decodes answers by a schema, and keeps those that do not fit", () =>
      Effect.gen(function* () {
        const output = Schema.Struct({ name: Schema.String })
        const all = yield* run([{ id: '{"name":"Lyon"}' }, { id: "no JSON" }], { output })
        const [fits, misses] = all
        assert(fits?._tag === "Succeeded" && misses?._tag === "Invalid")
        assert.deepStrictEqual(fits.value, { name: "Lyon" })
      }).pipe(onServer(byId((id) => ({ type: "succeeded", message: id }))))
    )

    it.live("sends expired items again, and counts the attempts", () =>
      Effect.gen(function* () {
        const all = yield* run(itemsOf(12), { chunk: { items: 4 } })
        assert.deepStrictEqual(tags(all), { Succeeded: 12 })
        assert.deepStrictEqual(
          all.filter(({ attempts }) => attempts === 2).map(({ id }) => id),
          ["item 0", "item 9"]
        )
      }).pipe(onServer(firstTime({ type: "expired" }, (id) => id === "item 0" || id === "item 9")))
    )

    it.live("sends items again as often as retry.times, and ends with the last outcome", () =>
      Effect.gen(function* () {
        const all = yield* run(itemsOf(6), { chunk: { items: 2 }, retry: { times: 1 } })
        assert.deepStrictEqual(tags(all), { Errored: 6 })
        assert.deepStrictEqual(new Set(all.map(({ attempts }) => attempts)), new Set([2]))
        assert.strictEqual((yield* sent).flat().length, 12)
      }).pipe(onServer(byId(() => ({ type: "errored", error: { type: "overloaded_error" } }))))
    )

    it.live("sends items again for which retry.while is true, also answers", () =>
      Effect.gen(function* () {
        const all = yield* run(itemsOf(2), { retry: { times: 3, while: ({ _tag }) => _tag === "Incomplete" } })
        assert.deepStrictEqual(tags(all), { Incomplete: 2 })
        assert.deepStrictEqual(
          all.map(({ attempts }) => attempts),
          [4, 4]
        )
      }).pipe(onServer(byId(() => ({ type: "succeeded", message: { stop_reason: "max_tokens" } }))))
    )

    it.live("has at most window.batches batches running", () =>
      Effect.gen(function* () {
        yield* run(itemsOf(20), { chunk: { items: 4 }, window: { batches: 2 } })
        const emulator = yield* Emulator
        const batches = yield* emulator.batches
        const spans = batches.map(({ created_at, ended_at }) => [created_at, ended_at ?? ""] as const)
        const most = Math.max(...spans.map(([at]) => spans.filter(([from, to]) => from <= at && at < to).length))
        assert.strictEqual(most, 2)
      }).pipe(onServer())
    )

    it.live("creates batches of at most chunk.bytes bytes", () =>
      Effect.gen(function* () {
        yield* run(itemsOf(30), { chunk: { bytes: 2_000 } })
        const requests = yield* (yield* Emulator).requests
        const sizes = requests.filter(({ method }) => method === "POST").map(({ bodyBytes }) => bodyBytes)
        assert.isAtMost(Math.max(...sizes), 2_000)
        assert.strictEqual((yield* sent).flat().length, 30)
      }).pipe(onServer())
    )

    it.live("halves a batch that is too large, down to one item", () =>
      Effect.gen(function* () {
        const items = itemsOf(8).map(({ id }, index) => ({ id: index === 5 ? id.padEnd(3_000, "x") : id }))
        const request = ({ id }: Item) => ({ ...requestOf({ id }), custom_id: id.slice(0, 6) })
        const all = yield* run(items, { request })
        assert.deepStrictEqual(tags(all), { Succeeded: 7, Unsent: 1 })
        assert.deepInclude(all[5], { _tag: "Unsent", reason: "refused", attempts: 0 })
        assert.strictEqual((yield* sent).flat().length, 7)
      }).pipe(onServer({ maxBodyBytes: 2_000 }))
    )

    it.live("repeats a create that was refused with 529", () =>
      Effect.gen(function* () {
        yield* script({ when: atCreate, times: 4, ...Fault.status(529) })
        assert.deepStrictEqual(tags(yield* run(itemsOf(2))), { Succeeded: 2 })
        assert.strictEqual(yield* creates, 5)
      }).pipe(onServer())
    )

    it.live("waits at most an hour for a create if the server asks for longer", () =>
      Effect.gen(function* () {
        const began = yield* Clock.currentTimeMillis
        yield* script({ when: atCreate, ...Fault.status(529, { headers: { "retry-after": "1000000000" } }) })
        assert.deepStrictEqual(tags(yield* run(itemsOf(2))), { Succeeded: 2 })
        assert.isAtMost((yield* Clock.currentTimeMillis) - began, 4 * 3_600_000)
      }).pipe(onServer())
    )

    it.live("fails after an hour of refusals", () =>
      Effect.gen(function* () {
        yield* script({ when: atCreate, times: 10_000, ...Fault.status(529) })
        assert.strictEqual((yield* Effect.flip(run(itemsOf(2)))).error, "OverloadedError")
        assert.isAtMost(yield* creates, 100)
        yield* (yield* Emulator).clearFaults
      }).pipe(onServer())
    )

    for (const [status, error] of [
      [400, "InvalidRequestError"],
      [401, "AuthenticationError"],
      [403, "PermissionError"]
    ] as const) {
      it.live(`fails at once after a create was refused with ${status}`, () =>
        Effect.gen(function* () {
          yield* script({ when: atCreate, ...Fault.status(status) })
          assert.strictEqual((yield* Effect.flip(run(itemsOf(2)))).error, error)
          assert.strictEqual(yield* creates, 1)
        }).pipe(onServer())
      )
    }

    it.live("waits while the queue of the API is full, with few creates", () =>
      Effect.gen(function* () {
        const all = yield* run(itemsOf(40), { chunk: { items: 5 }, window: { batches: 4 } })
        assert.deepStrictEqual(tags(all), { Succeeded: 40 })
        assert.isAtMost(yield* creates, 60)
      }).pipe(onServer({ limits: { queuedBatchRequests: 12 }, plan: { endsAfter: "10 minutes" } }))
    )

    it.live("halves a batch that is too large for an empty queue", () =>
      Effect.gen(function* () {
        const all = yield* run(itemsOf(20), { chunk: { items: 20 } })
        assert.deepStrictEqual(tags(all), { Succeeded: 20 })
        assert.isAtMost(Math.max(...(yield* sent).map((batch) => batch.length)), 7)
      }).pipe(onServer({ limits: { queuedBatchRequests: 7 } }))
    )

    for (const [what, fault, times] of [
      ["a reset after the API accepted it", Fault.processedThenReset(), 1],
      ["a reset before it arrived", Fault.resetBeforeHeaders(), 2],
      ["a 500 that created nothing", Fault.status(500), 2]
    ] as const) {
      it.live(`has each item in one batch when a create ended with ${what}`, () =>
        Effect.gen(function* () {
          yield* script({ when: atCreate, ...fault })
          const all = yield* run(itemsOf(9), { chunk: { items: 3 } })
          assert.deepStrictEqual(tags(all), { Succeeded: 9 })
          assert.deepStrictEqual((yield* sent).flat().toSorted(), ids(all).toSorted())
          assert.lengthOf(yield* (yield* Emulator).bill, 9)
          assert.isAtLeast(yield* creates, (yield* sent).length + times - 1)
        }).pipe(onServer())
      )
    }

    it.live("does not take a stranger's batch of the same count for its own", () =>
      Effect.gen(function* () {
        yield* script({ when: atCreate, ...Fault.resetBeforeHeaders() })
        const all = yield* run(itemsOf(3))
        assert.deepStrictEqual(tags(all), { Succeeded: 3 })
        assert.strictEqual((yield* sent).flat().filter((id) => id.startsWith("item")).length, 3)
      }).pipe(
        onServer({
          strangers: (requests) => [
            {
              requests: requests.map((request, index) => ({
                custom_id: `foreign-${index}`,
                params: { ...request.params, metadata: { user_id: "foreign" } }
              }))
            }
          ]
        })
      )
    )

    it.live("ends items without a line as missing, after they were sent again", () =>
      Effect.gen(function* () {
        const all = yield* run(itemsOf(4), { retry: { times: 1 } })
        assert.deepStrictEqual(tags(all), { Missing: 4 })
        assert.deepInclude(all[0], { reason: "absent", attempts: 2 })
      }).pipe(onServer({ plan: { lines: () => [] } }))
    )

    it.live("ignores foreign lines and repeated lines", () =>
      Effect.gen(function* () {
        const all = yield* run(itemsOf(3))
        assert.deepStrictEqual(ids(all), ["item 0", "item 1", "item 2"])
        assert.deepStrictEqual(tags(all), { Succeeded: 3 })
      }).pipe(
        onServer({
          plan: {
            lines: (lines) => [...lines, ...lines.slice(0, 1), { custom_id: "foreign", result: { type: "expired" } }]
          }
        })
      )
    )

    it.live("ends items whose results were archived as missing, and does not pay for them again", () =>
      Effect.gen(function* () {
        const all = yield* run(itemsOf(2))
        assert.deepStrictEqual(tags(all), { Missing: 2 })
        assert.deepInclude(all[0], { reason: "archived", attempts: 1 })
        assert.strictEqual(yield* creates, 1)
      }).pipe(onServer({ plan: { endsAfter: "70 seconds", archivedAfter: "70 seconds" } }))
    )

    it.live("ends items whose batch was deleted as missing, and does not pay for them again", () =>
      Effect.gen(function* () {
        const all = yield* run(itemsOf(2))
        assert.deepStrictEqual(tags(all), { Missing: 2 })
        assert.deepInclude(all[0], { reason: "deleted" })
        assert.strictEqual(yield* creates, 1)
      }).pipe(onServer({ plan: { deletedAfter: "30 seconds" } }))
    )

    it.live("continues when the API fails for minutes while it waits and reads", () =>
      Effect.gen(function* () {
        yield* script({ when: { method: "GET" }, times: 12, ...Fault.status(503) })
        assert.deepStrictEqual(tags(yield* run(itemsOf(2))), { Succeeded: 2 })
        assert.strictEqual(yield* creates, 1)
      }).pipe(onServer())
    )

    it.live("never exceeds its budget, and does not send items that do not fit", () =>
      Effect.gen(function* () {
        const all = yield* run(itemsOf(60), { chunk: { items: 4 }, budget: { limit: yield* worstOf(10) } })
        const counts = tags(all)
        assert.strictEqual((counts.Succeeded ?? 0) + (counts.Unsent ?? 0), 60)
        assert.isAtLeast(counts.Succeeded ?? 0, 10)
        assert.isAbove(counts.Unsent ?? 0, 20)
        const bill = yield* (yield* Emulator).bill
        assert.strictEqual(bill.length, counts.Succeeded)
        for (const outcome of all) if (outcome._tag === "Unsent") assert.strictEqual(outcome.reason, "budget")
      }).pipe(
        onServer(byId(() => ({ type: "succeeded", message: { usage: { input_tokens: 500, output_tokens: 50 } } })))
      )
    )

    it.live("ends an item whose retry does not fit the budget with its last outcome", () =>
      Effect.gen(function* () {
        const all = yield* run(itemsOf(4), { budget: { limit: yield* worstOf(4) } })
        const counts = tags(all)
        assert.strictEqual((counts.Incomplete ?? 0) + (counts.Succeeded ?? 0), 4)
        assert.isAbove(counts.Incomplete ?? 0, 0)
      }).pipe(
        onServer(
          firstTime(
            {
              type: "succeeded",
              message: { stop_reason: "max_tokens", usage: { input_tokens: 500, output_tokens: 50 } }
            },
            () => true
          )
        )
      )
    )
  })
}
