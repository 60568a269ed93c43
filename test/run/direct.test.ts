import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as BatchRun from "effect-anthropic/BatchRun"
import * as Journal from "effect-anthropic/Journal"
import * as Pricing from "effect-anthropic/Pricing"
import { collect, Emulator, Fault, idOf, itemsOf, onServer, requestOf, script, start, tags } from "./support/world.ts"

const options = {
  id: "run",
  request: requestOf,
  onInterrupt: "detach",
  retry: { finishWith: { below: 10, concurrency: 1 } }
} as const

const kept = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.provide(self, Layer.fresh(Journal.layerMemory))

const expired = onServer({ outcome: () => ({ type: "expired" }) })

const atMessages = { path: /messages$/ } as const

/** How many single calls the server has had. */
const calls = Effect.gen(function* () {
  const requests = yield* (yield* Emulator).requests
  return requests.filter(({ path }) => path === "/v1/messages").length
})

const untilCalls = Effect.fnUntraced(function* (count: number) {
  while ((yield* calls) < count) yield* Effect.sleep("1 second")
})

/** The most that the request of one item can cost in a batch. A single call can cost twice as much. */
const worst = Number(
  BigDecimal.format(
    Result.getOrThrow(
      Pricing.upperBound(requestOf({ id: "item 0" }).params, { at: DateTime.makeUnsafe(start), batch: true })
    ).total
  )
)

describe("answers of single calls in a file", () => {
  const withFile = <A, E, R>(
    use: (path: string, rows: Effect.Effect<ReadonlyArray<string>>) => Effect.Effect<A, E, R>
  ) =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* fs.makeTempDirectoryScoped()}/out.jsonl`
      const rows = fs.readFileString(path).pipe(
        Effect.orDie,
        Effect.map((text) => text.split("\n").filter((line) => line !== ""))
      )
      return yield* use(path, rows)
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer), kept)

  const charged = Effect.map(
    Effect.flatMap(Emulator, ({ bill }) => bill),
    (bill) => bill.map(({ params }) => idOf(params)).toSorted()
  )

  it.live("are kept when a later call is interrupted, and are not paid again", () =>
    withFile((path, rows) =>
      Effect.gen(function* () {
        yield* script({ when: atMessages, skip: 2, ...Fault.stallBeforeHeaders() })
        const fiber = yield* Effect.forkChild(BatchRun.toFile(itemsOf(3), path, options))
        yield* untilCalls(3)
        yield* Fiber.interrupt(fiber)
        assert.lengthOf(yield* rows, 2)
        yield* (yield* Emulator).clearFaults
        const { kept } = yield* BatchRun.toFile(itemsOf(3), path, options)
        assert.strictEqual(kept, 2)
        assert.lengthOf(yield* rows, 3)
        assert.deepStrictEqual(yield* charged, ["item 0", "item 1", "item 2"])
      })
    ).pipe(expired)
  )

  it.live("are kept when a later call fails the run", () =>
    withFile((path, rows) =>
      Effect.gen(function* () {
        yield* script({ when: atMessages, skip: 2, ...Fault.status(401) })
        const error = yield* Effect.flip(BatchRun.toFile(itemsOf(4), path, options))
        assert.strictEqual(error._tag, "AuthenticationError")
        assert.lengthOf(yield* rows, 2)
        yield* BatchRun.toFile(itemsOf(4), path, options)
        assert.deepStrictEqual(yield* charged, ["item 0", "item 1", "item 2", "item 3"])
      })
    ).pipe(expired)
  )
})

describe("a single call that fails the run", () => {
  it.live("lets the calls beside it end and keeps their answers, and none begins after it", () =>
    Effect.gen(function* () {
      yield* script(
        { when: atMessages, ...Fault.delay("10 seconds") },
        { when: atMessages, skip: 1, ...Fault.status(401) }
      )
      const told: Array<BatchRun.Outcome<unknown, unknown>> = []
      const retry = { finishWith: { below: 10, concurrency: 2 } }
      const error = yield* BatchRun.run(itemsOf(4), { ...options, retry }).pipe(
        Stream.runForEach((outcome) => Effect.sync(() => told.push(outcome))),
        Effect.flip
      )
      assert.strictEqual(error._tag, "AuthenticationError")
      assert.deepStrictEqual(
        told.map(({ _tag, id }) => [_tag, id]),
        [["Succeeded", "item 0"]]
      )
      assert.strictEqual(yield* calls, 2)
    }).pipe(kept, expired)
  )
})

describe("single calls of a run that is canceled", () => {
  for (const concurrency of [1, 2]) {
    it.live(`are not begun any more, ${concurrency} at a time`, () =>
      Effect.gen(function* () {
        yield* script({ when: atMessages, times: 100, ...Fault.delay("10 seconds") })
        const retry = { finishWith: { below: 10, concurrency } }
        const fiber = yield* Effect.forkChild(collect(BatchRun.run(itemsOf(6), { ...options, retry })))
        yield* untilCalls(concurrency)
        yield* BatchRun.cancel("run")
        const all = yield* Fiber.join(fiber)
        assert.strictEqual(yield* calls, concurrency)
        assert.deepStrictEqual(tags(all), { Succeeded: concurrency, Expired: 6 - concurrency })
        yield* (yield* Emulator).clearFaults
      }).pipe(kept, expired)
    )
  }
})

describe("single calls that do not fit the budget", () => {
  it.live("are made after `onLimit` has raised it", () =>
    Effect.gen(function* () {
      let asked = 0
      const onLimit = () => {
        asked += 1
        return Effect.succeed("1")
      }
      const budget = { limit: worst * 1.5, onLimit }
      const all = yield* collect(BatchRun.run(itemsOf(1), { ...options, budget }))
      assert.deepStrictEqual(tags(all), { Succeeded: 1 })
      assert.strictEqual(asked, 1)
    }).pipe(kept, expired)
  )

  it.live("are made when others cost less than was reserved for them", () =>
    Effect.gen(function* () {
      const all = yield* collect(BatchRun.run(itemsOf(4), { ...options, budget: { limit: worst * 4.5 } }))
      assert.deepStrictEqual(tags(all), { Succeeded: 4 })
      assert.strictEqual(yield* calls, 4)
    }).pipe(kept, expired)
  )
})
