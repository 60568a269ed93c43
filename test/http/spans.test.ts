// Spans of operations that are streams, and what the spans of the client keep.
import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Headers from "effect/http/Headers"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import * as Batches from "effect-anthropic/Batches"
import * as Files from "effect-anthropic/Files"
import * as Messages from "effect-anthropic/Messages"
import * as Models from "effect-anthropic/Models"
import { hello, params, streaming } from "../messages/support.ts"
import {
  type Answer,
  answering,
  apiError,
  empty,
  failure,
  fakeClient,
  json,
  onVirtualTime,
  using
} from "../support/fakeClient.ts"
import { batch, model, requests } from "../support/fixtures.ts"

/** Keeps the spans that a program makes. */
const traced = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const spans: Array<Tracer.NativeSpan> = []
    const tracer = Tracer.make({
      span: (options) => {
        const span = new Tracer.NativeSpan(options)
        spans.push(span)
        return span
      }
    })
    return Effect.map(Effect.withTracer(effect, tracer), () => spans)
  })

/** The one span of a name: how it ended, and how long it lasted in milliseconds. */
const only = (spans: ReadonlyArray<Tracer.NativeSpan>, name: string) => {
  const [span, ...more] = spans.filter((each) => each.name === name)
  assert(span !== undefined && more.length === 0, name)
  const { status } = span
  assert(status._tag === "Ended")
  const error = Exit.isFailure(status.exit) ? Cause.squash(status.exit.cause) : undefined
  const parent = Option.getOrUndefined(span.parent)
  return {
    millis: Number(status.endTime - status.startTime) / 1e6,
    tag: error instanceof Error ? error.name : error,
    isInterrupted: Exit.hasInterrupts(status.exit),
    parent: parent?._tag === "Span" ? parent.name : undefined
  }
}

const cutAfter = (pause: "500 millis") =>
  Stream.fromEffectDrain(Effect.delay(Effect.fail(failure("ECONNRESET")), pause))

const bytes = (answer: Stream.Stream<Uint8Array, unknown>) => HttpServerResponse.stream(answer)

const half = Stream.concat(Stream.make(new Uint8Array(10)), cutAfter("500 millis"))

const ended: unknown = { ...batch, processing_status: "ended", ended_at: batch.created_at }

const results = fakeClient(({ url }) => (url.pathname.endsWith("results") ? bytes(half) : json(ended)))

const streams: ReadonlyArray<
  readonly [string, ReturnType<typeof fakeClient>, Stream.Stream<unknown, unknown, HttpClient.HttpClient>, string]
> = [
  [
    "Messages.stream",
    answering(streaming(hello.slice(0, 3), cutAfter("500 millis"))),
    Messages.stream(params),
    "MessageInterruptedError"
  ],
  [
    "Messages.streamText",
    answering(streaming(hello.slice(0, 3), cutAfter("500 millis"))),
    Messages.streamText(params),
    "MessageInterruptedError"
  ],
  ["Files.download", answering(bytes(half)), Files.download("f"), "StreamInterruptedError"],
  ["Batches.results", results, Batches.results("b"), "StreamInterruptedError"],
  ["Batches.resultLines", results, Batches.resultLines("b"), "StreamInterruptedError"]
]

describe("the span of a stream", () => {
  for (const [name, fake, stream, tag] of streams) {
    it.effect(`${name} lasts as long as the stream, and fails with it`, () =>
      Effect.gen(function* () {
        const program = Effect.ignore(Stream.runDrain(stream)).pipe(using(fake, { retry: { maxRetries: 0 } }))
        const spans = yield* traced(onVirtualTime(program))
        const span = only(spans, name)
        assert.deepStrictEqual([span.millis, span.tag], [500, tag])
        const path = name.startsWith("Messages") ? "POST" : "GET"
        assert.strictEqual(only(spans, `${path} ${name.replace("resultLines", "results")}`).parent, name)
      })
    )
  }

  const slow = () => answering(streaming(hello.slice(0, 3), Stream.never))

  it.effect("has no error when its reader takes only some items", () =>
    Effect.gen(function* () {
      const program = Messages.stream(params).pipe(Stream.take(1), Stream.runDrain, using(slow()))
      const { isInterrupted, tag } = only(yield* traced(onVirtualTime(program)), "Messages.stream")
      assert.deepStrictEqual([tag, isInterrupted], [undefined, false])
    })
  )

  it.effect("has no error when its reader fails", () =>
    Effect.gen(function* () {
      const program = Messages.stream(params).pipe(
        Stream.runForEach(() => Effect.fail("the reader's")),
        Effect.ignore,
        using(slow())
      )
      assert.isUndefined(only(yield* traced(onVirtualTime(program)), "Messages.stream").tag)
    })
  )

  it.effect("is interrupted with its reader", () =>
    Effect.gen(function* () {
      const program = Stream.runDrain(Messages.stream(params)).pipe(
        Effect.timeout("3 seconds"),
        Effect.ignore,
        using(slow())
      )
      const span = only(yield* traced(onVirtualTime(program)), "Messages.stream")
      assert.deepStrictEqual([span.millis, span.isInterrupted], [3000, true])
    })
  )

  it.effect("is not the parent of spans of calls made for its items", () =>
    Effect.gen(function* () {
      const fake = fakeClient(({ url }) => (url.pathname.includes("models") ? json(model) : streaming(hello)))
      const program = Messages.stream(params).pipe(
        Stream.take(1),
        Stream.runForEach(() => Models.retrieve("m")),
        Effect.withSpan("outer"),
        using(fake)
      )
      const spans = yield* traced(onVirtualTime(program))
      assert.strictEqual(only(spans, "Models.retrieve").parent, "outer")
      assert.strictEqual(only(spans, "Messages.stream").parent, "outer")
    })
  )

  it.effect("is created again when a stream is run twice", () =>
    Effect.gen(function* () {
      const stream = Stream.runDrain(Messages.stream(params))
      const spans = yield* traced(Effect.andThen(stream, stream).pipe(using(answering(streaming(hello)))))
      assert.lengthOf(
        spans.filter(({ name }) => name === "Messages.stream"),
        2
      )
    })
  )
})

const secret = "gateway-token-0123456789"

const seen = (value: unknown): string => inspect(value, { depth: 30, showHidden: true })

describe("a header of the caller is in no span and in no inspected value", () => {
  const answers: ReadonlyArray<readonly [string, Answer]> = [
    ["a success", json(model)],
    ["an error", apiError(500, "api_error")],
    ["an error without a body", empty(404)],
    ["a broken connection", Effect.fail(failure("ECONNRESET"))]
  ]

  for (const [name, answer] of answers) {
    for (const propagateTraces of [false, true]) {
      it.effect(`after ${name}, ${propagateTraces ? "with" : "without"} traces sent`, () =>
        Effect.gen(function* () {
          const fake = answering(answer)
          const options = { headers: { "X-Gateway": secret }, propagateTraces, retry: { maxRetries: 0 } }
          const wrapped = Effect.updateService(
            HttpClient.HttpClient,
            HttpClient.mapRequest((request) => request.pipe((each) => each))
          )
          const program = Effect.ignore(Models.retrieve("m")).pipe(
            wrapped,
            using(fake, options),
            Effect.provideService(HttpClient.TracerHeaderFilter, () => true),
            Effect.provideService(Headers.CurrentRedactedNames, [])
          )
          const spans = yield* traced(program)
          assert.strictEqual(fake.requests[0]?.headers["x-gateway"], secret)
          assert.strictEqual("traceparent" in (fake.requests[0]?.headers ?? {}), propagateTraces)
          const client = spans.find((span) => span.name === "GET Models.retrieve")
          assert(client !== undefined)
          for (const span of spans) {
            assert.notInclude(seen([...span.attributes]), secret)
            assert.notInclude(seen(span.status), secret)
            assert.notInclude(seen(span.status), "sk-ant-test-1234")
          }
          assert.strictEqual(client.attributes.get("http.request.header.x-gateway"), "<redacted>")
        })
      )
    }
  }

  it.effect("of a request that is kept and printed later", () =>
    Effect.gen(function* () {
      const kept: Array<HttpClientRequest.HttpClientRequest> = []
      const client = Layer.effect(
        HttpClient.HttpClient,
        Effect.map(
          HttpClient.HttpClient,
          HttpClient.tapRequest((request) => Effect.sync(() => kept.push(request)))
        )
      ).pipe(Layer.provide(answering(json(model)).layer))
      yield* Models.retrieve("m").pipe(using({ layer: client }, { headers: { "X-Gateway": secret } }))
      yield* Effect.ignore(
        Batches.create(requests(1)).pipe(using({ layer: client }, { headers: { "X-Gateway": secret } }))
      )
      const sent = kept.filter((request) => "x-gateway" in request.headers)
      assert.lengthOf(sent, 2)
      // Outside of any fiber, where no names are redacted but Effect's own.
      yield* Effect.promise(async () => {
        for (const request of sent) {
          assert.notInclude(seen(request.toJSON()), secret)
          assert.notInclude(JSON.stringify(request), secret)
          assert.include(JSON.stringify(request), "x-gateway")
        }
      })
    })
  )
})

it.effect("spans of the HTTP client have the status and the error", () =>
  Effect.gen(function* () {
    const failed = yield* traced(
      Effect.ignore(Models.retrieve("m").pipe(using(answering(empty(404)), { retry: { maxRetries: 0 } })))
    )
    const client = failed.find((span) => span.name === "GET Models.retrieve")
    assert.strictEqual(client?.attributes.get("http.response.status_code"), 404)
    assert.strictEqual(only(failed, "GET Models.retrieve").tag, "StatusCodeError")
    assert.strictEqual(only(failed, "Models.retrieve").tag, "NotFoundError")
    const broken = yield* traced(
      Effect.ignore(
        Models.retrieve("m").pipe(using(answering(Effect.fail(failure("ECONNRESET"))), { retry: { maxRetries: 0 } }))
      )
    )
    assert.strictEqual(only(broken, "GET Models.retrieve").tag, "TransportError")
  })
)
