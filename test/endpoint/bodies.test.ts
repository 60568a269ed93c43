// Forms, deletions, and answers that are read as they come.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Endpoint from "effect-anthropic/Endpoint"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { calls, Emulator, Fault, onEmulator, script } from "../support/batches.ts"
import { answering, apiError, broken, empty, json, onVirtualTime, text, using } from "../support/fakeClient.ts"

const { refusal } = AnthropicEmulator

const post = (body: Endpoint.Body) =>
  Endpoint.request({ name: "Test.post", method: "POST", path: ["things"], body, response: Schema.Unknown })

describe("Endpoint.form", () => {
  const echo: AnthropicEmulator.Route = {
    method: "POST",
    path: "/v1/things",
    answer: ({ body }) => Effect.succeed(body)
  }
  const file = {
    name: "files[]",
    filename: `dir/a "b"\r\n.txt`,
    bytes: new TextEncoder().encode("hello"),
    type: "text/plain"
  }

  it.effect("sends fields and files, and keeps directories in the names of files", () =>
    Effect.gen(function* () {
      const received = yield* post(
        Endpoint.form([
          { name: "display_name", value: 'Ünï "x"' },
          file,
          { name: "files[]", filename: "dir/empty", bytes: new Uint8Array() }
        ])
      )
      const { files, ...fields } = yield* Schema.decodeUnknownEffect(
        Schema.Struct({
          display_name: Schema.String,
          files: Schema.Array(Schema.Struct({ filename: Schema.String, type: Schema.String, size: Schema.Number }))
        })
      )(received)
      assert.deepStrictEqual(fields, { display_name: 'Ünï "x"' })
      assert.deepStrictEqual(files, [
        { filename: file.filename, type: "text/plain", size: 5 },
        { filename: "dir/empty", type: "application/octet-stream", size: 0 }
      ])
    }).pipe(onEmulator({ routes: [echo] }))
  )

  it.effect("sends a large form in pieces, and again after an overload", () =>
    Effect.gen(function* () {
      yield* script(Fault.status(529))
      const received = yield* post(Endpoint.form([{ ...file, bytes: new Uint8Array(1_000_000) }]))
      assert.deepNestedInclude(received, { "files[0].size": 1_000_000 })
      assert.lengthOf(yield* calls, 2)
    }).pipe(onEmulator({ routes: [echo] }))
  )

  it.effect("refuses names, values and types that cannot be sent", () => {
    const fake = answering(json({}))
    return Effect.gen(function* () {
      for (const part of [
        { name: "\ud800", value: "x" },
        { name: "x", value: "\ud800" },
        { ...file, filename: "\udc00" },
        { ...file, type: "text/plain\r\nx: y" },
        { ...file, type: "text" }
      ]) {
        const error = yield* Effect.flip(post(Endpoint.form([{ name: "first", value: "" }, part])))
        assert(error._tag === "RequestRefusedError", error._tag)
        assert.deepStrictEqual(
          error.reasons.map(({ path }) => path),
          ["body[1]"]
        )
      }
      assert.lengthOf(fake.requests, 0)
    }).pipe(using(fake))
  })
})

describe("Endpoint.remove", () => {
  const Deleted = Schema.Struct({ id: Schema.String, type: Schema.Literal("thing_deleted") })
  const remove = Endpoint.remove({
    name: "Test.delete",
    path: ["things", { id: "thing_1" }],
    response: Deleted,
    deleted: { id: "thing_1", type: "thing_deleted" },
    betas: ["new"]
  })

  it.effect("returns the answer, or the requested id after a 204 or an unusual object", () => {
    const fake = answering(json({ id: "thing_9", type: "thing_deleted" }), empty(204), json({ ok: true }))
    return Effect.gen(function* () {
      assert.strictEqual((yield* remove).id, "thing_9")
      assert.strictEqual((yield* remove).id, "thing_1")
      assert.strictEqual((yield* remove).id, "thing_1")
      assert.deepStrictEqual(
        fake.requests.map(({ headers, method, url }) => [method, url.pathname, headers["anthropic-beta"]]),
        Array.from({ length: 3 }, () => ["DELETE", "/v1/things/thing_1", "new"])
      )
    }).pipe(using(fake))
  })

  it.effect("is repeated after a lost answer, and fails for a page of a proxy", () => {
    const fake = answering(broken("ECONNRESET"), text("<html>"))
    return Effect.gen(function* () {
      const result = yield* onVirtualTime(remove)
      assert.strictEqual(result._tag === "Failure" ? result.failure._tag : undefined, "DecodeError")
      assert.lengthOf(fake.requests, 2)
    }).pipe(using(fake))
  })
})

describe("Endpoint.open and Endpoint.bytes", () => {
  const content = { name: "Test.download", path: ["things", "1", "content"] } as const
  const atContent: AnthropicEmulator.Route = {
    method: "GET",
    path: "/v1/things/:id/content",
    answer: ({ params }) =>
      params.id === "1"
        ? Effect.succeed(HttpServerResponse.uint8Array(new Uint8Array(1_000), { contentType: "application/zip" }))
        : Effect.fail(refusal(404, "no such thing", { details: { error_code: "gone" } }))
  }

  it.effect("return the response and its bytes", () =>
    Effect.gen(function* () {
      const response = yield* Endpoint.open({ ...content, accept: "application/zip" })
      assert.strictEqual(response.headers["content-type"], "application/zip")
      assert.lengthOf(yield* Stream.mkUint8Array(response.body), 1_000)
      assert.lengthOf(yield* Stream.mkUint8Array(Endpoint.bytes(content)), 1_000)
      const [opened, streamed] = yield* (yield* Emulator).requests
      assert.strictEqual(opened?.headers.accept, "application/zip")
      assert.strictEqual(streamed?.headers.accept, "application/binary")
      assert.strictEqual(streamed?.headers["accept-encoding"], "identity")
      const missing = yield* Effect.flip(
        Stream.runDrain(Endpoint.bytes({ ...content, path: ["things", "2", "content"] }))
      )
      assert(missing._tag === "NotFoundError")
      assert.strictEqual(missing.errorCode, "gone")
    }).pipe(onEmulator({ routes: [atContent] }))
  )

  it.effect("repeat a call until its headers come, and send the body of a POST", () => {
    const fake = answering(apiError(529, "overloaded_error"), text("answer"))
    return Effect.gen(function* () {
      const result = yield* onVirtualTime(
        Stream.mkString(
          Stream.decodeText(
            Endpoint.bytes({ ...content, method: "POST", kind: "generating", body: Endpoint.json({ ask: 1 }) })
          )
        )
      )
      assert.deepStrictEqual(result._tag === "Success" ? result.success : result.failure, "answer")
      assert.deepStrictEqual(
        fake.requests.map(({ method }) => method),
        ["POST", "POST"]
      )
    }).pipe(using(fake))
  })

  it.effect("fail after the bytes that came when the answer is cut off or shorter than its content-length", () =>
    Effect.gen(function* () {
      for (const reply of [
        new Response("hello", { headers: { "content-length": "6" } }),
        HttpServerResponse.stream(
          Stream.concat(Stream.succeed(new TextEncoder().encode("hello")), Stream.fail(new Error("reset")))
        )
      ]) {
        const got: Array<number> = []
        const error = yield* Endpoint.bytes(content).pipe(
          Stream.runForEach((chunk) => Effect.sync(() => got.push(chunk.length))),
          Effect.flip,
          using(answering(reply))
        )
        assert(error._tag === "StreamInterruptedError", error._tag)
        assert.deepStrictEqual([error.delivered, error.unit, got], [5, "bytes", [5]])
      }
    })
  )

  it.effect("do not compare the content-length of an encoded answer", () =>
    Effect.gen(function* () {
      const encoded = text("hello", { headers: { "content-length": "3", "content-encoding": "gzip" } })
      assert.lengthOf(yield* Stream.mkUint8Array(Endpoint.bytes(content)).pipe(using(answering(encoded))), 5)
    })
  )
})

describe("routes that a test adds to the emulator", () => {
  const things = ["c", "b", "a"].map((id) => ({ id }))
  const routes: ReadonlyArray<AnthropicEmulator.Route> = [
    { method: "GET", path: "/v1/things", answer: ({ page }) => page("cursor", things) },
    { method: "GET", path: "/v1/others", answer: ({ page }) => page("id", things) },
    {
      method: "GET",
      path: "/v1/models",
      answer: ({ query }) => Effect.succeed({ data: [], asked: query.get("limit") })
    }
  ]
  const Thing = Schema.Struct({ id: Schema.String })

  it.effect("have pages, replace the emulator's own routes, and get its errors and faults", () =>
    Effect.gen(function* () {
      const byCursor = Endpoint.list({ name: "Test.list", path: ["things"], envelope: "cursor", item: Thing })
      assert.deepStrictEqual(yield* Stream.runCollect(byCursor.list({ pageSize: 2 })), things)
      const byId = Endpoint.list({ name: "Test.list", path: ["others"], envelope: "id", item: Thing })
      assert.deepStrictEqual(yield* Stream.runCollect(byId.list({ cursor: "a", direction: "newer", pageSize: 1 })), [
        { id: "b" },
        { id: "c" }
      ])
      const models = Endpoint.request({
        ...{ name: "Test.models", method: "GET", path: ["models"], query: { limit: 7 } },
        response: Schema.Struct({ asked: Schema.String })
      })
      assert.deepStrictEqual(yield* models, { asked: "7" })
      const wrong = Endpoint.request({ name: "Test.put", method: "PUT", path: ["things"], response: Schema.Unknown })
      const error = yield* Effect.flip(wrong)
      assert(error._tag === "InvalidRequestError")
      assert.strictEqual(error.status, 405)
      yield* script(Fault.status(529))
      assert.lengthOf(yield* Stream.runCollect(byCursor.list()), 3)
    }).pipe(onEmulator({ routes }))
  )
})
