import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Headers from "effect/http/Headers"
import type * as HttpClient from "effect/http/HttpClient"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Anthropic from "effect-anthropic/Anthropic"
import { CredentialsError } from "effect-anthropic/AnthropicError"
import * as Batches from "effect-anthropic/Batches"
import * as Messages from "effect-anthropic/Messages"
import * as Models from "effect-anthropic/Models"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { everythingSaid } from "../support/everythingSaid.ts"
import {
  type Answer,
  answering,
  apiError,
  assertFields,
  body,
  empty,
  fakeClient,
  json,
  onVirtualTime,
  using
} from "../support/fakeClient.ts"
import { batch, model, page, requests } from "../support/fixtures.ts"
import { served } from "../support/served.ts"

const canary = "sk-ant-api03-canary/value+of=the_key"

const retrieve = Models.retrieve("m")

describe("a credential", () => {
  it.effect("is sent as a bearer token, without the space around it", () =>
    Effect.gen(function* () {
      for (const key of ["sk-1", "  sk-1\n", "\tsk-1\r\n"]) {
        const fake = answering(json(model))
        yield* retrieve.pipe(using(fake, { apiKey: key }))
        assert.strictEqual(fake.requests[0]?.headers.authorization, "Bearer sk-1")
        assert.notProperty(fake.requests[0]?.headers, "x-api-key")
      }
    })
  )

  it.effect("that is empty or cannot be sent in a header is refused, and nothing is sent", () =>
    Effect.gen(function* () {
      const fake = answering(json(model))
      for (const apiKey of ["", "  \n"]) {
        const error = yield* Effect.flip(retrieve.pipe(using(fake, { apiKey })))
        assertFields(error, { _tag: "CredentialsError", reason: "missing", isRetryable: false })
      }
      for (const apiKey of ["sk\nx: y", "sk\r\nx", "sk x", "sk-ключ", "sk-é", "sk\u0000", "sk\u007f"]) {
        const error = yield* Effect.flip(retrieve.pipe(using(fake, { apiKey })))
        assertFields(error, { _tag: "CredentialsError", reason: "malformed" })
        assert.strictEqual(error.message, "the credential has a character that a header cannot contain")
        assert.notInclude(inspect(error, { depth: 20 }), apiKey)
      }
      assert.isEmpty(fake.requests)
    })
  )

  it.effect("comes from an effect, whose failure ends the call", () =>
    Effect.gen(function* () {
      const fake = answering(json(model))
      const unavailable = new CredentialsError({ reason: "unavailable", description: "the vault is closed" })
      const error = yield* Effect.flip(retrieve.pipe(using(fake, { credentials: Effect.fail(unavailable) })))
      assert.strictEqual(error, unavailable)
      assert.strictEqual(error.message, "the vault is closed")
      assert.isEmpty(fake.requests)
    })
  )

  it.effect("is asked for on every attempt", () =>
    Effect.gen(function* () {
      let count = 0
      const credentials = Effect.sync(() => {
        count += 1
        return Redacted.make(`token-${count}`)
      })
      const fake = answering(empty(529), empty(529), json(model))
      yield* onVirtualTime(retrieve.pipe(using(fake, { credentials })))
      assert.deepStrictEqual(
        fake.requests.map(({ headers }) => headers.authorization),
        ["Bearer token-1", "Bearer token-2", "Bearer token-3"]
      )
    })
  )

  it.effect("that becomes unavailable between attempts ends the call", () =>
    Effect.gen(function* () {
      let count = 0
      const credentials = Effect.suspend(() => {
        count += 1
        return count === 1
          ? Effect.succeed(Redacted.make("token"))
          : Effect.fail(new CredentialsError({ reason: "unavailable", description: "expired" }))
      })
      const fake = answering(empty(529))
      const result = yield* onVirtualTime(Effect.flip(retrieve.pipe(using(fake, { credentials }))))
      assert.deepInclude(result, { _tag: "Success" })
      assert.lengthOf(fake.requests, 1)
    })
  )

  it.effect("replaces an authorization header of the settings", () =>
    Effect.gen(function* () {
      const fake = answering(json(model))
      yield* retrieve.pipe(using(fake, { headers: { Authorization: "Basic abc" } }))
      assert.strictEqual(fake.requests[0]?.headers.authorization, "Bearer sk-ant-test-1234")
    })
  )

  it.effect("is not requested when the call is refused before sending", () =>
    Effect.gen(function* () {
      const credentials = Effect.die("not to be asked for")
      const fake = answering(json(model))
      const error = yield* Effect.flip(Models.retrieve("").pipe(using(fake, { credentials })))
      assert.strictEqual(error._tag, "RequestRefusedError")
    })
  )
})

/** The ways in which a server or a proxy gives back what it got. */
const echoes: ReadonlyArray<readonly [string, (authorization: string) => Answer]> = [
  ["HTML error", (key) => HttpServerResponse.text(`<pre>Authorization: ${key}</pre>`, { status: 502 })],
  ["API error", (key) => apiError(400, "invalid_request_error", { message: `bad header ${key}` })],
  [
    "API error with escaped slashes",
    (key) =>
      HttpServerResponse.text(
        JSON.stringify({
          type: "error",
          error: { type: "api_error", message: key, details: { [key]: key } }
        }).replaceAll("/", "\\/"),
        { status: 500 }
      )
  ],
  ["details", (key) => apiError(409, key, { details: { error_code: key, headers: [{ authorization: key }] } })],
  ["request id in the body", (key) => apiError(400, "x", { request_id: key })],
  ["HTML with 200", (key) => HttpServerResponse.text(`<html>${key}</html>`)],
  ["null and more", (key) => HttpServerResponse.text(`null ${key}`)],
  ["another object", (key) => json({ headers: { authorization: key } })],
  ["a wrong value", (key) => json({ ...model, type: key })],
  ["a wrong literal", (key) => json({ ...model, capabilities: { batch: { supported: key } } })],
  ["a wrong date", (key) => json({ ...model, created_at: key })],
  ["half a JSON", (key) => body([`{"id": "${key}`], Stream.empty)],
  ["broken body", (key) => body([`{"id"`], Stream.fail(new Error(`while sending ${key}`)))],
  ["redirect", (key) => empty(302, { location: `https://user:${encodeURIComponent(key)}@elsewhere.example` })],
  ["stall", () => Effect.never],
  ["request id", (key) => apiError(404, "not_found_error", { headers: { "request-id": key } })],
  ["request id of an answer", (key) => json({ ...model, type: 5 }, { headers: { "request-id": `req_${key}` } })],
  ["a header of a rate limit", (key) => empty(429, { [`anthropic-ratelimit-${key}-limit`]: key, "retry-after": key })],
  ["a cursor that comes back", (key) => json({ ...page(model), has_more: true, first_id: key, last_id: key })],
  ["a cursor that is missing", (key) => json({ ...page({ ...model, id: key }), has_more: true })],
  ["a long page in the middle of the key", (key) => HttpServerResponse.text(`<p>${"x".repeat(470)}${key}</p>`)],
  [
    "a long error in the middle of the key",
    (key) => HttpServerResponse.text(`${"x".repeat(480)}${key}`, { status: 400 })
  ],
  [
    "an error that is cut in the middle of the key",
    (key) => HttpServerResponse.text(`${key.repeat(Math.floor((65_536 - 20) / key.length))}${key}`, { status: 500 })
  ],
  ["a page with half a key at its end", (key) => HttpServerResponse.text(`<html>${key.slice(0, -1)}`)],
  ["JSON with the key escaped", (key) => HttpServerResponse.text(`{"type": "${key.replaceAll("/", "\\/")}"}`)],
  [
    "JSON with the key in hexadecimal escapes",
    (key) => HttpServerResponse.text(`{"type": "${key.replaceAll("/", "\\u002F")}"}`)
  ],
  ["a URL", (key) => HttpServerResponse.text(`<a href="/?key=${encodeURIComponent(key)}">`, { status: 502 })],
  ["upper case", (key) => HttpServerResponse.text(key.toUpperCase(), { status: 502 })]
]

/** A client like fetch that fails as it wants. */
const fetching = (fetch: (authorization: string) => Promise<Response>) =>
  Layer.merge(
    FetchHttpClient.layer,
    Layer.succeed(FetchHttpClient.Fetch, (_, init) =>
      fetch(new globalThis.Headers(init?.headers).get("authorization") ?? "")
    )
  )

const rejections: ReadonlyArray<readonly [string, (authorization: string) => Promise<Response>]> = [
  ["its message", (key) => Promise.reject(new TypeError(`Headers.append: "${key}" is an invalid header value.`))],
  ["its cause", (key) => Promise.reject(new TypeError("fetch failed", { cause: new Error(`bad ${key}`) }))],
  ["a property", (key) => Promise.reject(Object.assign(new Error("failed"), { request: { headers: { key } } }))],
  ["what is no error", (key) => Promise.reject(key)],
  ["its body", (key) => Promise.resolve(new Response(`<b>${key}</b>`, { status: 500 }))]
]

describe("the key is not in any error, log, span or output", () => {
  it.effect("unless the program itself prints it, which the checks of these tests detect", () =>
    Effect.gen(function* () {
      const leaks: ReadonlyArray<Effect.Effect<void, unknown>> = [
        Effect.logInfo(canary),
        Console.log({ deep: { deeper: [canary] } }),
        Effect.annotateCurrentSpan("key", canary).pipe(Effect.withSpan("leak")),
        Effect.fail(new Error("outer", { cause: new Error(canary) })).pipe(Effect.withSpan("leak")),
        Effect.fail({ headers: { canary } }),
        Effect.die(new Error(canary)),
        Effect.logInfo("calling").pipe(Effect.annotateLogs("key", canary))
      ]
      for (const leak of leaks) assert.include((yield* everythingSaid(leak)).text, canary)
    })
  )

  for (const [name, answer] of echoes) {
    it.effect(`when the server sends it back: ${name}`, () =>
      Effect.gen(function* () {
        const fake = fakeClient(({ headers }) => answer(headers.authorization ?? ""))
        const operations: ReadonlyArray<
          Effect.Effect<unknown, Models.ListError | Batches.CreateError, HttpClient.HttpClient>
        > = [Effect.asVoid(retrieve), Effect.asVoid(Batches.create(requests(1))), Stream.runDrain(Models.list())]
        for (const operation of operations) {
          const program = onVirtualTime(operation.pipe(using(fake, { apiKey: canary }))).pipe(
            Effect.flatMap(Effect.fromResult)
          )
          const { exit, spans, text } = yield* everythingSaid(program)
          assert.isTrue(Exit.isFailure(exit))
          assert.isAbove(spans, 0)
          assert.notInclude(text.toLowerCase(), canary)
          assert.notInclude(text, encodeURIComponent(canary))
          assert.notInclude(text, canary.slice(0, -1))
        }
        assert.include(fake.requests[0]?.headers.authorization, canary)
      })
    )
  }

  it.effect("when the server sends it back in lines of results", () =>
    Effect.gen(function* () {
      const line = (key: string) => `{"custom_id": "${key}", "result": {"type": "succeeded", "message": "${key}"}}`
      const answers = [
        (key: string) => line(key),
        (key: string) => `${"x".repeat(480)}${key}`,
        (key: string) => `{"custom_id": "a", "result": "${key.slice(0, 20)}`,
        (key: string) => `{"custom_id": "${key.slice(0, -1)}`
      ]
      const ended = { ...batch, processing_status: "ended", ended_at: batch.created_at }
      for (const answer of answers) {
        const fake = fakeClient(({ headers, url }) =>
          url.pathname.endsWith("results")
            ? HttpServerResponse.text(answer((headers.authorization ?? "").replace("Bearer ", "")))
            : json(ended)
        )
        const results = Stream.runDrain(Batches.results("b")).pipe(using(fake, { apiKey: canary }))
        const { exit, text } = yield* everythingSaid(Effect.flatMap(onVirtualTime(results), Effect.fromResult))
        assert.isTrue(Exit.isFailure(exit))
        assert.notInclude(text, canary)
        assert.notInclude(text, canary.slice(0, 20))
      }
    })
  )

  it.effect("when the server sends it back in events of a stream", () =>
    Effect.gen(function* () {
      const answers = [
        (key: string) => `event: error\ndata: {"type":"error","error":{"type":"api_error","message":"${key}"}}\n\n`,
        (key: string) => `data: {"type":"message_start","message":"${key}"}\n\n`,
        (key: string) => `<html>${key}</html>`,
        (key: string) => `${key.repeat(200)}`
      ]
      for (const answer of answers) {
        const fake = fakeClient(({ headers }) =>
          HttpServerResponse.text(answer((headers.authorization ?? "").replace("Bearer ", "")))
        )
        const params = { model: "m", max_tokens: 5, messages: [Messages.user("hi")] }
        const stream = Stream.runDrain(Messages.stream(params)).pipe(using(fake, { apiKey: canary }))
        const { exit, text } = yield* everythingSaid(Effect.flatMap(onVirtualTime(stream), Effect.fromResult))
        assert.isTrue(Exit.isFailure(exit))
        assert.notInclude(text, canary)
        assert.notInclude(text, canary.slice(0, -1))
      }
    })
  )

  it.effect("when the server sends it back in headers that withResponse returns", () =>
    Effect.gen(function* () {
      const fake = fakeClient(({ headers }) =>
        json(model, {
          headers: { "request-id": headers.authorization ?? "", "x-echo": `<${headers.authorization ?? ""}>` }
        })
      )
      const response = yield* Anthropic.withResponse(retrieve).pipe(using(fake, { apiKey: canary }))
      assert.strictEqual(response.requestId, "Bearer <redacted>")
      assert.notInclude(JSON.stringify(response), canary)
    })
  )

  for (const [name, fetch] of rejections) {
    it.effect(`when fetch rejects with it in ${name}`, () =>
      Effect.gen(function* () {
        const program = retrieve.pipe(
          Anthropic.withSettings({ apiKey: canary, retry: { maxRetries: 0 } }),
          Effect.provide(fetching(fetch))
        )
        const { exit, text } = yield* everythingSaid(program)
        assert.isTrue(Exit.isFailure(exit))
        assert.notInclude(text, canary)
      })
    )
  }

  it.effect("when a call succeeds, with all headers traced and none redacted by the program", () =>
    Effect.gen(function* () {
      const fake = answering(json(model))
      const program = retrieve.pipe(
        using(fake, { apiKey: canary, headers: { "X-Secret": "s3cret-value" } }),
        Effect.provideService(Headers.CurrentRedactedNames, [])
      )
      const { exit, text } = yield* everythingSaid(program)
      assert.isTrue(Exit.isSuccess(exit))
      assert.notInclude(text, canary)
      assert.notInclude(text, "s3cret-value")
      assert.include(text, "http.request.header.anthropic-version")
    })
  )

  it.effect("when the base URL or the credential itself is wrong", () =>
    Effect.gen(function* () {
      const fake = answering(json(model))
      const wrong = [
        { apiKey: canary, baseUrl: `https://user:${canary.replaceAll("/", "")}@api.example` },
        { apiKey: canary, baseUrl: "no URL" },
        { apiKey: `${canary}\n${canary}` },
        { apiKey: canary, headers: { "x-bad": "line\nbreak" } },
        { credentials: Effect.succeed(Redacted.make(`${canary}é`)) }
      ]
      for (const options of wrong) {
        const { exit, text } = yield* everythingSaid(retrieve.pipe(using(fake, options)))
        assert.isTrue(Exit.isFailure(exit))
        assert.notInclude(text, canary)
        assert.notInclude(text, canary.replaceAll("/", ""))
      }
      assert.isEmpty(fake.requests)
    })
  )

  it.effect("when the settings are printed", () =>
    Effect.gen(function* () {
      const settings = yield* Effect.provide(Anthropic.Settings, Anthropic.layer({ apiKey: canary }))
      assert.notInclude(inspect(settings, { depth: 20, showHidden: true }), canary)
      assert.notInclude(JSON.stringify(settings), canary)
      assert.notInclude(String(yield* settings.credentials), canary)
    })
  )

  it.live("when a socket breaks, stalls or answers with an error", () =>
    Effect.gen(function* () {
      const { Emulator, Fault } = AnthropicEmulator
      const emulator = yield* Emulator
      const faults = [
        Fault.status(400),
        Fault.html(502),
        Fault.resetBeforeHeaders(),
        Fault.resetAfter(10),
        Fault.stall(10),
        Fault.stallBeforeHeaders()
      ]
      for (const fault of faults) {
        yield* emulator.fault(fault)
        const { exit, text } = yield* everythingSaid(retrieve)
        assert.isTrue(Exit.isFailure(exit))
        assert.notInclude(text, canary)
      }
      const log = yield* emulator.requests
      assert.lengthOf(log, faults.length)
      assert.notInclude(inspect(log, { depth: 20 }), canary)
    }).pipe(
      Effect.provide(
        served(
          {},
          { apiKey: canary, responseTimeout: "500 millis", idleTimeout: "500 millis", retry: { maxRetries: 0 } }
        )
      )
    )
  )
})
