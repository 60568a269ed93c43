import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Metric from "effect/Metric"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as BatchRun from "effect-anthropic/BatchRun"
import * as Messages from "effect-anthropic/Messages"
import * as Organization from "effect-anthropic/Organization"
import type { AnthropicEmulator } from "effect-anthropic/testing"
import {
  atCreate,
  collect,
  creates,
  Emulator,
  Fault,
  idOf,
  ids,
  itemsOf,
  onServer,
  queueOf,
  recorder,
  requestOf,
  script,
  sent,
  start,
  tags
} from "./support/world.ts"

const run = BatchRun.run

class SourceError extends Data.TaggedError("SourceError") {}

const outcomes =
  (choose: (id: string) => AnthropicEmulator.Outcome | undefined) =>
  ({ params }: AnthropicEmulator.BatchRequest) =>
    choose(idOf(params))

/** Loses the results of the first two batches that are read. */
const loseTwo = () => {
  const lost = new Set<string>()
  const path = (path: string): boolean =>
    path.endsWith("/results") && (lost.has(path) || (lost.size < 2 && !!lost.add(path)))
  return script({ when: { path }, times: 10_000, ...Fault.status(404) })
}

describe("BatchRun.run", () => {
  it.live("delivers the outcomes of a batch while the results of others are not found", () =>
    Effect.gen(function* () {
      yield* loseTwo()
      const began = yield* Clock.currentTimeMillis
      const early: Array<string> = []
      const all = yield* run(itemsOf(4), { request: requestOf, chunk: { items: 1 } }).pipe(
        Stream.tap(({ _tag }) =>
          Effect.map(Clock.currentTimeMillis, (now) => {
            if (now - began < 1_800_000) early.push(_tag)
          })
        ),
        Stream.runCollect
      )
      assert.deepStrictEqual(early, ["Succeeded", "Succeeded"])
      assert.deepStrictEqual(tags(all), { Succeeded: 2, Missing: 2 })
      yield* (yield* Emulator).clearFaults
    }).pipe(onServer())
  )

  it.live("emits one outcome for each item, with the caller's id, position and batch", () =>
    Effect.gen(function* () {
      const items = itemsOf(25)
      const all = yield* collect(run(items, { request: requestOf, chunk: { items: 10 } }))
      assert.deepStrictEqual(tags(all), { Succeeded: 25 })
      assert.deepStrictEqual(
        [...all].sort((a, b) => a.position - b.position).map(({ item }) => item),
        items
      )
      for (const outcome of all) {
        assert.strictEqual(outcome.item, items[outcome.position])
        assert.strictEqual(outcome.id, outcome.item.id)
        assert.strictEqual(outcome.attempts, 1)
        assert.match(outcome.batchId ?? "", /^msgbatch_/)
        assert(outcome._tag === "Succeeded")
        assert.strictEqual(Messages.text(outcome.message), `Hello from ${outcome.id}`)
      }
    }).pipe(onServer())
  )

  it.live("ends at once without items, and sends no request", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* collect(run([], { request: requestOf })), [])
      assert.deepStrictEqual(yield* collect(run(Stream.empty, { request: requestOf })), [])
      assert.deepStrictEqual(yield* (yield* Emulator).requests, [])
    }).pipe(onServer())
  )

  it.live("takes items from an array, an iterator or a stream", () =>
    Effect.gen(function* () {
      assert.lengthOf(yield* collect(run([{ id: "a" }], { request: requestOf })), 1)
      const generator = function* () {
        yield* itemsOf(3)
      }
      assert.lengthOf(yield* collect(run(generator(), { request: requestOf })), 3)
      assert.lengthOf(yield* collect(run(Stream.fromIterable(itemsOf(4)), { request: requestOf })), 4)
    }).pipe(onServer())
  )

  it.live(
    "sends every chunk whole, and changes no bytes that its client keeps, although it uses their memory again",
    () =>
      Effect.gen(function* () {
        const kept: Array<{ readonly given: Uint8Array; readonly copy: Uint8Array }> = []
        const keep = (given: Uint8Array) => Effect.sync(() => void kept.push({ given, copy: given.slice() }))
        const keeping = HttpClient.mapRequest((request: HttpClientRequest.HttpClientRequest) =>
          request.body._tag === "Stream"
            ? HttpClientRequest.bodyStream(request, Stream.tap(request.body.stream, keep), request.body)
            : request
        )
        const client = keeping(yield* HttpClient.HttpClient)
        // The answer to the first create is lost: its body is not given to a later chunk.
        yield* script({ when: atCreate, ...Fault.processedThenReset() })
        const items = itemsOf(8)
        const long = "long ".repeat(100_000)
        const request = (item: { readonly id: string }) => {
          const { custom_id, params } = requestOf(item)
          return BatchRequest.make(custom_id, { ...params, system: `${item.id} ${long}` })
        }
        const all = yield* collect(
          run(items, { request, chunk: { items: 2 } }).pipe(Stream.provideService(HttpClient.HttpClient, client))
        )
        assert.deepStrictEqual(tags(all), { Succeeded: 8 })
        const emulator = yield* Emulator
        const systems = yield* Effect.forEach(yield* emulator.batches, ({ id }) => emulator.batchRequests(id))
        assert.deepStrictEqual(
          systems
            .flat()
            .map(({ params }) => params.system)
            .sort(),
          items.map(({ id }) => `${id} ${long}`).sort()
        )
        assert.isAtLeast(kept.length, 8)
        for (const { copy, given } of kept) assert.isTrue(Buffer.from(given).equals(copy))
      }).pipe(onServer())
  )

  it.live("sends valid ids of its own for any ids of the caller", () =>
    Effect.gen(function* () {
      const items = ["", "with space", "x".repeat(1_000), "\ud800", "\udc00", "r-1"].map((id) => ({ id }))
      const request = ({ id }: { readonly id: string }) => ({ ...requestOf({ id: "any" }), custom_id: id })
      const all = yield* collect(run(items, { request, inOrder: true }))
      assert.deepStrictEqual(
        ids(all),
        items.map(({ id }) => id)
      )
      assert.deepStrictEqual(tags(all), { Succeeded: 6 })
      const emulator = yield* Emulator
      const [batch] = yield* emulator.batches
      const wire = (yield* emulator.batchRequests(batch?.id ?? "")).map(({ custom_id }) => custom_id)
      assert.strictEqual(new Set(wire).size, 6)
      for (const id of wire) assert.match(id, /^[0-9a-f]{20}-0-[0-5]$/)
    }).pipe(onServer())
  )

  it.live("does not send an item with a repeated id, also from another batch", () =>
    Effect.gen(function* () {
      const items = [...itemsOf(5), { id: "item 1" }, { id: "item 4" }]
      const all = yield* collect(run(items, { request: requestOf, chunk: { items: 2 }, inOrder: true }))
      assert.deepStrictEqual(tags(all), { Succeeded: 5, Unsent: 2 })
      assert.deepInclude(all[5], { _tag: "Unsent", reason: "duplicate", id: "item 1", attempts: 0, batchId: undefined })
    }).pipe(onServer())
  )

  it.live("does not send items that the API would refuse, and gives the reason for each", () =>
    Effect.gen(function* () {
      const items = ["fine", "stream", "zero", "throws", "number", "long", "checked", "cycle", "nothing", "bare"]
      const cycle: { self?: unknown } = {}
      cycle.self = cycle
      const all = yield* collect(
        run(items, {
          request: (id) => {
            if (id === "throws") throw new Error("no such row")
            if (id === "nothing") return undefined as never
            if (id === "bare") return { custom_id: id } as never
            if (id === "number") return { custom_id: 7 as never, params: requestOf({ id }).params }
            const { params } = requestOf({ id })
            const extra = { stream: { stream: true }, zero: { max_tokens: 0 }, cycle: { messages: cycle } }
            const changed = Object.assign({ ...params }, Reflect.get(extra, id))
            return BatchRequest.make(id === "long" ? "x".repeat(1_001) : id, changed)
          },
          check: ({ params }) =>
            params.metadata?.user_id === "checked" ? [{ path: "params.model", description: "too dear" }] : [],
          inOrder: true
        })
      )
      const issues = all.map((outcome) => (outcome._tag === "Unsent" ? outcome.issues.map(({ path }) => path) : []))
      assert.deepStrictEqual(issues, [
        [],
        ["params.stream"],
        ["params.max_tokens"],
        [""],
        ["custom_id"],
        ["custom_id"],
        ["params.model"],
        ["params.messages", "params.messages.self"],
        [""],
        ["params"]
      ])
      assert.deepStrictEqual(tags(all), { Succeeded: 1, Unsent: 9 })
    }).pipe(onServer())
  )

  it.live("distinguishes answers, refusals, cut answers, errors and unknown results", () =>
    Effect.gen(function* () {
      const names = ["ok", "refusal", "paused", "cut", "window", "tool", "broken", "strange", "malformed"]
      const all = yield* collect(
        run(itemsOf(0).concat(names.map((id) => ({ id }))), { request: requestOf, inOrder: true, retry: { times: 0 } })
      )
      assert.deepStrictEqual(
        all.map(({ _tag }) => _tag),
        [
          "Succeeded",
          "Incomplete",
          "Incomplete",
          "Incomplete",
          "Incomplete",
          "Succeeded",
          "Errored",
          "Errored",
          "Invalid"
        ]
      )
      const [, refusal, , , , , broken, strange, malformed] = all
      assert(refusal?._tag === "Incomplete" && broken?._tag === "Errored" && strange?._tag === "Errored")
      assert.strictEqual(refusal.reason, "refusal")
      assert.deepInclude(broken.error.error, { type: "invalid_request_error" })
      assert.isFalse(broken.isRetryable)
      assert.strictEqual(strange.error.error.type, "paused_by_operator")
      assert(malformed?._tag === "Invalid" && malformed.error._tag === "DecodeError")
    }).pipe(
      onServer({
        outcome: outcomes((id) => {
          const stop = { refusal: "refusal", paused: "pause_turn", cut: "max_tokens", tool: "tool_use" }
          const reason: unknown = Reflect.get({ ...stop, window: "model_context_window_exceeded" }, id)
          if (typeof reason === "string") return { type: "succeeded", message: { stop_reason: reason } }
          if (id === "broken") return { type: "errored" }
          if (id === "strange") return { type: "raw", result: { type: "paused_by_operator" } }
          if (id === "malformed") return { type: "raw", result: { type: "succeeded", message: "no object" } }
          return undefined
        })
      })
    )
  )

  it.live("decodes answers by a schema, and keeps those that do not fit", () =>
    Effect.gen(function* () {
      const City = Schema.Struct({ name: Schema.String, population: Schema.Int })
      const texts = ['{"name":"Lyon","population":522}', '{"name":"Lyon"}', "no JSON", "refused"]
      const all = yield* collect(
        run(
          texts.map((id) => ({ id })),
          { request: requestOf, output: City, inOrder: true }
        )
      )
      const [fits, misses, none, refused] = all
      assert(fits?._tag === "Succeeded" && misses?._tag === "Invalid" && none?._tag === "Invalid")
      assert.strictEqual(fits.value.population, 522)
      assert.strictEqual(misses.error._tag, "AnswerMismatchError")
      assert.strictEqual(refused?._tag, "Incomplete")
      const emulator = yield* Emulator
      const [batch] = yield* emulator.batches
      const [request] = yield* emulator.batchRequests(batch?.id ?? "")
      assert.nestedProperty(request, "params.output_config.format.schema")
    }).pipe(
      onServer({
        outcome: outcomes((id) =>
          id === "refused"
            ? { type: "succeeded", message: { stop_reason: "refusal", content: [] } }
            : { type: "succeeded", message: id }
        )
      })
    )
  )

  it.live("collects items with retryable outcomes into new batches, as often as retry.times", () =>
    Effect.gen(function* () {
      const { of, onEvent } = recorder()
      const all = yield* collect(
        run(itemsOf(12), { request: requestOf, chunk: { items: 4 }, retry: { times: 1 }, inOrder: true, onEvent })
      )
      assert.deepStrictEqual(tags(all), { Succeeded: 11, Errored: 1 })
      const [first, second] = all
      assert.deepInclude(first, { _tag: "Succeeded", attempts: 2 })
      assert.deepInclude(second, { _tag: "Errored", attempts: 2 })
      const batches = yield* sent
      assert.deepStrictEqual(batches.flat().filter((id) => id === "item 1").length, 2)
      assert.strictEqual(
        of("Retried").reduce((sum, { count }) => sum + count, 0),
        3
      )
    }).pipe(
      onServer({
        outcome: (() => {
          const seen = new Set<string>()
          return outcomes((id) => {
            const isFirst = !seen.has(id)
            seen.add(id)
            if (id === "item 1") return { type: "errored", error: { type: "overloaded_error" } }
            if (isFirst && (id === "item 0" || id === "item 9")) return { type: "expired" }
            return undefined
          })
        })()
      })
    )
  )

  it.live("sends items again for which retry.while is true, also answers", () =>
    Effect.gen(function* () {
      const all = yield* collect(
        run(itemsOf(2), {
          request: requestOf,
          retry: { times: 3, while: (outcome) => outcome._tag === "Incomplete" }
        })
      )
      assert.deepStrictEqual(
        all.map(({ attempts }) => attempts),
        [4, 4]
      )
      assert.deepStrictEqual(tags(all), { Incomplete: 2 })
    }).pipe(onServer({ outcome: outcomes(() => ({ type: "succeeded", message: { stop_reason: "max_tokens" } })) }))
  )

  it.live("retries all items of a run that expired, with as few of them in memory from a longer source", () =>
    Effect.gen(function* () {
      const play = Effect.fnUntraced(function* (count: number) {
        let open = 0
        let most = 0
        const source = Stream.fromIterable(itemsOf(count)).pipe(
          Stream.rechunk(1),
          Stream.tap(() =>
            Effect.sync(() => {
              open += 1
              most = Math.max(most, open)
            })
          )
        )
        const all = yield* run(source, { request: requestOf, chunk: { items: 5 }, window: { batches: 2 } }).pipe(
          Stream.tap(() =>
            Effect.sync(() => {
              open -= 1
            })
          ),
          collect
        )
        assert.deepStrictEqual(tags(all), { Expired: count })
        assert.deepStrictEqual(new Set(all.map(({ attempts }) => attempts)), new Set([3]))
        return most
      })
      const most = yield* play(30)
      // Those of two batches, of a chunk that is filled and of one that goes again.
      assert.isAtMost(most, 20)
      assert.strictEqual(yield* play(90), most)
    }).pipe(onServer({ outcome: () => ({ type: "expired" }) }))
  )

  it.live("emits outcomes in the order of the items with the option inOrder", () =>
    Effect.gen(function* () {
      const all = yield* collect(run(itemsOf(20), { request: requestOf, chunk: { items: 5 }, inOrder: true }))
      assert.deepStrictEqual(
        ids(all),
        ids(all).toSorted((a, b) => Number(a.slice(5)) - Number(b.slice(5)))
      )
      const free = yield* collect(run(itemsOf(20), { request: requestOf, chunk: { items: 5 } }))
      assert.notDeepEqual(ids(free), ids(all))
    }).pipe(onServer({ plan: (_, index) => ({ endsAfter: index % 4 === 0 ? "2 hours" : "1 minute" }) }))
  )

  it.live("has at most as many batches and requests running as the window allows", () =>
    Effect.gen(function* () {
      let live = 0
      let most = 0
      const count = (event: BatchRun.RunEvent) =>
        Effect.sync(() => {
          if (event._tag === "Submitted") live += 1
          if (event._tag === "Settled") live -= 1
          most = Math.max(most, live)
        })
      const options = { request: requestOf, chunk: { items: 2 }, onEvent: count }
      yield* Stream.runDrain(run(itemsOf(20), { ...options, window: { batches: 3 } }))
      assert.strictEqual(most, 3)
      live = 0
      most = 0
      yield* Stream.runDrain(run(itemsOf(20), { ...options, window: { requests: 4 } }))
      assert.strictEqual(most, 2)
      // What an organization is allowed is taken as it was read, and bounds what is asked for.
      for (const [window, expected] of [
        [queueOf(6), 3],
        [{ ...queueOf(1_000_000_000), batches: 4 }, 4],
        [{ ...queueOf(4), requests: 100 }, 2],
        [{ ...queueOf(100), requests: 4 }, 2],
        [Organization.limitsOf([]), 8]
      ] as const) {
        live = 0
        most = 0
        yield* Stream.runDrain(run(itemsOf(20), { ...options, window }))
        assert.strictEqual(most, expected)
      }
    }).pipe(onServer())
  )

  it.live("reads the source only as far as the window has room", () =>
    Effect.gen(function* () {
      let read = 0
      const source = Stream.fromIterable(itemsOf(1_000)).pipe(
        Stream.rechunk(1),
        Stream.tap(() =>
          Effect.sync(() => {
            read += 1
          })
        )
      )
      yield* run(source, { request: requestOf, chunk: { items: 5 }, window: { batches: 2 } }).pipe(
        Stream.take(1),
        Stream.runDrain
      )
      assert.isAtMost(read, 20)
    }).pipe(onServer())
  )

  it.live("sends full chunks while a source of one item an hour goes on, and retries beside them", () =>
    Effect.gen(function* () {
      const source = Stream.fromIterable(itemsOf(7)).pipe(
        Stream.rechunk(1),
        Stream.tap(() => Effect.sleep("1 hour"))
      )
      const all = yield* collect(run(source, { request: requestOf, chunk: { items: 2 }, inOrder: true }))
      assert.deepStrictEqual(
        all.map(({ _tag, attempts }) => [_tag, attempts]),
        [2, 2, 1, 1, 1, 1, 1].map((attempts) => ["Succeeded", attempts])
      )
      const batches = (yield* (yield* Emulator).batches).toReversed()
      const minutes = batches.map(({ created_at }) => Math.floor((Date.parse(created_at) - start) / 60_000))
      const sentAt = (yield* sent).map((items, index) => [minutes[index], ...items])
      // The source ends after 420 minutes.
      assert.deepStrictEqual(sentAt, [
        [120, "item 0", "item 1"],
        [122, "item 0", "item 1"],
        [240, "item 2", "item 3"],
        [360, "item 4", "item 5"],
        [420, "item 6"]
      ])
    }).pipe(
      onServer({
        plan: { endsAfter: "2 minutes" },
        outcome: (() => {
          const seen = new Set<string>()
          return outcomes((id) => {
            const isFirst = !seen.has(id)
            seen.add(id)
            return isFirst && (id === "item 0" || id === "item 1") ? { type: "expired" } : undefined
          })
        })()
      })
    )
  )

  it.live("fails with the error of the source, and cancels its batches when it has no journal", () =>
    Effect.gen(function* () {
      const source = Stream.concat(Stream.fromIterable(itemsOf(4)), Stream.fail(new SourceError()))
      const error = yield* Effect.flip(collect(run(source, { request: requestOf, chunk: { items: 2 } })))
      assert(error._tag === "SourceError")
      const batches = yield* (yield* Emulator).batches
      assert.isNotEmpty(batches)
      for (const batch of batches) assert.isNotNull(batch.cancel_initiated_at)
    }).pipe(onServer({ plan: { endsAfter: "1 hour" } }))
  )

  it.live("starts again each time its stream is run", () =>
    Effect.gen(function* () {
      const stream = run(itemsOf(3), { request: requestOf })
      assert.lengthOf(yield* collect(stream), 3)
      assert.lengthOf(yield* collect(stream), 3)
      assert.strictEqual(yield* creates, 2)
    }).pipe(onServer())
  )

  it.live("keeps two concurrent runs with the same ids in one workspace apart", () =>
    Effect.gen(function* () {
      const one = collect(run(itemsOf(10), { request: requestOf, id: "same", chunk: { items: 3 } }))
      const [a, b] = yield* Effect.all([one, one], { concurrency: 2 })
      assert.deepStrictEqual(tags(a), { Succeeded: 10 })
      assert.deepStrictEqual(tags(b), { Succeeded: 10 })
      assert.deepStrictEqual(new Set([...a, ...b].map(({ batchId }) => batchId)).size, yield* creates)
    }).pipe(onServer())
  )

  it.live("sends the last few items directly with retry.finishWith", () =>
    Effect.gen(function* () {
      const all = yield* collect(
        run(itemsOf(5), { request: requestOf, retry: { finishWith: { below: 3, concurrency: 2 } }, inOrder: true })
      )
      assert.deepStrictEqual(tags(all), { Succeeded: 5 })
      assert.deepInclude(all[2], { attempts: 2, batchId: undefined })
      assert.strictEqual(yield* creates, 1)
    }).pipe(onServer({ outcome: outcomes((id) => (id === "item 2" ? { type: "expired" } : undefined)) }))
  )

  it.live("turns errors of direct calls into outcomes, unless they concern the whole run", () =>
    Effect.gen(function* () {
      const options = { request: requestOf, retry: { times: 1, finishWith: { below: 3 } } } as const
      const all = yield* collect(run([{ id: "bad" }], options))
      assert.deepStrictEqual(tags(all), { Errored: 1 })
      yield* script({ when: { path: /messages$/ }, ...Fault.status(401) })
      const error = yield* Effect.flip(collect(run([{ id: "bad" }], options)))
      assert.strictEqual(error._tag, "AuthenticationError")
    }).pipe(
      onServer({
        outcome: outcomes(() => ({ type: "expired" })),
        models: []
      })
    )
  )

  it.live("reports events without content, which are reduced to a progress", () =>
    Effect.gen(function* () {
      const { events, onEvent } = recorder()
      yield* Stream.runDrain(run(itemsOf(5), { request: requestOf, chunk: { items: 2 }, onEvent }))
      const progress = events.reduce(BatchRun.progress, BatchRun.noProgress)
      assert.deepInclude(progress, { read: 5, sent: 5, done: 5, retried: 0, isResumed: false })
      assert.deepStrictEqual(progress.batches, { submitted: 3, ended: 3, unknown: 0 })
      assert.strictEqual(progress.outcomes.Succeeded, 5)
      const text = JSON.stringify(events)
      assert.notInclude(text, "Hello")
      assert.notInclude(text, "item")
    }).pipe(onServer())
  )

  it.live("reports in a metric how many batches it waits for", () =>
    Effect.gen(function* () {
      const inFlight = Effect.map(Metric.snapshot, (snapshots) =>
        snapshots.flatMap(({ id, state, type }) =>
          id === "effect_anthropic_run_batches_in_flight" && type === "Gauge" && "value" in state ? [state.value] : []
        )
      )
      const seen = new Set<unknown>()
      yield* Stream.runDrain(
        run(itemsOf(6), {
          request: requestOf,
          chunk: { items: 2 },
          window: { batches: 2 },
          onEvent: () => Effect.map(inFlight, ([value]) => seen.add(value))
        })
      )
      assert.isTrue(seen.has(1) || seen.has(2))
      assert.isFalse(seen.has(3))
      assert.deepStrictEqual(yield* inFlight, [0])
    }).pipe(onServer(), Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  it.live("counts outcomes and batches in metrics", () =>
    Effect.gen(function* () {
      yield* Stream.runDrain(run(itemsOf(5), { request: requestOf, chunk: { items: 2 } }))
      const snapshots = yield* Metric.snapshot
      const count = (id: string) =>
        snapshots
          .filter((snapshot) => snapshot.id === id && snapshot.type === "Counter")
          .reduce((sum, { state }) => sum + ("count" in state ? Number(state.count) : 0), 0)
      assert.strictEqual(count("effect_anthropic_run_outcomes"), 5)
      assert.strictEqual(count("effect_anthropic_run_batches"), 3)
    }).pipe(onServer(), Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  it.live("refuses invalid options", () =>
    Effect.gen(function* () {
      const options = [
        { chunk: { items: 0 } },
        { chunk: { items: 100_001 } },
        { chunk: { bytes: 300_000_000 } },
        { window: { batches: 1.5 } },
        { window: { requests: -1 } },
        { window: { queuedBatchRequests: 0 } },
        { retry: { times: -1 } },
        { retry: { finishWith: { below: 0 } } },
        { budget: { limit: "much" } },
        { budget: { limit: -1 } },
        { budget: { limit: 1, warnAt: 80 } },
        { budget: { limit: 1, warnAt: Number.NaN } },
        { pollEvery: "Infinity" as const },
        { pollEvery: 0 },
        { pollEvery: "soon" as never },
        // These would be found out only when a create gets no answer, or when the run is stopped.
        { onUnknownCreate: "adopt" as never },
        { onInterrupt: "stop" as never }
      ]
      for (const option of options) {
        const error = yield* Effect.flip(collect(run(itemsOf(1), { request: requestOf, ...option })))
        assert.strictEqual(error._tag, "RunOptionsError", JSON.stringify(option))
      }
    }).pipe(onServer())
  )
})
