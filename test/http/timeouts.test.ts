import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type * as Anthropic from "effect-anthropic/Anthropic"
import * as Batches from "effect-anthropic/Batches"
import * as FileSource from "effect-anthropic/FileSource"
import * as Files from "effect-anthropic/Files"
import * as Models from "effect-anthropic/Models"
import {
  type Answer,
  answering,
  assertFields,
  body,
  broken,
  empty,
  failure,
  fakeClient,
  json,
  onVirtualTime,
  using
} from "../support/fakeClient.ts"
import { batch, model, requests } from "../support/fixtures.ts"

/** The failure of an effect, and when it came. */
const failing = Effect.fnUntraced(function* <A, E>(effect: Effect.Effect<A, E>) {
  const start = yield* Clock.currentTimeMillis
  const at = Effect.map(Clock.currentTimeMillis, (now) => now - start)
  const result = yield* onVirtualTime(
    Effect.catch(Effect.asVoid(effect), (error) => Effect.flatMap(at, (after) => Effect.fail({ error, after })))
  )
  assert(Result.isFailure(result))
  return result.failure
})

/** A file as the API describes it. */
const stored = {
  id: "file_1",
  type: "file",
  filename: "a.bin",
  mime_type: "application/octet-stream",
  size_bytes: 900_000,
  created_at: "2026-01-01T00:00:00Z",
  downloadable: false
}

const once = (options: Anthropic.Options = {}) => ({ ...options, retry: { maxRetries: 0 } })

const retrieving = (answer: Answer, options: Anthropic.Options = {}) =>
  Models.retrieve("m").pipe(using(answering(answer), once(options)))

const oneMegabyte = Batches.create(requests(1000, 1000))

/** Takes a body at its own pace, then does as told. */
const taking = (pause: Duration.Input, then: Answer) =>
  fakeClient((sent) =>
    Effect.andThen(
      Stream.runForEach(sent.pieces, () => Effect.sleep(pause)),
      Effect.isEffect(then) && !HttpServerResponse.isHttpServerResponse(then) ? then : Effect.succeed(then)
    )
  )

describe("the response timeout", () => {
  it.effect("is ten minutes by default", () =>
    Effect.gen(function* () {
      const { after, error } = yield* failing(retrieving(Effect.never))
      assert.strictEqual(after, 600_000)
      assertFields(error, { _tag: "ResponseTimeoutError", timeout: Duration.minutes(10), isRetryable: true })
      assert.strictEqual(error.message, "Models.retrieve: no response within 10m")
    })
  )

  it.effect("is changed by the setting responseTimeout", () =>
    Effect.gen(function* () {
      const { after, error } = yield* failing(retrieving(Effect.never, { responseTimeout: "3 seconds" }))
      assert.strictEqual(after, 3000)
      assertFields(error, { _tag: "ResponseTimeoutError", timeout: Duration.seconds(3) })
    })
  )

  it.effect("can be switched off", () =>
    Effect.gen(function* () {
      const late = Effect.delay(Effect.succeed(json(model)), "100 minutes")
      const result = yield* onVirtualTime(retrieving(late, { responseTimeout: Duration.infinity }))
      assert.isTrue(Result.isSuccess(result))
    })
  )

  it.effect("ends when the headers come", () =>
    Effect.gen(function* () {
      const slow = Stream.mapEffect(Stream.fromIterable(JSON.stringify(model), { chunkSize: 1 }), (letter) =>
        Effect.delay(Effect.succeed(letter), "10 seconds")
      )
      const answer = HttpServerResponse.stream(Stream.encodeText(slow))
      const result = yield* onVirtualTime(retrieving(answer, { responseTimeout: "1 minute" }))
      assert.strictEqual(Result.getOrThrow(result).id, model.id)
    })
  )

  it.effect("does not run while an upload makes progress", () =>
    Effect.gen(function* () {
      const start = yield* Clock.currentTimeMillis
      const fake = taking("4 minutes", Effect.delay(Effect.succeed(json(batch)), "4 minutes"))
      const created = oneMegabyte.pipe(using(fake), Effect.andThen(Clock.currentTimeMillis))
      const end = Result.getOrThrow(yield* onVirtualTime(created))
      // At least four pieces and the wait for the answer: far more than ten minutes in all.
      assert.isAtLeast(end - start, 5 * 240_000)
    })
  )

  it.effect("counts from the end of the body, when the client has taken the last piece", () =>
    Effect.gen(function* () {
      let count = 0
      const fake = fakeClient((sent) =>
        Effect.andThen(
          Stream.runForEach(sent.pieces, () =>
            Effect.suspend(() => {
              count += 1
              return Effect.sleep("8 minutes")
            })
          ),
          Effect.never
        )
      )
      const { after, error } = yield* failing(oneMegabyte.pipe(using(fake)))
      assert.isAbove(count, 3)
      assert.strictEqual(after, count * 480_000 + 600_000)
      assert(error._tag === "IndeterminateError")
      assert.strictEqual(error.cause._tag, "ResponseTimeoutError")
    })
  )

  it.effect("ends an upload that makes no progress", () =>
    Effect.gen(function* () {
      const { after, error } = yield* failing(oneMegabyte.pipe(using(taking("1 hour", json(batch)))))
      assert.strictEqual(after, 600_000)
      assert.strictEqual(error._tag, "IndeterminateError")
    })
  )

  /** A source that gives a piece after each pause, and a client that sends each at once. */
  const paced = (pauses: ReadonlyArray<Duration.Input>, pieceLength = 300_000) =>
    FileSource.fromStreamOnce(
      Stream.fromIterable(pauses).pipe(
        Stream.rechunk(1),
        Stream.mapEffect((pause) => Effect.delay(Effect.succeed(new Uint8Array(pieceLength)), pause))
      ),
      { name: "a.bin", type: "application/octet-stream" }
    )

  it.effect("does not run while the source of an upload pauses, at its beginning, within it and at its end", () =>
    Effect.gen(function* () {
      const fake = fakeClient((sent) => Effect.as(sent.upload, json(stored)))
      const slow = paced(["25 minutes", "15 minutes", "20 minutes"])
      const source = {
        ...slow,
        open: Effect.map(slow.open, ({ bytes, size }) => ({
          size,
          bytes: Stream.concat(bytes, Stream.fromEffectDrain(Effect.sleep("25 minutes")))
        }))
      }
      const uploaded = Files.upload(source).pipe(using(fake))
      assert.isTrue(Result.isSuccess(yield* onVirtualTime(uploaded)))
      assert.lengthOf(fake.requests, 1)
    })
  )

  it.effect("does not run while a slow reader of the progress delays an upload", () =>
    Effect.gen(function* () {
      const fake = fakeClient((sent) => Effect.as(sent.upload, json(stored)))
      const uploaded = Files.upload(FileSource.fromBytes(new Uint8Array(900_000)), {
        onProgress: () => Effect.sleep("15 minutes")
      }).pipe(using(fake))
      assert.isTrue(Result.isSuccess(yield* onVirtualTime(uploaded)))
    })
  )

  it.effect("counts from the end of an upload whose source has paused", () =>
    Effect.gen(function* () {
      const fake = fakeClient((sent) => Effect.andThen(sent.upload, Effect.never))
      const { after, error } = yield* failing(Files.upload(paced(["15 minutes", "15 minutes"])).pipe(using(fake)))
      assert.strictEqual(after, 30 * 60_000 + 600_000)
      assert(typeof error === "object" && error._tag === "IndeterminateError")
      assert.strictEqual(error.cause._tag, "ResponseTimeoutError")
    })
  )

  it.effect("runs while a client does not take the pieces that the source has", () =>
    Effect.gen(function* () {
      const fake = fakeClient((sent) =>
        Effect.as(
          Stream.runForEach(sent.pieces, () => Effect.sleep("11 minutes")),
          json(stored)
        )
      )
      const { after, error } = yield* failing(Files.upload(paced(["15 minutes", "15 minutes"])).pipe(using(fake)))
      assert.strictEqual(after, 600_000)
      assert.strictEqual(error._tag, "IndeterminateError")
    })
  )

  it.effect("and the idle timeout do not change when the source gives pieces after the server has answered", () =>
    Effect.gen(function* () {
      // The client sends the rest of the body although the server has answered, and never ends its answer.
      const fake = fakeClient((sent) => Effect.as(Effect.forkDetach(sent.upload), body(['{"id":'], Stream.never)))
      const pauses = Array.from({ length: 20 }, (): Duration.Input => "4 minutes")
      const { after, error } = yield* failing(Files.upload(paced(pauses)).pipe(using(fake)))
      assert.strictEqual(after, 300_000)
      assert(error._tag === "IndeterminateError")
      assert.strictEqual(error.cause._tag, "IdleTimeoutError")
    })
  )

  it.effect("is reported with its duration when Node's fetch has timed out", () =>
    Effect.gen(function* () {
      const late = Effect.delay(broken("UND_ERR_HEADERS_TIMEOUT"), "5 minutes")
      const { error } = yield* failing(retrieving(late))
      assertFields(error, { _tag: "ResponseTimeoutError", timeout: Duration.minutes(5) })
    })
  )
})

describe("the idle timeout", () => {
  const text = JSON.stringify(model)
  const halves = [text.slice(0, 20), text.slice(20)]

  it.effect("is five minutes by default", () =>
    Effect.gen(function* () {
      const { after, error } = yield* failing(retrieving(body(halves.slice(0, 1), Stream.never)))
      assert.strictEqual(after, 300_000)
      assertFields(error, { _tag: "IdleTimeoutError", timeout: Duration.minutes(5), isRetryable: true })
      assert.strictEqual(error.message, "Models.retrieve: no byte of the response was received for 5m")
    })
  )

  it.effect("is changed by the setting idleTimeout, and its error has the request id", () =>
    Effect.gen(function* () {
      const stalled = HttpServerResponse.setHeader(body(halves.slice(0, 1), Stream.never), "request-id", "req_1")
      const { after, error } = yield* failing(retrieving(stalled, { idleTimeout: "2 seconds" }))
      assert.strictEqual(after, 2000)
      assertFields(error, { _tag: "IdleTimeoutError", timeout: Duration.seconds(2), requestId: "req_1" })
    })
  )

  it.effect("starts again with every chunk", () =>
    Effect.gen(function* () {
      const slow = Stream.mapEffect(Stream.fromIterable(text, { chunkSize: 1 }), (letter) =>
        Effect.delay(Effect.succeed(letter), "59 seconds")
      )
      const answer = HttpServerResponse.stream(Stream.encodeText(slow))
      const result = yield* onVirtualTime(retrieving(answer, { idleTimeout: "1 minute" }))
      assert.strictEqual(Result.getOrThrow(result).id, model.id)
    })
  )

  it.effect("also runs before the first and after the last byte", () =>
    Effect.gen(function* () {
      for (const pieces of [[], [text]]) {
        const { after, error } = yield* failing(retrieving(body(pieces, Stream.never)))
        assert.strictEqual(after, 300_000)
        assert.strictEqual(error._tag, "IdleTimeoutError")
      }
    })
  )

  it.effect("does not delay an error whose body does not end, which is reported after ten seconds", () =>
    Effect.gen(function* () {
      const drops = Stream.fromEffectRepeat(Effect.delay(Effect.succeed(new Uint8Array([120])), "3 seconds"))
      for (const [page, description] of [
        [body(["bad gate"], Stream.never), "bad gate"],
        [HttpServerResponse.stream(drops), "xxx"]
      ] as const) {
        const { after, error } = yield* failing(retrieving(HttpServerResponse.setStatus(page, 403)))
        assert.strictEqual(after, 10_000)
        assertFields(error, { _tag: "PermissionError", status: 403, description })
      }
    })
  )

  it.effect("does not delay the next attempt after an error whose body does not end", () =>
    Effect.gen(function* () {
      const overloaded = HttpServerResponse.setStatus(body([], Stream.never), 529)
      const fake = answering(overloaded, json(model))
      const start = yield* Clock.currentTimeMillis
      assert.isTrue(Result.isSuccess(yield* onVirtualTime(Models.retrieve("m").pipe(using(fake)))))
      assert.strictEqual((fake.requests[1]?.at ?? 0) - start, 10_500)
    })
  )

  it.effect("ends the reading of the body of an error, which is reported with the part that came", () =>
    Effect.gen(function* () {
      const page = HttpServerResponse.setStatus(body(["bad gate"], Stream.never), 400)
      const { after, error } = yield* failing(retrieving(page, { idleTimeout: "4 seconds" }))
      assert.strictEqual(after, 4000)
      assertFields(error, { _tag: "InvalidRequestError", description: "bad gate" })
    })
  )

  it.effect("is reported when Node's fetch has timed out in the body", () =>
    Effect.gen(function* () {
      const late = Stream.fromEffectDrain(Effect.fail(failure("UND_ERR_BODY_TIMEOUT")))
      const { error } = yield* failing(retrieving(body(halves.slice(0, 1), late)))
      assert.strictEqual(error._tag, "IdleTimeoutError")
    })
  )

  it.effect("does not run between attempts", () =>
    Effect.gen(function* () {
      const fake = answering(empty(429, { "retry-after": "50" }), json(model))
      const operation = Models.retrieve("m").pipe(using(fake, { idleTimeout: "1 second", responseTimeout: "1 second" }))
      assert.isTrue(Result.isSuccess(yield* onVirtualTime(operation)))
    })
  )
})
