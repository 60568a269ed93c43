// What the official SDK and this one see of models and batches on the same emulator.
import { AnthropicError, NotFoundError, Anthropic as OfficialClient } from "@anthropic-ai/sdk"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as HttpServer from "effect/http/HttpServer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Batches from "effect-anthropic/Batches"
import * as Models from "effect-anthropic/Models"
import { Emulator, request, written } from "../support/batches.ts"
import { served } from "../support/served.ts"

const plan = { endsAfter: "40 millis", cancelTakes: "20 millis" } as const

/** The official SDK on the emulator. */
const official = Effect.map(
  HttpServer.HttpServer,
  ({ address }) =>
    new OfficialClient({ apiKey: "sk-ant-test-1234", baseURL: HttpServer.formatAddress(address), maxRetries: 0 })
)

const collect = <A>(items: AsyncIterable<A>) =>
  Effect.promise(async () => {
    const all: Array<A> = []
    for await (const item of items) all.push(item)
    return all
  })

const call = <A>(run: () => PromiseLike<A>) => Effect.tryPromise({ try: run, catch: (error) => error })

/** A value with its timestamps, of which we keep milliseconds and the API sends microseconds, cut to those. */
const comparable = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, field: unknown) =>
    typeof field === "string" && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(field)
      ? DateTime.formatIso(DateTime.makeUnsafe(field))
      : field
  )

const schedule = Schedule.spaced("5 millis")

const create = Batches.create(["a", "b", "c"].map((id) => request(id)))

describe("the official SDK and this one see the same", () => {
  it.live("both SDKs list and retrieve the same models, also by alias", () =>
    Effect.gen(function* () {
      const client = yield* official
      const ours = yield* Stream.runCollect(Models.list({ pageSize: 2 }))
      const theirs = yield* collect(client.models.list({ limit: 2 }))
      assert.isAbove(ours.length, 5)
      assert.deepStrictEqual(comparable(ours), comparable(theirs))
      for (const id of ["claude-haiku-5-5", "claude-opus-4-5"]) {
        const theirModel = yield* call(() => client.models.retrieve(id))
        assert.deepStrictEqual(comparable(yield* Models.retrieve(id)), comparable(theirModel))
      }
      const retired = yield* collect(client.models.list({ lifecycle: ["retired"] }))
      assert.deepStrictEqual(
        comparable(yield* Stream.runCollect(Models.list({ lifecycle: ["retired"] }))),
        comparable(retired)
      )
    }).pipe(Effect.provide(served({ plan })))
  )

  it.live("both SDKs send the same body and get the same batch and results", () =>
    Effect.gen(function* () {
      const client = yield* official
      const requests = [request("a"), request("b", { max_tokens: 1 }), request("c", { model: "none" })]
      const ours = yield* Batches.create(requests)
      const theirs = yield* call(() =>
        client.messages.batches.create({
          requests: requests.map(({ custom_id }, index) => ({
            custom_id,
            params: {
              model: index === 2 ? "none" : "claude-haiku-5-5",
              max_tokens: index === 1 ? 1 : 100,
              messages: [{ role: "user", content: `Hello from ${custom_id}` }]
            }
          }))
        })
      )
      const emulator = yield* Emulator
      assert.deepStrictEqual(yield* emulator.batchRequests(ours.id), yield* emulator.batchRequests(theirs.id))
      const [one, other] = yield* emulator.requests
      assert.deepStrictEqual(one?.body, other?.body)
      assert.strictEqual(one?.path, other?.path)

      const ended = yield* Batches.waitUntilEnded(ours, { schedule })
      assert.deepStrictEqual(
        comparable(ended),
        comparable(yield* call(() => client.messages.batches.retrieve(ours.id)))
      )
      const results = yield* Stream.runCollect(Batches.results(ours.id))
      const theirResults = yield* Effect.flatMap(
        call(() => client.messages.batches.results(ours.id)),
        collect
      )
      const byId = (lines: ReadonlyArray<{ readonly custom_id: string }>) =>
        [...lines].sort((a, b) => a.custom_id.localeCompare(b.custom_id)).map(written)
      assert.deepStrictEqual(results.map(({ result }) => result.type).sort(), ["errored", "succeeded", "succeeded"])
      assert.deepStrictEqual(byId(results), byId(theirResults))
    }).pipe(Effect.provide(served({ plan })))
  )

  it.live("both SDKs list the same batches in both directions", () =>
    Effect.gen(function* () {
      const client = yield* official
      yield* (yield* Emulator).seedBatches(23)
      const theirs = yield* collect(client.messages.batches.list({ limit: 5 }))
      const ours = yield* Stream.runCollect(Batches.list({ pageSize: 5 }))
      assert.lengthOf(ours, 23)
      assert.deepStrictEqual(comparable(ours), comparable(theirs))
      const cursor = ours.at(-1)?.id
      assert(cursor !== undefined)
      const theirNewer = yield* collect(client.messages.batches.list({ limit: 5, before_id: cursor }))
      const ourNewer = yield* Stream.runCollect(Batches.list({ pageSize: 5, cursor, direction: "newer" }))
      const sorted = (batches: ReadonlyArray<{ readonly id: string }>) => batches.map(({ id }) => id).sort()
      assert.lengthOf(ourNewer, 22)
      assert.deepStrictEqual(sorted(ourNewer), sorted(theirNewer))
    }).pipe(Effect.provide(served({ plan })))
  )

  it.live("both SDKs cancel and delete batches", () =>
    Effect.gen(function* () {
      const client = yield* official
      const { id } = yield* create
      const canceling = yield* call(() => client.messages.batches.cancel(id))
      assert.strictEqual(canceling.processing_status, "canceling")
      const ended = yield* Batches.waitUntilEnded(id, { schedule })
      assert.strictEqual(ended.processing_status, "ended")
      const { id: other } = yield* create
      yield* Batches.waitUntilEnded(other, { schedule })
      const theirs = yield* call(() => client.messages.batches.delete(id))
      const ours = yield* Batches.delete(other)
      assert.deepStrictEqual(theirs.type, ours.type)
      assert.lengthOf(yield* (yield* Emulator).batches, 0)
    }).pipe(
      Effect.provide(served({ plan: (_, index) => ({ ...plan, ...(index === 0 ? { endsAfter: "never" } : {}) }) }))
    )
  )

  it.live("both SDKs fail with the same class, status and type of error", () =>
    Effect.gen(function* () {
      const client = yield* official
      const [running] = yield* (yield* Emulator).seedBatches([{ endsAfter: "1 hour" }])
      assert(running !== undefined)
      const ourBatch = Effect.flip(Batches.retrieve("none"))
      const ourModel = Effect.flip(Models.retrieve("none"))
      const none: ReadonlyArray<readonly [() => PromiseLike<unknown>, typeof ourBatch | typeof ourModel]> = [
        [() => client.messages.batches.retrieve("none"), ourBatch],
        [() => client.models.retrieve("none"), ourModel]
      ]
      for (const [theirCall, ourCall] of none) {
        const theirs = yield* Effect.flip(call(theirCall))
        const ours = yield* ourCall
        assert(theirs instanceof NotFoundError)
        assert(ours._tag === "NotFoundError")
        assert.deepStrictEqual([ours.status, ours.type], [theirs.status, theirs.type])
        assert.include(theirs.message, ours.description)
      }
      const theirs = yield* Effect.flip(call(() => client.messages.batches.results(running.id)))
      assert.instanceOf(theirs, AnthropicError)
      const ours = yield* Effect.flip(Stream.runDrain(Batches.results(running.id)))
      assert.strictEqual(ours._tag, "BatchNotEndedError")
    }).pipe(Effect.provide(served({ plan })))
  )
})
