import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Messages from "effect-anthropic/Messages"
import { Emulator, Fault, onEmulator, script } from "../support/batches.ts"
import { answering, apiError, broken, failure, onVirtualTime, text as page, using } from "../support/fakeClient.ts"
import {
  begin,
  collect,
  delta,
  end,
  finish,
  hello,
  params,
  raw,
  sse,
  start,
  stop,
  streaming,
  text,
  textDelta,
  type Wire
} from "./support.ts"

const stream = Messages.stream(params)

const types = (events: ReadonlyArray<Messages.MessageEvent>) => events.map(({ type }) => type)

const errorEvent = (type: string, fields: Record<string, unknown> = {}): Wire => ({
  type: "error",
  error: { type, message: "scripted", ...fields },
  request_id: "req_in_event"
})

/** What a stream over these events gives before it fails, and how it fails. */
const run = (fake: ReturnType<typeof answering>) => collect(stream).pipe(using(fake))

describe("Messages.stream", () => {
  it.effect("emits the events as they come, without pings", () =>
    Effect.gen(function* () {
      const ping = { type: "ping" }
      const fake = answering(streaming([ping, ...hello.slice(0, 3), ping, ...hello.slice(3), { type: "late" }]))
      const { seen, error } = yield* run(fake)
      assert.isUndefined(error)
      assert.deepEqual(JSON.parse(JSON.stringify(seen)), hello)
      const [sent] = fake.requests
      assert(sent !== undefined)
      assert.strictEqual(sent.headers.accept, "text/event-stream")
      const body = new TextDecoder().decode(Buffer.concat(yield* sent.upload))
      assert.deepStrictEqual(JSON.parse(body), { ...params, stream: true })
    })
  )

  it.effect("emits the first event of a chunk before it decodes the others", () =>
    Effect.gen(function* () {
      const chunks: Array<number> = []
      const note = (events: ReadonlyArray<unknown>) => Effect.sync(() => chunks.push(events.length))
      const ping = { type: "ping" }
      yield* Stream.runForEachArray(stream, note).pipe(using(answering(raw([sse([ping, ...hello])]))))
      assert.deepStrictEqual(chunks, [1, hello.length - 1])
      const { seen, error } = yield* run(answering(raw([`${sse([start(), ping])}data: {"type"\n\n`])))
      assert.deepStrictEqual(types(seen), ["message_start"])
      assert.deepInclude(error, { _tag: "MessageInterruptedError", reason: "malformed" })
    })
  )

  it.effect("decodes a body that comes byte by byte", () =>
    Effect.gen(function* () {
      const bytes = new TextEncoder().encode(
        sse([start(), begin(0, text), textDelta(0, "ä😀"), stop(0), finish(), end])
      )
      const message = yield* Messages.accumulate(stream).pipe(
        using(answering(raw([...bytes].map((b) => Uint8Array.of(b)))))
      )
      assert.strictEqual(Messages.text(message), "ä😀")
    })
  )

  it.effect("does not need the names of events, and skips those without data", () =>
    Effect.gen(function* () {
      const nameless = hello
        .map((event) => `data: ${JSON.stringify(event)}\n\n`)
        .join("event: foo\n\ndata:\n\n: hi\n\n")
      const { seen, error } = yield* run(answering(raw([`event: ping\ndata: whatever\n\n${nameless}`])))
      assert.isUndefined(error)
      assert.deepStrictEqual(
        types(seen),
        hello.map(({ type }): string => type)
      )
    })
  )

  it.effect("emits unknown events, deltas and blocks", () =>
    Effect.gen(function* () {
      const strange = [
        { type: "weather", sky: "blue" },
        delta(0, { type: "smell_delta", smell: "rose" }),
        begin(1, { type: "hologram", voxels: [] }),
        stop(1)
      ]
      const noType = 'event: tide\ndata: {"height":3}\n\n'
      const { seen, error } = yield* run(
        answering(raw([sse([start(), begin(0, text), ...strange]), noType, sse([stop(0), finish(), end])]))
      )
      assert.isUndefined(error)
      const unknown = seen.filter((event) => event.type === "unknown").map((event) => event.raw)
      assert.deepEqual(unknown, [{ type: "weather", sky: "blue" }, { height: 3 }])
      const smell = seen.find((event) => event.type === "content_block_delta")
      assert.deepEqual(JSON.parse(JSON.stringify(smell)), strange[1])
    })
  )

  it.effect("emits a block that it cannot decode as unknown, and the deltas for it", () =>
    Effect.gen(function* () {
      const search = {
        type: "web_search_tool_result",
        tool_use_id: "s",
        content: [{ type: "web_search_result", url: "u", title: null, encrypted_content: "e" }]
      }
      const untitled = { type: "text", citations: 7 }
      const wire = [
        start(),
        begin(0, search),
        stop(0),
        begin(1, untitled),
        textDelta(1, "A long"),
        textDelta(1, " text"),
        delta(1, { type: "citations_delta", citation: { type: "char_location" } }),
        stop(1),
        begin(2, { type: "tool_use", id: 3, input: {} }),
        delta(2, { type: "input_json_delta", partial_json: '{"a":' }),
        delta(2, { type: "input_json_delta", partial_json: "1}" }),
        stop(2),
        begin(3, { type: "thinking" }),
        delta(3, { type: "thinking_delta", thinking: "Hm" }),
        delta(3, { type: "signature_delta", signature: "s" }),
        stop(3),
        finish(),
        end
      ]
      const { error, seen } = yield* run(answering(streaming(wire)))
      assert.isUndefined(error)
      assert.lengthOf(seen, wire.length)
      const message = yield* Messages.accumulate(stream).pipe(using(answering(streaming(wire))))
      assert.deepEqual(JSON.parse(JSON.stringify(message.content)), [
        search,
        { type: "text", citations: [{ type: "char_location" }], text: "A long text" },
        { type: "tool_use", id: 3, input: { a: 1 } },
        { type: "thinking", thinking: "Hm", signature: "s" }
      ])
      const pieces = yield* Messages.streamText(params).pipe(Stream.runCollect, using(answering(streaming(wire))))
      assert.deepStrictEqual(pieces, ["A long", " text"])
    })
  )

  it.effect("streamText emits the text piece by piece", () =>
    Effect.gen(function* () {
      const fake = answering(streaming([start(), begin(0, { ...text, text: "Oh, " }), ...hello.slice(2)]))
      const pieces = yield* Messages.streamText(params).pipe(Stream.runCollect, using(fake))
      assert.deepStrictEqual(pieces, ["Oh, ", "Hel", "lo"])
    })
  )

  it.effect("does not wait for the end of a body after the message", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(run(answering(streaming(hello, Stream.never))))
      yield* TestClock.adjust("1 second")
      assert.isUndefined((yield* Fiber.join(fiber)).error)
      assert.isUndefined((yield* run(answering(streaming(hello, Stream.fail(failure("ECONNRESET")))))).error)
    })
  )
})

/** Bodies that count what is read of them and how often they were closed. */
const watched = (events: ReadonlyArray<Wire> = hello) => {
  const state = { read: 0, closed: 0 }
  const pieces = events.map((event) => new TextEncoder().encode(sse([event])))
  const response = () => {
    let read = 0
    return new Response(
      new ReadableStream(
        {
          pull(controller) {
            const piece = pieces[read]
            if (piece === undefined) return controller.close()
            read += 1
            state.read += 1
            controller.enqueue(piece)
          },
          cancel() {
            state.closed += 1
          }
        },
        { highWaterMark: 0 }
      ),
      { headers: { "content-type": "text/event-stream" } }
    )
  }
  return { state, fake: answering(Effect.sync(response)) }
}

describe("a stream that breaks off", () => {
  for (let count = 1; count < hello.length; count++) {
    it.effect(`fails with MessageInterruptedError and the message so far after ${count} events`, () =>
      Effect.gen(function* () {
        const ended = yield* run(answering(streaming(hello.slice(0, count))))
        assert(ended.error?._tag === "MessageInterruptedError")
        assert.strictEqual(ended.error.reason, "ended")
        assert.isTrue(ended.error.isRetryable)
        assert.isUndefined(ended.error.cause)
        assert.include(ended.error.message, "without message_stop")
        assert.lengthOf(ended.seen, count)
        const expected = ["", "", "Hel", "Hello", "Hello", "Hello"][count - 1]
        const partial = ended.error.partial
        assert(partial !== undefined)
        assert.strictEqual(Messages.text(partial), expected)

        const cut = yield* run(answering(streaming(hello.slice(0, count), Stream.fail(failure("ECONNRESET")))))
        assert(cut.error?._tag === "MessageInterruptedError")
        assert.strictEqual(cut.error.reason, "connection")
        assert(cut.error.cause?._tag === "ConnectionError")
        assert.strictEqual(cut.error.cause.code, "ECONNRESET")
        assert.deepEqual(cut.error.partial, partial)

        const stalled = yield* onVirtualTime(run(answering(streaming(hello.slice(0, count), Stream.never))))
        assert(stalled._tag === "Success")
        assert(stalled.success.error?._tag === "MessageInterruptedError")
        assert.strictEqual(stalled.success.error.reason, "idle")
        assert.strictEqual(stalled.success.error.cause?._tag, "IdleTimeoutError")

        const told = yield* run(answering(streaming([...hello.slice(0, count), errorEvent("overloaded_error")])))
        assert(told.error?._tag === "MessageInterruptedError")
        assert.strictEqual(told.error.reason, "error")
        assert(told.error.cause?._tag === "OverloadedError")
        assert.strictEqual(told.error.cause.requestId, "req_in_event")
        assert.isUndefined(told.error.cause.status)
        assert.lengthOf(told.seen, count)
      })
    )
  }

  it.effect("is not repeated once an event has come", () =>
    Effect.gen(function* () {
      const fake = answering(streaming([start(), errorEvent("overloaded_error")]), streaming(hello))
      assert.strictEqual((yield* run(fake)).error?._tag, "MessageInterruptedError")
      assert.lengthOf(fake.requests, 1)
    })
  )

  it.effect("fails with the error itself before the first event", () =>
    Effect.gen(function* () {
      const empty = yield* run(answering(raw([])))
      assert(empty.error?._tag === "DecodeError")
      assert.strictEqual(empty.error.description, "the body is empty")
      const html = yield* run(answering(page(`<html>${"proxy ".repeat(1000)}</html>`, { status: 200 })))
      assert(html.error?._tag === "DecodeError")
      assert.include(html.error.snippet, "<html>")
      assert.include(html.error.message, "not a stream of events")
      const dribbled = yield* run(answering(raw(["<ht", "ml>", "x".repeat(3000), "y"])))
      assert(dribbled.error?._tag === "DecodeError")
      assert.include(dribbled.error.snippet, "<html>xxx")
      const json = yield* run(answering(HttpServerResponse.jsonUnsafe({ id: "msg_1" })))
      assert.strictEqual(json.error?._tag, "DecodeError")
      const broken = answering(raw([], Stream.fail(failure("ECONNRESET"))))
      const cut = yield* onVirtualTime(run(broken))
      assert(cut._tag === "Success")
      assert.strictEqual(cut.success.error?._tag, "ConnectionError")
      assert.lengthOf(broken.requests, 1)
      const pinged = yield* run(answering(streaming([{ type: "ping" }])))
      assert(pinged.error?._tag === "ConnectionError")
      assert.include(pinged.error.message, "before its first event")
      const strange = yield* run(answering(streaming([{ type: "weather" }])))
      assert(strange.error?._tag === "MessageInterruptedError")
      assert.isUndefined(strange.error.partial)
    })
  )

  it.effect(
    "fails with ConnectionError when cut in its first event, and with DecodeError when it is no stream of events",
    () =>
      Effect.gen(function* () {
        const first = `event: message_start\ndata: ${JSON.stringify(start())}`
        for (const length of [1, 5, 6, 7, 20, 25, 26, 40, first.length]) {
          const cut = yield* run(answering(raw([first.slice(0, length)])))
          assert(cut.error?._tag === "ConnectionError", first.slice(0, length))
          assert.strictEqual(cut.error.phase, "body")
        }
        for (const text of [": hello\n", "data", "id: 1\n\n", "retry: 10\n", "\ufeffevent: message_start\n"]) {
          assert.strictEqual((yield* run(answering(raw([text])))).error?._tag, "ConnectionError", text)
        }
        for (const text of [
          '{"type":"error"}',
          "evening",
          "data is gone",
          "<html>",
          "503 upstream: gone",
          '{"id":"x",}'
        ]) {
          const fake = answering(raw([text]))
          const { error } = yield* run(fake)
          assert(error?._tag === "DecodeError", text)
          assert.strictEqual(error.body, text)
          assert.notInclude(error.message, text)
          assert.lengthOf(fake.requests, 1)
        }
      })
  )

  it.effect("has the text of an error event that is not JSON or of an unknown type", () =>
    Effect.gen(function* () {
      const before = yield* run(answering(raw(["event: error\ndata: upstream\ndata: went away\n\n"])))
      assert(before.error?._tag === "UnknownApiError")
      assert.strictEqual(before.error.description, "upstream\nwent away")
      assert.isFalse(before.error.isRetryable)
      const after = yield* run(answering(raw([sse([start()]), "event: error\ndata: sk-ant-test-1234 oops\n\n"])))
      assert(after.error?._tag === "MessageInterruptedError")
      assert(after.error.cause?._tag === "UnknownApiError")
      assert.strictEqual(after.error.cause.description, "<redacted> oops")
      const empty = yield* run(answering(raw(["event: error\ndata\n\n"])))
      assert.strictEqual(empty.error?._tag, "UnknownApiError")
      const strange = yield* run(answering(streaming([errorEvent("solar_flare_error")])))
      assert(strange.error?._tag === "UnknownApiError")
      assert.strictEqual(strange.error.type, "solar_flare_error")
      const nameless = yield* run(answering(raw([`data: ${JSON.stringify(errorEvent("invalid_request_error"))}\n\n`])))
      assert.strictEqual(nameless.error?._tag, "InvalidRequestError")
      const details = { error_code: "contract_spend_limit_reached" }
      const limited = yield* run(answering(streaming([errorEvent("rate_limit_error", { details })])))
      assert.strictEqual(limited.error?._tag, "SpendLimitError")
    })
  )
})

describe("retries of a stream", () => {
  const retried = (type: string) =>
    Effect.gen(function* () {
      const failing = streaming([{ type: "ping" }, errorEvent(type)])
      const fake = answering(failing, failing, streaming(hello))
      const result = yield* onVirtualTime(Messages.accumulate(stream).pipe(using(fake)))
      return { result, calls: fake.requests.length }
    })

  it.effect("repeat an overload or server error that comes before the first event", () =>
    Effect.gen(function* () {
      for (const type of ["overloaded_error", "api_error", "rate_limit_error", "timeout_error"]) {
        const { result, calls } = yield* retried(type)
        assert(result._tag === "Success", type)
        assert.strictEqual(Messages.text(result.success), "Hello")
        assert.strictEqual(calls, 3)
      }
      const { result, calls } = yield* retried("invalid_request_error")
      assert(result._tag === "Failure")
      assert.strictEqual(result.failure._tag, "InvalidRequestError")
      assert.strictEqual(calls, 1)
    })
  )

  it.effect("share one count with retries after statuses and connection errors", () =>
    Effect.gen(function* () {
      const fake = answering(
        apiError(529, "overloaded_error"),
        streaming([errorEvent("overloaded_error")]),
        broken("ECONNREFUSED"),
        streaming(hello)
      )
      const result = yield* onVirtualTime(Messages.accumulate(stream).pipe(using(fake)))
      assert(result._tag === "Failure")
      assert.strictEqual(result.failure._tag, "ConnectionError")
      assert.lengthOf(fake.requests, 3)
    })
  )

  it.effect("do not happen after an error event with `generating: sure`", () =>
    Effect.gen(function* () {
      const fake = answering(streaming([errorEvent("api_error")]), streaming(hello))
      const result = yield* onVirtualTime(
        Messages.accumulate(stream).pipe(using(fake, { retry: { generating: "sure" } }))
      )
      assert(result._tag === "Failure")
      assert.strictEqual(result.failure._tag, "InternalServerError")
    })
  )

  it.effect("close the connection of the attempt before", () =>
    Effect.gen(function* () {
      const { state, fake } = watched([errorEvent("overloaded_error"), ...hello])
      const result = yield* onVirtualTime(stream.pipe(Stream.runDrain, using(fake)))
      assert.strictEqual(result._tag, "Failure")
      assert.strictEqual(state.closed, 3)
    })
  )
})

describe("an event that is not what the API sends", () => {
  const malformed = Effect.fnUntraced(function* (piece: string) {
    const { seen, error } = yield* run(answering(raw([sse(hello.slice(0, 3)), piece, sse(hello.slice(3))])))
    assert(error?._tag === "MessageInterruptedError", piece)
    assert.strictEqual(error.reason, "malformed")
    assert.isFalse(error.isRetryable)
    assert(error.cause?._tag === "DecodeError")
    assert.lengthOf(seen, 3)
    assert(error.partial !== undefined)
    assert.strictEqual(Messages.text(error.partial), "Hel")
    return error.cause
  })

  it.effect("fails with a description and the path of the error", () =>
    Effect.gen(function* () {
      const invalid = yield* malformed('event: content_block_delta\ndata: {"type":"content_\n\n')
      assert.strictEqual(invalid.description, "it is not JSON")
      assert.include(invalid.snippet, '{"type"')
      const wrong = yield* malformed(sse([delta(0, { type: "text_delta", text: 7 })]))
      assert.deepStrictEqual(wrong.path, ["delta", "text"])
      const typeless = yield* malformed('event: content_block_delta\ndata: {"index":0}\n\n')
      assert.deepStrictEqual(typeless.path, ["type"])
      yield* malformed("data: 7\n\n")
      yield* malformed("data: {}\n\n")
      const array = yield* malformed("event: strange\ndata: []\n\n")
      assert.include(array.description, "an object")
    })
  )

  it.effect("is complete in the body of the error, and not in its message", () =>
    Effect.gen(function* () {
      const wrong = delta(0, { type: "text_delta", text: ["s3cret".repeat(1000)] })
      const { body, message, snippet } = yield* malformed(sse([wrong]))
      assert.strictEqual(body, JSON.stringify(wrong))
      assert.isBelow(snippet.length, 600)
      assert.notInclude(message, "s3cret")
    })
  )

  it.effect("fails when it contradicts the events before it", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [Wire, string]> = [
        [start(), "a second message_start"],
        [textDelta(1, "x"), "block 1 has not started"],
        [stop(1), "block 1 has not started"],
        [begin(0, text), "content_block_start of block 0 where 1 is next"],
        [begin(2, text), "content_block_start of block 2 where 1 is next"],
        [delta(0, { type: "thinking_delta", thinking: "x" }), "thinking_delta does not fit block 0"],
        [delta(0, { type: "signature_delta", signature: "x" }), "signature_delta does not fit block 0"],
        [delta(0, { type: "input_json_delta", partial_json: "x" }), "input_json_delta does not fit block 0"]
      ]
      for (const [event, description] of cases) {
        assert.strictEqual((yield* malformed(sse([event]))).description, description)
      }
    })
  )

  it.effect("fails when it is not UTF-8 or longer than the cap", () =>
    Effect.gen(function* () {
      const pieces = [sse(hello.slice(0, 3)), Uint8Array.of(0xff, 10, 10)]
      const { error } = yield* run(answering(raw(pieces)))
      assert(error?._tag === "MessageInterruptedError" && error.cause?._tag === "DecodeError")
      assert.strictEqual(error.cause.description, "an event: it is not UTF-8")
      const long = yield* collect(Messages.stream(params, { maxEventBytes: 1000 })).pipe(
        using(answering(streaming([start(), begin(0, text), textDelta(0, "x".repeat(2000))])))
      )
      assert(long.error?._tag === "MessageInterruptedError" && long.error.cause?._tag === "DecodeError")
      assert.include(long.error.cause.description, "longer than 1000")
      assert.lengthOf(long.seen, 2)
    })
  )

  it.effect("refuses a cap that is none, before anything is sent", () =>
    Effect.gen(function* () {
      const fake = answering(streaming(hello))
      const { error } = yield* collect(Messages.stream(params, { maxEventBytes: Number.NaN })).pipe(using(fake))
      assert(error?._tag === "RequestRefusedError", error?._tag)
      assert.isEmpty(fake.requests)
    })
  )

  it.effect("does not include an event of 16 MB, which is decoded", () =>
    Effect.gen(function* () {
      const long = "0123456789abcdef".repeat(1024 * 1024)
      const body = new TextEncoder().encode(sse([start(), begin(0, text), textDelta(0, long), stop(0), finish(), end]))
      const pieces = Array.from({ length: Math.ceil(body.length / 65_536) }, (_, index) =>
        body.subarray(index * 65_536, (index + 1) * 65_536)
      )
      const message = yield* Messages.accumulate(stream).pipe(using(answering(raw(pieces))))
      assert.strictEqual(Messages.text(message).length, long.length)
    })
  )
})

describe("the connection of a stream", () => {
  it.effect("is closed by Stream.take after any number of events", () =>
    Effect.gen(function* () {
      for (let count = 1; count < hello.length; count++) {
        const { state, fake } = watched()
        assert.lengthOf(yield* Stream.runCollect(Stream.take(stream, count)).pipe(using(fake)), count)
        assert.strictEqual(state.closed, 1)
        assert.isAtMost(state.read, count + 1)
      }
    })
  )

  it.effect("is closed by an interruption at any event", () =>
    Effect.gen(function* () {
      for (let count = 1; count < hello.length; count++) {
        const { state, fake } = watched()
        let seen = 0
        const fiber = yield* stream.pipe(
          Stream.runForEach(() => (++seen === count ? Effect.never : Effect.void)),
          using(fake),
          Effect.forkChild
        )
        while (seen < count) yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
        assert.isAtMost(state.read, count + 1)
        yield* Fiber.interrupt(fiber)
        assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
        assert.strictEqual(state.closed, 1)
      }
    })
  )
})

describe("the emulator's stream", () => {
  it.effect("sends events at the pace of its options", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const fiber = yield* stream.pipe(
        Stream.runForEach(({ type }) => Effect.sync(() => seen.push(type))),
        Effect.forkChild
      )
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(seen, ["message_start"])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(seen, ["message_start", "content_block_start"])
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
    }).pipe(onEmulator({ pace: "1 second" }))
  )

  it.effect("breaks after the number of events of a fault", () =>
    Effect.gen(function* () {
      const reasons: Array<string | undefined> = []
      const run = Effect.gen(function* () {
        const { error, seen } = yield* collect(stream)
        reasons.push(error?._tag === "MessageInterruptedError" ? error.reason : error?._tag)
        return seen.length
      })
      yield* script(Fault.cutAfterEvents(3, "end"), Fault.cutAfterEvents(3, "reset"), Fault.errorAfterEvents(3))
      // The ping after the first event is left out.
      assert.strictEqual(yield* run, 2)
      assert.strictEqual(yield* run, 2)
      assert.strictEqual(yield* run, 2)
      yield* script(Fault.errorAfterEvents(0, { errorType: "api_error" }), Fault.errorAfterEvents(1, { data: "text" }))
      assert.strictEqual(yield* run, 1)
      assert.deepStrictEqual(reasons, ["ended", "connection", "error", "error"])
      yield* script(Fault.cutAfterEvents(2, "stall"))
      const fiber = yield* Effect.forkChild(run)
      yield* TestClock.adjust("10 minutes")
      yield* Fiber.join(fiber)
      assert.strictEqual(reasons.at(-1), "idle")
      assert.lengthOf(yield* (yield* Emulator).pendingFaults, 0)
    }).pipe(onEmulator())
  )

  it.effect("fails the test when a fault comes after its end", () =>
    Effect.gen(function* () {
      yield* script(Fault.cutAfterEvents(99, "end"))
      yield* collect(stream)
    }).pipe(
      onEmulator(),
      Effect.exit,
      Effect.map((exit) => assert.isTrue(Exit.hasDies(exit)))
    )
  )
})
