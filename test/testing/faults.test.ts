// The faults of the emulator in process: what each does, which request gets it, and how they are accounted for.
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import type * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { AnthropicEmulator } from "../../src/testing/index.ts"
import { Emulator, Fault, script } from "../support/emulator.ts"
import { call, create, refusalOf, requests } from "./client.ts"

const withEmulator = (options?: AnthropicEmulator.Options) => Effect.provide(AnthropicEmulator.layer(options))

const records = Effect.flatMap(Emulator, (emulator) => emulator.requests)

const batches = Effect.flatMap(Emulator, (emulator) => emulator.batches)

const list = call("GET", "/v1/models")

const codeOf = (cause: unknown): unknown => (Predicate.hasProperty(cause, "code") ? cause.code : undefined)

/** The body piece by piece, and how it ended. */
const readAll = Effect.fnUntraced(function* (response: HttpClientResponse.HttpClientResponse) {
  const pieces: Array<Uint8Array> = []
  const exit = yield* Effect.exit(
    Stream.runForEach(response.stream, (piece) => Effect.sync(() => pieces.push(piece.slice())))
  )
  return { pieces, bytes: new Uint8Array(pieces.flatMap((piece) => [...piece])), exit }
})

const whole = Effect.map(
  Effect.flatMap(list, (response) => response.arrayBuffer),
  (buffer) => new Uint8Array(buffer)
)

describe("faults that answer something else", () => {
  it.effect("Fault.status answers with the API's error of that status, or with that of its options", () =>
    Effect.gen(function* () {
      yield* script(
        Fault.status(529),
        Fault.status(429, {
          headers: { "retry-after": "7" },
          errorCode: "ramp_limit_exceeded",
          details: { extra: 1 },
          message: "slow down"
        }),
        Fault.status(400, { errorType: "odd_error" }),
        Fault.status(400, { details: { appeal_url: null } }),
        Fault.status(500, { body: "oops", headers: { "content-type": "text/plain" } })
      )
      const overloaded = yield* refusalOf("GET", "/v1/models")
      assert.deepStrictEqual(
        [overloaded.status, overloaded.type, overloaded.requestId],
        [529, "overloaded_error", "req_000001"]
      )
      assert.strictEqual(overloaded.response.headers["request-id"], "req_000001")
      const limited = yield* list
      assert.deepStrictEqual([limited.status, limited.headers["retry-after"]], [429, "7"])
      assert.deepStrictEqual(yield* limited.json, {
        type: "error",
        error: {
          type: "rate_limit_error",
          message: "slow down",
          details: { error_code: "ramp_limit_exceeded", extra: 1 }
        },
        request_id: "req_000002"
      })
      assert.strictEqual((yield* refusalOf("GET", "/v1/models")).type, "odd_error")
      assert.deepNestedInclude(yield* Effect.flatMap(list, (response) => response.json), {
        "error.details": { appeal_url: null }
      })
      const text = yield* list
      assert.deepStrictEqual([text.status, text.headers["content-type"], yield* text.text], [500, "text/plain", "oops"])
      assert.strictEqual((yield* list).status, 200)
    }).pipe(withEmulator())
  )

  it.effect("Fault.html and Fault.empty answer without the headers of the API", () =>
    Effect.gen(function* () {
      yield* script(Fault.html(502), Fault.empty(500))
      const html = yield* list
      assert.deepStrictEqual([html.status, html.headers["content-type"]], [502, "text/html"])
      assert.include(yield* html.text, "<html>")
      const empty = yield* list
      assert.deepStrictEqual([empty.status, yield* empty.text], [500, ""])
      assert.isUndefined(html.headers["request-id"])
      assert.isUndefined(empty.headers["request-id"])
    }).pipe(withEmulator())
  )

  it.effect("Fault.body answers with any bytes, and Fault.redirect with another location", () =>
    Effect.gen(function* () {
      yield* script(
        Fault.body("{}"),
        Fault.body(new Uint8Array([1, 2]), { status: 201, headers: { "content-type": "application/x-odd" } }),
        Fault.redirect("https://elsewhere.example/x", 308)
      )
      const json = yield* list
      assert.deepStrictEqual([json.status, yield* json.json], [200, {}])
      assert.strictEqual(json.headers["request-id"], "req_000001")
      const bytes = yield* list
      assert.deepStrictEqual([bytes.status, bytes.headers["content-type"]], [201, "application/x-odd"])
      assert.deepStrictEqual((yield* readAll(bytes)).bytes, new Uint8Array([1, 2]))
      const moved = yield* list
      assert.deepStrictEqual([moved.status, moved.headers.location], [308, "https://elsewhere.example/x"])
    }).pipe(withEmulator())
  )

  it.effect("Fault.rewrite changes the bytes of the answer", () =>
    Effect.gen(function* () {
      yield* script(
        Fault.rewrite((bytes) => new TextEncoder().encode(new TextDecoder().decode(bytes).replace("models", "muddles")))
      )
      const response = yield* call("GET", "/v1/models/models-x")
      assert.strictEqual(response.status, 404)
      assert.include(yield* response.text, "model: muddles-x")
    }).pipe(withEmulator())
  )
})

describe("faults before the headers", () => {
  it.effect("Fault.delay waits on the clock, then answers", () =>
    Effect.gen(function* () {
      yield* script(Fault.delay("5 seconds"))
      const fiber = yield* Effect.forkChild(list)
      yield* TestClock.adjust("4999 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* Fiber.join(fiber)).status, 200)
      const [record] = yield* records
      assert.deepInclude(record, { receivedAt: 0, answeredAt: 5000, fault: "delay", closedEarly: false })
    }).pipe(withEmulator())
  )

  it.effect("Fault.delay carries the request out after the wait", () =>
    Effect.gen(function* () {
      yield* script(Fault.delay("5 seconds"))
      const fiber = yield* Effect.forkChild(create(1))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(DateTime.toEpochMillis((yield* Fiber.join(fiber)).created_at), 5000)
    }).pipe(withEmulator())
  )

  it.effect("Fault.delay waits before another action", () =>
    Effect.gen(function* () {
      yield* script(Fault.delay("5 seconds", Fault.status(529)))
      const fiber = yield* Effect.forkChild(list)
      yield* TestClock.adjust("4999 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* Fiber.join(fiber)).status, 529)
    }).pipe(withEmulator())
  )

  it.effect("Fault.resetBeforeHeaders is a transport error with ECONNRESET, and nothing is carried out", () =>
    Effect.gen(function* () {
      yield* script(Fault.resetBeforeHeaders())
      const error = yield* Effect.flip(call("POST", "/v1/messages/batches", { body: { requests: requests(1) } }))
      assert.strictEqual(error.reason._tag, "TransportError")
      assert.strictEqual(codeOf(error.reason.cause), "ECONNRESET")
      assert.instanceOf(error.reason.cause, Error)
      assert.lengthOf(yield* batches, 0)
      const [record] = yield* records
      assert.deepInclude(record, { status: undefined, closedEarly: false, body: { requests: requests(1) } })
    }).pipe(withEmulator())
  )

  it.effect("Fault.stallBeforeHeaders never answers, and the log shows when the client leaves", () =>
    Effect.gen(function* () {
      yield* script(Fault.stallBeforeHeaders())
      const fiber = yield* Effect.forkChild(list)
      yield* TestClock.adjust("1 day")
      assert.isUndefined(fiber.pollUnsafe())
      assert.deepInclude((yield* records)[0], { status: undefined, closedEarly: false })
      yield* Fiber.interrupt(fiber)
      assert.deepInclude((yield* records)[0], { status: undefined, closedEarly: true })
    }).pipe(withEmulator())
  )

  it.effect(
    "Fault.processedThenReset, processedThenStatus and processedThenStall create the batch and lose the answer",
    () =>
      Effect.gen(function* () {
        yield* script(Fault.processedThenReset(), Fault.processedThenStatus(500), Fault.processedThenStall())
        const post = call("POST", "/v1/messages/batches", { body: { requests: requests(1) } })
        const error = yield* Effect.flip(post)
        assert.strictEqual(codeOf(error.reason.cause), "ECONNRESET")
        assert.lengthOf(yield* batches, 1)
        assert.strictEqual((yield* post).status, 500)
        assert.lengthOf(yield* batches, 2)
        const fiber = yield* Effect.forkChild(post)
        yield* TestClock.adjust("1 minute")
        assert.isUndefined(fiber.pollUnsafe())
        assert.lengthOf(yield* batches, 3)
        yield* Fiber.interrupt(fiber)
      }).pipe(withEmulator())
  )
})

describe("faults of the body", () => {
  it.effect("Fault.resetAfter and resetAtEnd send the bytes so far, then ECONNRESET", () =>
    Effect.gen(function* () {
      const expected = yield* whole
      for (const [fault, length] of [
        [Fault.resetAfter(0), 0],
        [Fault.resetAfter(100), 100],
        [Fault.resetAtEnd(), expected.length]
      ] as const) {
        yield* script(fault)
        const response = yield* list
        assert.strictEqual(response.status, 200)
        assert.isUndefined(response.headers["content-length"])
        const { bytes, exit } = yield* readAll(response)
        assert.deepStrictEqual(bytes, expected.slice(0, length))
        assert(Exit.isFailure(exit))
        const error = Cause.squash(exit.cause)
        assert(Predicate.isTagged(error, "HttpClientError") && Predicate.hasProperty(error, "reason"))
        assert(Predicate.hasProperty(error.reason, "cause"))
        assert.strictEqual(codeOf(error.reason.cause), "ECONNRESET")
      }
      assert.isTrue((yield* records).every((record) => !record.closedEarly))
    }).pipe(withEmulator())
  )

  it.effect("Fault.truncate ends the body cleanly too early", () =>
    Effect.gen(function* () {
      const expected = yield* whole
      yield* script(Fault.truncate(100))
      const response = yield* list
      assert.isUndefined(response.headers["content-length"])
      const { bytes, exit } = yield* readAll(response)
      assert.isTrue(Exit.isSuccess(exit))
      assert.deepStrictEqual(bytes, expected.slice(0, 100))
    }).pipe(withEmulator())
  )

  it.effect("Fault.truncate counts bytes over the pieces of a stream", () =>
    Effect.gen(function* () {
      const { id } = yield* create(200)
      yield* TestClock.adjust("90 seconds")
      const path = `/v1/messages/batches/${id}/results`
      yield* script(Fault.truncate(40_000))
      const { bytes, pieces } = yield* readAll(yield* call("GET", path))
      assert.isAbove(pieces.length, 2)
      assert.lengthOf(bytes, 40_000)
      assert.isAbove((yield* readAll(yield* call("GET", path))).bytes.length, 40_000)
    }).pipe(withEmulator())
  )

  it.effect("Fault.stall sends some bytes, then nothing until the client leaves", () =>
    Effect.gen(function* () {
      yield* script(Fault.stall(10))
      const response = yield* list
      let received = 0
      const fiber = yield* Effect.forkChild(
        Stream.runForEach(response.stream, (piece) => Effect.sync(() => (received += piece.length)))
      )
      yield* TestClock.adjust("1 day")
      assert.isUndefined(fiber.pollUnsafe())
      assert.strictEqual(received, 10)
      assert.isFalse((yield* records)[0]?.closedEarly)
      yield* Fiber.interrupt(fiber)
      assert.isTrue((yield* records)[0]?.closedEarly)
    }).pipe(withEmulator())
  )

  it.effect("Fault.dribble sends piece by piece, at a pace when one is given", () =>
    Effect.gen(function* () {
      const expected = yield* whole
      yield* script(Fault.dribble(1), Fault.dribble(1000, "1 second"))
      const byte = yield* readAll(yield* list)
      assert.deepStrictEqual(byte.bytes, expected)
      assert.isTrue(byte.pieces.every((piece) => piece.length === 1))

      const response = yield* list
      let received = 0
      const fiber = yield* Effect.forkChild(
        Stream.runForEach(response.stream, (piece) => Effect.sync(() => (received += piece.length)))
      )
      yield* TestClock.adjust("999 millis")
      assert.strictEqual(received, 0)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(received, 1000)
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(received, 3000)
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      assert.strictEqual(received, expected.length)
    }).pipe(withEmulator())
  )

  it.effect("Fault.gzip in process delivers the decoded body, or the decodable part of a truncated one", () =>
    Effect.gen(function* () {
      const expected = yield* whole
      yield* script(Fault.gzip(), Fault.gzip({ truncate: 300 }))
      const response = yield* list
      assert.strictEqual(response.headers["content-encoding"], "gzip")
      assert.deepStrictEqual((yield* readAll(response)).bytes, expected)
      const { bytes, exit } = yield* readAll(yield* list)
      assert.isTrue(Exit.isSuccess(exit))
      assert.isAbove(bytes.length, 0)
      assert.isBelow(bytes.length, expected.length)
      assert.deepStrictEqual(bytes, expected.slice(0, bytes.length))
    }).pipe(withEmulator())
  )
})

describe("faults of the events of a streamed message", () => {
  const stream = call("POST", "/v1/messages", {
    body: {
      model: "claude-haiku-5-5",
      max_tokens: 100,
      messages: [{ role: "user", content: "Hello you over there" }],
      stream: true
    }
  })

  const read = Effect.map(Effect.flatMap(stream, readAll), ({ bytes, exit }) => ({
    exit,
    text: new TextDecoder().decode(bytes)
  }))

  const typesOf = (text: string) => [...text.matchAll(/^event: (.*)$/gm)].map(([, type]) => type)

  it.effect("Fault.errorAfterEvents sends some events, then an error event", () =>
    Effect.gen(function* () {
      yield* script(
        Fault.errorAfterEvents(2),
        Fault.errorAfterEvents(0, { errorType: "api_error" }),
        Fault.errorAfterEvents(1, { data: "oops" })
      )
      const { text } = yield* read
      assert.deepStrictEqual(typesOf(text), ["message_start", "ping", "error"])
      assert.include(text, "overloaded_error")
      assert.include((yield* read).text, "api_error")
      assert.include((yield* read).text, "event: error\ndata: oops")
    }).pipe(withEmulator())
  )

  it.effect("Fault.cutAfterEvents sends some events, then ends, resets, or stalls", () =>
    Effect.gen(function* () {
      yield* script(Fault.cutAfterEvents(3, "end"), Fault.cutAfterEvents(3, "reset"), Fault.cutAfterEvents(3, "stall"))
      const ended = yield* read
      assert.isTrue(Exit.isSuccess(ended.exit))
      assert.lengthOf(typesOf(ended.text), 3)
      const reset = yield* read
      assert.isTrue(Exit.isFailure(reset.exit))
      assert.lengthOf(typesOf(reset.text), 3)
      const stalled = yield* Effect.forkChild(read)
      yield* TestClock.adjust("1 day")
      assert.isUndefined(stalled.pollUnsafe())
      yield* Fiber.interrupt(stalled)
    }).pipe(withEmulator())
  )
})

describe("which request gets a fault", () => {
  const statuses = (count: number, path = "/v1/models") =>
    Effect.map(Effect.replicateEffect(call("GET", path), count), (responses) =>
      responses.map((response) => response.status)
    )

  it.effect("one fault happens per request, in the order of scripting, as often as its times", () =>
    Effect.gen(function* () {
      yield* script({ ...Fault.status(529), times: 2 }, Fault.status(500))
      assert.deepStrictEqual(yield* statuses(4), [529, 529, 500, 200])
    }).pipe(withEmulator())
  )

  it.effect("a fault with skip ignores that number of matching requests after it was scripted", () =>
    Effect.gen(function* () {
      yield* script({ ...Fault.status(500), skip: 1 }, Fault.status(429), { ...Fault.status(529), skip: 3 })
      assert.deepStrictEqual(yield* statuses(5), [429, 500, 200, 529, 200])
    }).pipe(withEmulator())
  )

  it.effect("a fault matches by method and by path: prefix, expression or function", () =>
    Effect.gen(function* () {
      yield* script(
        { ...Fault.status(500), when: { method: "POST" } },
        { ...Fault.status(501), when: { path: "/v1/messages" } },
        { ...Fault.status(502), when: { path: /opus/ } },
        { ...Fault.status(503), when: { path: (path) => path.endsWith("models") } }
      )
      assert.deepStrictEqual(yield* statuses(1, "/v1/models/claude-haiku-5-5"), [200])
      assert.deepStrictEqual(yield* statuses(2, "/v1/models?limit=5"), [503, 200])
      assert.deepStrictEqual(yield* statuses(2, "/v1/models/claude-opus-5-5"), [502, 200])
      assert.deepStrictEqual(yield* statuses(2, "/v1/messages/batches"), [501, 200])
      assert.strictEqual((yield* call("POST", "/v1/models")).status, 500)
    }).pipe(withEmulator())
  )

  it.effect("pendingFaults returns the faults that are left, and clearFaults removes them", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.fault({ ...Fault.status(529), times: 2, when: { method: "GET", path: "/v1/models" } })
      yield* list
      yield* emulator.fault({ ...Fault.empty(500), when: { path: (path) => path === "/" } })
      assert.deepStrictEqual(yield* emulator.pendingFaults, [
        { name: "status(529) on GET /v1/models", remaining: 1 },
        { name: "empty(500) on (path) => …", remaining: 1 }
      ])
      yield* emulator.clearFaults
      assert.deepStrictEqual(yield* emulator.pendingFaults, [])
      assert.strictEqual((yield* list).status, 200)
    }).pipe(withEmulator())
  )
})

describe("chaos", () => {
  it.effect("chaos chooses the fault of each request without a scripted one, and does not have to happen", () => {
    const seen: Array<string> = []
    const random: ReadonlyArray<AnthropicEmulator.Fault.Action | undefined> = [
      Fault.status(503),
      undefined,
      Fault.truncate(1_000_000),
      Fault.processedLater("1 hour", Fault.resetBeforeHeaders())
    ]
    return Effect.gen(function* () {
      yield* script(Fault.status(500))
      assert.strictEqual((yield* list).status, 500)
      assert.strictEqual((yield* list).status, 503)
      assert.strictEqual((yield* list).status, 200)
      yield* readAll(yield* list)
      yield* Effect.flip(call("POST", "/v1/messages/batches", { body: { requests: requests(1) } }))
      assert.deepStrictEqual(seen, ["GET /v1/models", "GET /v1/models", "GET /v1/models", "POST /v1/messages/batches"])
      assert.deepStrictEqual(yield* (yield* Emulator).pendingFaults, [])
      assert.deepStrictEqual(
        (yield* records).map(({ fault }) => fault),
        ["status(500)", "status(503)", undefined, "truncate(1000000)", "processedLater(1h, resetBeforeHeaders)"]
      )
    }).pipe(withEmulator({ chaos: ({ method, path }) => random[seen.push(`${method} ${path}`) - 1] }))
  })
})

describe("a fault that does not happen", () => {
  const outcomeOf = <A, E>(program: Effect.Effect<A, E, Layer.Success<ReturnType<typeof AnthropicEmulator.layer>>>) =>
    Effect.map(Effect.exit(program.pipe(withEmulator())), (exit) =>
      Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
    )

  it.effect("a fault that does not happen fails the test with its name", () =>
    Effect.gen(function* () {
      const error = yield* outcomeOf(
        Effect.gen(function* () {
          yield* script({ ...Fault.resetAfter(5), times: 3, when: { path: /results$/ } }, Fault.empty(500))
          yield* list
        })
      )
      assert.instanceOf(error, AnthropicEmulator.UnconsumedFaultsError)
      assert.deepStrictEqual(error.faults, ["resetAfter(5) on /results$/: 3 of 3 left"])
      assert.include(error.message, "resetAfter(5) on /results$/: 3 of 3 left")
    })
  )

  it.effect("a fault that does not happen does not hide the failure of the program", () =>
    Effect.gen(function* () {
      const exit = yield* script(Fault.empty(500)).pipe(
        Effect.andThen(Effect.fail("mine")),
        withEmulator(),
        Effect.exit
      )
      assert.deepStrictEqual(exit, Exit.fail("mine"))
    })
  )

  it.effect("a fault whose answer was too short, or not changed, fails the test", () =>
    Effect.gen(function* () {
      for (const fault of [
        Fault.truncate(1_000_000),
        Fault.resetAfter(1_000_000),
        Fault.gzip({ truncate: 1_000_000 }),
        Fault.rewrite((bytes) => bytes),
        Fault.cutAfterEvents(1000, "end")
      ]) {
        const error = yield* outcomeOf(
          Effect.gen(function* () {
            yield* script(fault)
            yield* readAll(yield* list)
          })
        )
        assert.instanceOf(error, AnthropicEmulator.UnconsumedFaultsError, fault.name)
        assert.include(error.message, fault.name)
      }
    })
  )

  it.effect("faults that all happened do not fail the test", () =>
    Effect.gen(function* () {
      assert.isUndefined(yield* outcomeOf(Effect.andThen(script(Fault.empty(500)), list)))
    })
  )
})
