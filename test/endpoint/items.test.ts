// Answers that are lines of JSON or server-sent events: what is decoded, and how each way to end is told.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Endpoint from "effect-anthropic/Endpoint"
import { answering, apiError, onVirtualTime, text, using } from "../support/fakeClient.ts"

const Item = Schema.Struct({ id: Schema.String })

const lines = (options: { readonly maxLineBytes?: number } = {}) =>
  Endpoint.lines({ name: "Test.lines", path: ["things"], item: Item, ...options })

const events = (options: { readonly maxEventBytes?: number } = {}) =>
  Endpoint.events({ name: "Test.events", path: ["things"], data: Item, ...options })

/** A body that is cut off after these pieces. */
const cutAfter = (...pieces: ReadonlyArray<string>) =>
  HttpServerResponse.stream(
    Stream.concat(Stream.encodeText(Stream.fromIterable(pieces, { chunkSize: 1 })), Stream.fail(new Error("reset")))
  )

/** The values of a stream, and what it failed with. */
const read = <A, E, R>(stream: Stream.Stream<A, E, R>) =>
  Effect.gen(function* () {
    const values: Array<A> = []
    const result = yield* Effect.result(Stream.runForEach(stream, (value) => Effect.sync(() => values.push(value))))
    return [values, result._tag === "Failure" ? result.failure : undefined] as const
  })

describe("Endpoint.lines", () => {
  it.effect("emits the value of each line, in pieces of any size", () => {
    const fake = answering(
      HttpServerResponse.stream(Stream.encodeText(Stream.make('{"id":"a"}\n{"i', 'd":"b"}\r\n\n{"id":"c"}')))
    )
    return Effect.gen(function* () {
      assert.deepStrictEqual(yield* read(lines()), [[{ id: "a" }, { id: "b" }, { id: "c" }], undefined])
      assert.strictEqual(fake.requests[0]?.headers.accept, "application/binary")
    }).pipe(using(fake))
  })

  it.effect("fails with DecodeError at a line that cannot be decoded, after those before it", () =>
    Effect.gen(function* () {
      for (const [body, options, path] of [
        ['{"id":"a"}\n{"id":7}\n{"id":"c"}\n', {}, ["id"]],
        ['{"id":"a"}\n{"id":\n{"id":"c"}\n', {}, []],
        ['{"id":"a"}\nno JSON', {}, []],
        ['{"id":"a"}\n{"id":"long"}\n', { maxLineBytes: 11 }, []]
      ] as const) {
        const [values, error] = yield* read(lines(options)).pipe(using(answering(text(body))))
        assert.deepStrictEqual(values, [{ id: "a" }])
        assert(error?._tag === "DecodeError", error?._tag)
        assert.deepStrictEqual([error.operation, error.line, error.path], ["Test.lines", 2, path])
      }
    })
  )

  it.effect("fails with StreamInterruptedError when the answer or its last line is cut off", () =>
    Effect.gen(function* () {
      for (const reply of [cutAfter('{"id":"a"}\n{"id":"b"}\n{"i'), text('{"id":"a"}\n{"id":"b"}\n{"id":"c')]) {
        const [values, error] = yield* read(lines()).pipe(using(answering(reply)))
        assert.lengthOf(values, 2)
        assert(error?._tag === "StreamInterruptedError", error?._tag)
        assert.deepStrictEqual([error.delivered, error.cause._tag], [2, "ConnectionError"])
      }
    })
  )

  it.effect("fails when it stands still for the idle timeout, and is repeated until its headers come", () => {
    const still = HttpServerResponse.stream(
      Stream.concat(Stream.encodeText(Stream.succeed('{"id":"a"}\n')), Stream.never)
    )
    const fake = answering(apiError(500, "api_error"), still)
    return Effect.gen(function* () {
      const result = yield* onVirtualTime(read(lines()))
      assert(result._tag === "Success")
      const [values, error] = result.success
      assert.deepStrictEqual(values, [{ id: "a" }])
      assert(error?._tag === "StreamInterruptedError", error?._tag)
      assert.strictEqual(error.cause._tag, "IdleTimeoutError")
      assert.lengthOf(fake.requests, 2)
    }).pipe(using(fake))
  })
})

describe("Endpoint.events", () => {
  it.effect("emits the events with their names, without pings", () => {
    const body = 'event: made\ndata: {"id":"a"}\n\nevent: ping\ndata: {}\n\ndata: {"id":"b"}\n\n'
    const fake = answering(text(body))
    return Effect.gen(function* () {
      assert.deepStrictEqual(yield* read(events()), [
        [
          { event: "made", data: { id: "a" } },
          { event: "", data: { id: "b" } }
        ],
        undefined
      ])
      assert.strictEqual(fake.requests[0]?.headers.accept, "text/event-stream")
    }).pipe(using(fake))
  })

  it.effect("fails with the error of an error event, or with the class given for its code", () =>
    Effect.gen(function* () {
      class GoneError extends Schema.TaggedError<GoneError>()("GoneError", { isRetryable: Schema.Boolean }) {}
      const failing = (error: object) =>
        `data: {"id":"a"}\n\nevent: error\ndata: ${JSON.stringify({ type: "error", error })}\n\n`
      const stream = Endpoint.events({
        ...{ name: "Test.events", path: ["things"], data: Item },
        codes: { gone: GoneError }
      })
      const overloaded = failing({ type: "overloaded_error", message: "later" })
      const [values, error] = yield* read(stream).pipe(using(answering(text(overloaded))))
      assert.lengthOf(values, 1)
      assert.strictEqual(error?._tag, "OverloadedError")
      const gone = failing({ type: "invalid_request_error", message: "gone", details: { error_code: "gone" } })
      const [, coded] = yield* read(stream).pipe(using(answering(text(gone))))
      assert.strictEqual(coded?._tag, "GoneError")
    })
  )

  it.effect("fails with DecodeError at an event that cannot be decoded, after those before it", () =>
    Effect.gen(function* () {
      for (const [body, options] of [
        ['data: {"id":"a"}\n\ndata: {"id":7}\n\n', {}],
        ['data: {"id":"a"}\n\ndata: {"id"\n\n', {}],
        [`data: {"id":"a"}\n\ndata: {"id":"${"x".repeat(50)}"}\n\n`, { maxEventBytes: 30 }]
      ] as const) {
        const [values, error] = yield* read(events(options)).pipe(using(answering(text(body))))
        assert.lengthOf(values, 1)
        assert(error?._tag === "DecodeError", error?._tag)
        assert.strictEqual(error.operation, "Test.events")
      }
    })
  )

  it.effect("refuses a limit that is none, before anything is sent", () =>
    Effect.gen(function* () {
      const fake = answering(text('data: {"id":"a"}\n\n'))
      for (const limit of [Number.NaN, 0, -1]) {
        const tries = [read(lines({ maxLineBytes: limit })), read(events({ maxEventBytes: limit }))]
        for (const [values, error] of yield* Effect.all(tries).pipe(using(fake))) {
          assert.isEmpty(values)
          assert(error?._tag === "RequestRefusedError", error?._tag)
          assert.include(error.reasons[0]?.description, `${limit} is not a number of at least 1`)
        }
      }
      assert.isEmpty(fake.requests)
    })
  )

  it.effect("fails with StreamInterruptedError where the answer is cut off", () =>
    Effect.gen(function* () {
      const [values, error] = yield* read(events()).pipe(using(answering(cutAfter('data: {"id":"a"}\n\n', "data: {"))))
      assert.lengthOf(values, 1)
      assert(error?._tag === "StreamInterruptedError", error?._tag)
      assert.strictEqual(error.delivered, 1)
    })
  )
})
