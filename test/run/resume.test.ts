import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import * as Stream from "effect/Stream"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as BatchRun from "effect-anthropic/BatchRun"
import * as Journal from "effect-anthropic/Journal"
import type { AnthropicEmulator } from "effect-anthropic/testing"
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
  recorder,
  requestOf,
  script,
  sent,
  tags
} from "./support/world.ts"

const options = { id: "run", request: requestOf, chunk: { items: 2 }, onInterrupt: "detach", inOrder: true } as const

const journals = Layer.fresh(Journal.layerMemory)

/** A server, and a journal that outlives runs. */
const world =
  (emulator: AnthropicEmulator.Options = {}, settings: Anthropic.Options = {}) =>
  <A, E>(self: Effect.Effect<A, E, import("effect/http/HttpClient").HttpClient | AnthropicEmulator.Emulator>) =>
    self.pipe(Effect.provide(journals), onServer(emulator, settings))

/** Runs until an event, then stops, and leaves everything behind as it is. */
const until = <A extends Item>(
  items: ReadonlyArray<A>,
  tag: BatchRun.RunEvent["_tag"],
  more: Partial<BatchRun.UntypedOptions<Item>> = {},
  nth = 1
) =>
  Effect.gen(function* () {
    let seen = 0
    const fiber: Fiber.Fiber<unknown, unknown> = yield* BatchRun.run(items, {
      ...options,
      ...more,
      onEvent: (event) => {
        if (event._tag === tag) seen += 1
        return event._tag === tag && seen >= nth ? Effect.never : Effect.void
      }
    }).pipe(Stream.runDrain, Effect.forkChild)
    while (seen < nth) yield* Effect.sleep("1 second")
    yield* Fiber.interrupt(fiber)
  })

describe("a run that is resumed", () => {
  for (const tag of ["Opened", "Intended", "Submitted", "Polled", "Ended", "Delivered", "Settled"] as const) {
    it.live(`emits every outcome and creates nothing twice after it was stopped at ${tag}`, () =>
      Effect.gen(function* () {
        const items = itemsOf(7)
        yield* until(items, tag, {}, tag === "Opened" ? 1 : 2)
        const all = yield* collect(BatchRun.run(items, options))
        assert.deepStrictEqual(
          ids(all),
          items.map(({ id }) => id)
        )
        assert.deepStrictEqual(tags(all), { Succeeded: 7 })
        assert.deepStrictEqual(
          (yield* sent).flat().toSorted(),
          items.map(({ id }) => id)
        )
        const bill = yield* (yield* Emulator).bill
        assert.lengthOf(bill, 7)
      }).pipe(world())
    )
  }

  it.live("emits all outcomes again when it had ended, and sends nothing", () =>
    Effect.gen(function* () {
      const first = yield* collect(BatchRun.run(itemsOf(5), options))
      const before = yield* creates
      const { onEvent, of } = recorder()
      const second = yield* collect(BatchRun.run(itemsOf(5), { ...options, onEvent }))
      assert.deepStrictEqual(second, first)
      assert.strictEqual(yield* creates, before)
      assert.deepInclude(of("Opened")[0], { isResumed: true })
    }).pipe(world())
  )

  it.live("continues with a longer source, other chunk sizes and a smaller window", () =>
    Effect.gen(function* () {
      yield* until(itemsOf(6), "Submitted", {}, 2)
      const all = yield* collect(BatchRun.run(itemsOf(12), { ...options, chunk: { items: 5 }, window: { batches: 1 } }))
      assert.deepStrictEqual(tags(all), { Succeeded: 12 })
      assert.deepStrictEqual((yield* sent).flat().length, 12)
      assert.deepStrictEqual((yield* sent).slice(0, 2), [
        ["item 0", "item 1"],
        ["item 2", "item 3"]
      ])
    }).pipe(world({ plan: { endsAfter: "1 hour" } }))
  )

  it.live("continues when unsent items are between those that were sent", () =>
    Effect.gen(function* () {
      const items = itemsOf(9).flatMap((item) => [item, item])
      yield* until(items, "Submitted", {}, 2)
      const all = yield* collect(BatchRun.run(items, options))
      assert.deepStrictEqual(tags(all), { Succeeded: 9, Unsent: 9 })
      assert.strictEqual((yield* sent).flat().length, 9)
    }).pipe(world())
  )

  for (const [name, change] of [
    ["shorter", (items: ReadonlyArray<Item>) => items.slice(0, 3)],
    ["in another order", (items: ReadonlyArray<Item>) => items.toReversed()],
    ["of other ids", (items: ReadonlyArray<Item>) => items.map(({ id }, index) => ({ id: index === 3 ? "new" : id }))],
    ["empty", () => []]
  ] as const) {
    it.live(`sends nothing for a source that is ${name}`, () =>
      Effect.gen(function* () {
        yield* until(itemsOf(8), "Submitted", {}, 2)
        const before = yield* creates
        const error = yield* Effect.flip(collect(BatchRun.run(change(itemsOf(8)), options)))
        assert.strictEqual(error._tag, "ItemsChangedError")
        assert.include(error.message, 'run "run"')
        assert.strictEqual(yield* creates, before)
        // Nothing is lost: with the right items it goes on.
        assert.deepStrictEqual(tags(yield* collect(BatchRun.run(itemsOf(8), options))), { Succeeded: 8 })
      }).pipe(world({ plan: { endsAfter: "1 hour" } }))
    )
  }

  it.live("waits for an API that cannot be reached, and fails at once for a wrong key", () =>
    Effect.gen(function* () {
      const durableRun = collect(BatchRun.run(itemsOf(2), options)).pipe(Effect.provide(durable))
      yield* script({ when: { method: "GET" }, times: 20, ...Fault.status(503) })
      assert.deepStrictEqual(tags(yield* durableRun), { Succeeded: 2 })
      yield* script({ when: { method: "GET" }, ...Fault.status(401) })
      assert.strictEqual((yield* Effect.flip(durableRun))._tag, "AuthenticationError")
      yield* script({ when: { method: "GET" }, times: 1_000, ...Fault.status(503) })
      assert.strictEqual((yield* Effect.flip(durableRun))._tag, "InternalServerError")
      yield* (yield* Emulator).clearFaults
    }).pipe(Effect.provide(store), onServer())
  )

  it.live("refuses a journal whose entries contradict each other", () =>
    Effect.gen(function* () {
      const journal = yield* Journal.Journal
      yield* Effect.scoped(
        Effect.flatMap(journal.open("run"), ({ append }) => append({ entry: "renewed", chunk: 3, at: 0 }))
      )
      const error = yield* Effect.flip(collect(BatchRun.run(itemsOf(2), options)))
      assert.deepInclude(error, { _tag: "JournalError", reason: "corrupt" })
      assert.deepInclude(yield* Effect.flip(BatchRun.status("run")), { reason: "corrupt" })
      assert.strictEqual(yield* creates, 0)
    }).pipe(world())
  )

  it.live("fails with the key of another workspace or organization, and creates nothing", () =>
    Effect.gen(function* () {
      const first = { ...options, id: "elsewhere" }
      yield* collect(BatchRun.run(itemsOf(2), first)).pipe(
        Effect.provide(durable),
        Anthropic.withSettings({ workspaceId: "wrkspc_a" })
      )
      const before = yield* creates
      const error = yield* Effect.flip(
        collect(BatchRun.run(itemsOf(2), first)).pipe(
          Effect.provide(durable),
          Anthropic.withSettings({ workspaceId: "wrkspc_b" })
        )
      )
      assert(error._tag === "WorkspaceMismatchError")
      assert.include(error.expected, "wrkspc_a")
      assert.include(error.received, "wrkspc_b")
      assert.strictEqual(yield* creates, before)
    }).pipe(Effect.provide(store), onServer())
  )

  it.live("reports when the requests of a chunk that is created again have changed", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.resetBeforeHeaders() })
      yield* until(itemsOf(2), "Unknown")
      const { of, onEvent } = recorder()
      const all = yield* collect(
        BatchRun.run(itemsOf(2), {
          ...options,
          request: (item) => {
            const request = requestOf(item)
            return { ...request, params: { ...request.params, max_tokens: 51 } }
          },
          onEvent
        })
      )
      assert.deepStrictEqual(tags(all), { Succeeded: 2 })
      assert.lengthOf(of("BodyChanged"), 1)
      assert.lengthOf(of("Renewed"), 1)
    }).pipe(world())
  )

  it.live("continues with the batches that were created before its source failed", () =>
    Effect.gen(function* () {
      const source = Stream.concat(Stream.fromIterable(itemsOf(5)), Stream.fail("no more rows" as const))
      assert.strictEqual(yield* Effect.flip(collect(BatchRun.run(source, options))), "no more rows")
      const before = yield* creates
      assert.isAbove(before, 0)
      const all = yield* collect(BatchRun.run(itemsOf(7), options))
      assert.deepStrictEqual(tags(all), { Succeeded: 7 })
      assert.strictEqual((yield* sent).flat().length, 7)
    }).pipe(world({ plan: { endsAfter: "1 hour" } }))
  )

  it.live("sends nothing that its journal cannot record", () =>
    Effect.gen(function* () {
      const journal = yield* Journal.Journal
      let entries = 0
      const full: Journal.Journal = {
        ...journal,
        open: (runId) =>
          Effect.map(journal.open(runId), (session) => ({
            ...session,
            append: (entry) =>
              ++entries > 3
                ? new Journal.JournalError({ runId, reason: "unavailable", description: "no space left on device" })
                : session.append(entry)
          }))
      }
      // The disk is full at the second intent.
      const one = { ...options, window: { batches: 1 } }
      const failed = collect(BatchRun.run(itemsOf(6), one)).pipe(Effect.provideService(Journal.Journal, full))
      assert.deepInclude(yield* Effect.flip(failed), { _tag: "JournalError", isRetryable: true })
      assert.strictEqual(yield* creates, 1)
      assert.deepStrictEqual(tags(yield* collect(BatchRun.run(itemsOf(6), one))), { Succeeded: 6 })
      assert.strictEqual((yield* sent).flat().length, 6)
    }).pipe(world())
  )

  it.live("cannot be started twice at the same time", () =>
    Effect.gen(function* () {
      const both = yield* Effect.all(
        [
          Effect.exit(collect(BatchRun.run(itemsOf(4), options))),
          Effect.exit(collect(BatchRun.run(itemsOf(4), options)))
        ],
        { concurrency: 2 }
      )
      assert.lengthOf(both.filter(Exit.isSuccess), 1)
      const failed = both.find(Exit.isFailure)
      assert.include(String(failed?.cause), "RunLockedError")
      assert.strictEqual((yield* sent).flat().length, 4)
    }).pipe(world())
  )

  it.live("repeats direct calls only within the retries, and ends the others as missing with the reason lost", () =>
    Effect.gen(function* () {
      const direct = { ...options, retry: { times: 1, finishWith: { below: 5 } } }
      yield* collect(BatchRun.run(itemsOf(2), direct))
      const all = yield* collect(BatchRun.run(itemsOf(2), direct))
      assert.deepStrictEqual(
        all.map((outcome) => [outcome._tag, "reason" in outcome ? outcome.reason : undefined, outcome.attempts]),
        [
          ["Succeeded", undefined, 1],
          ["Missing", "lost", 2]
        ]
      )
      const more = yield* collect(BatchRun.run(itemsOf(2), { ...direct, retry: { ...direct.retry, times: 2 } }))
      assert.deepInclude(more[1], { _tag: "Succeeded", attempts: 3 })
    }).pipe(world({ outcome: ({ params }) => (idOf(params) === "item 1" ? { type: "expired" } : undefined) }))
  )
})

const store = KeyValueStore.layerMemory
const durable = Journal.layerKeyValueStore()

describe("an item that was about to be sent again before a crash", () => {
  it.live("ends with its last outcome when the run is canceled, and not as unsent", () =>
    Effect.gen(function* () {
      yield* until(itemsOf(2), "Intended", {}, 2)
      const fiber = yield* Effect.forkChild(collect(BatchRun.run(itemsOf(2), options)))
      yield* Effect.sleep("10 seconds")
      yield* BatchRun.cancel("run")
      const all = yield* Fiber.join(fiber)
      assert.deepStrictEqual(tags(all), { Expired: 2 })
      assert.deepStrictEqual(
        all.map(({ attempts, batchId }) => ({ attempts, batchId })),
        [
          { attempts: 1, batchId: "msgbatch_000000000000000000000001" },
          { attempts: 1, batchId: "msgbatch_000000000000000000000001" }
        ]
      )
    }).pipe(world({ outcome: () => ({ type: "expired" }) }))
  )

  for (const [name, plan, reason] of [
    ["archived", { archivedAfter: "10 minutes" }, "archived"],
    ["deleted", { deletedAfter: "10 minutes" }, "deleted"]
  ] as const) {
    it.live(`ends as missing when the batch with its last outcome was ${name} meanwhile`, () =>
      Effect.gen(function* () {
        yield* until(itemsOf(2), "Intended", {}, 2)
        yield* Effect.sleep("1 hour")
        const fiber = yield* Effect.forkChild(collect(BatchRun.run(itemsOf(2), options)))
        yield* Effect.sleep("10 seconds")
        yield* BatchRun.cancel("run")
        const all = yield* Fiber.join(fiber)
        assert.deepStrictEqual(tags(all), { Missing: 2 })
        assert.deepInclude(all[0], { attempts: 1, reason })
      }).pipe(world({ outcome: () => ({ type: "expired" }), plan: () => ({ endsAfter: "1 minute", ...plan }) }))
    )
  }

  it.live("ends as missing with the reason lost when it was sent directly", () =>
    Effect.gen(function* () {
      const more = { retry: { times: 3, finishWith: { below: 10 } } }
      // The direct call, and then a batch of its own.
      yield* until(itemsOf(1), "Intended", more, 2)
      yield* until(itemsOf(1), "Intended", { retry: { times: 3 } }, 1)
      const fiber = yield* Effect.forkChild(collect(BatchRun.run(itemsOf(1), { ...options, retry: { times: 3 } })))
      yield* Effect.sleep("10 seconds")
      yield* BatchRun.cancel("run")
      const all = yield* Fiber.join(fiber)
      assert.deepStrictEqual(tags(all), { Missing: 1 })
      assert.deepInclude(all[0], { reason: "lost", attempts: 2 })
    }).pipe(world({ outcome: () => ({ type: "expired" }) }))
  )
})

describe("a create whose outcome is unknown", () => {
  const cases = [
    ["carried out, connection lost", Fault.processedThenReset(), "later"],
    ["carried out 90 seconds later", Fault.processedLater("90 seconds", Fault.resetBeforeHeaders()), "later"],
    ["carried out, then 500", Fault.processedThenStatus(500), "later"],
    ["carried out, then 408", Fault.processedThenStatus(408), "later"],
    ["carried out, then an HTML page of a proxy", Fault.processedThen(Fault.html(200)), "later"],
    // After ten minutes without an answer, the first search finds it.
    ["carried out, then no answer", Fault.processedThenStall(), "at once"],
    ["not carried out, connection lost", Fault.resetBeforeHeaders(), "never"],
    ["not carried out, 500", Fault.status(500), "never"]
  ] as const
  for (const [name, fault, found] of cases) {
    it.live(`is found or created again, and paid once: ${name}`, () =>
      Effect.gen(function* () {
        yield* script({ when: atCreate, ...fault })
        const { of, onEvent } = recorder()
        const all = yield* collect(BatchRun.run(itemsOf(3), { ...options, chunk: { items: 3 }, onEvent }))
        assert.deepStrictEqual(tags(all), { Succeeded: 3 })
        assert.lengthOf(of("Unknown"), 1)
        assert.lengthOf(of("Adopted"), found === "never" ? 0 : 1)
        assert.lengthOf(of("Renewed"), found === "never" ? 1 : 0)
        const waits = of("Waiting").map(({ reason }) => reason)
        assert.deepStrictEqual([...new Set(waits)], found === "at once" ? [] : ["reconcile"])
        assert.lengthOf(yield* (yield* Emulator).bill, 3)
      }).pipe(world())
    )
  }

  it.live("calls onUnknownCreate, which may adopt, create, wait, or fail", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.processedThenReset() })
      const asked: Array<BatchRun.UnknownCreate> = []
      const fail = collect(
        BatchRun.run(itemsOf(3), {
          ...options,
          chunk: { items: 3 },
          onUnknownCreate: (unknown) => {
            asked.push(unknown)
            return asked.length === 1 ? Effect.succeed("wait") : Effect.fail("ask somebody" as const)
          }
        })
      )
      assert.strictEqual(yield* Effect.flip(fail), "ask somebody")
      assert.lengthOf(asked, 2)
      const [batch] = yield* (yield* Emulator).batches
      assert.deepInclude(asked[0], { runId: "run", chunk: 0, count: 3 })
      assert.deepStrictEqual(
        asked[0]?.candidates.map(({ id }) => id),
        [batch?.id]
      )
      const all = yield* collect(
        BatchRun.run(itemsOf(3), { ...options, onUnknownCreate: () => Effect.succeed({ adopt: batch?.id ?? "" }) })
      )
      assert.deepStrictEqual(tags(all), { Succeeded: 3 })
      assert.strictEqual(yield* creates, 1)
    }).pipe(world({ plan: { endsAfter: "5 hours" } }))
  )

  it.live("reports a first batch that appears after a second was created, and counts both in the budget", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.processedThenReset() })
      const { of, onEvent } = recorder()
      const all = yield* collect(
        BatchRun.run(itemsOf(3), { ...options, chunk: { items: 3 }, onEvent, budget: { limit: 1 } })
      )
      assert.deepStrictEqual(tags(all), { Succeeded: 3 })
      assert.lengthOf(of("PaidTwice"), 1)
      const budget = of("Budget").at(-1)
      assert.isAbove(Number(budget?.reserved.value ?? 0n), 0)
    }).pipe(world({ plan: (_, index) => ({ listedAfter: index === 0 ? "4 minutes" : 0, endsAfter: "10 minutes" }) }))
  )
})
