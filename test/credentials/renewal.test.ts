// Tokens of workload identity federation: fetched once, renewed in time and after a 401, and what a bad token endpoint does.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Anthropic from "effect-anthropic/Anthropic"
import { CredentialsError } from "effect-anthropic/AnthropicError"
import * as Batches from "effect-anthropic/Batches"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as Credentials from "effect-anthropic/Credentials"
import * as FileSource from "effect-anthropic/FileSource"
import * as Files from "effect-anthropic/Files"
import * as Messages from "effect-anthropic/Messages"
import * as Models from "effect-anthropic/Models"
import { Emulator, Fault, script } from "../support/emulator.ts"
import { answering, assertFields, onVirtualTime } from "../support/fakeClient.ts"
import { exchanges, requestsTo, world } from "./support.ts"

const identity = "identity-canary-0123456789"

const federation = (options: Partial<Credentials.Federation> = {}) =>
  Credentials.federation({
    federationRuleId: "fdrl_01",
    organizationId: "org-1",
    identityToken: Effect.succeed(Redacted.make(identity)),
    ...options
  })

const retrieve = Models.retrieve("claude-opus-5-5")

const models = requestsTo("/v1/models/claude-opus-5-5")

const onToken = { method: "POST", path: "/v1/oauth/token" }

/** Runs calls with federated credentials on an emulator. */
const federated =
  (emulator: Parameters<typeof world>[1] = {}, options: Partial<Credentials.Federation> = {}) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    effect.pipe(Effect.provide(Credentials.layer(federation(options))), Effect.provide(world({}, emulator)))

describe("a federated token", () => {
  it.effect("is requested with the fields of the API, and sent with the beta of OAuth", () =>
    Effect.gen(function* () {
      yield* retrieve.pipe(Anthropic.withSettings({ betas: ["mcp-client-2025-11-20"] }))
      const [exchange] = yield* exchanges
      assert.deepStrictEqual(exchange?.body, {
        grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
        assertion: identity,
        federation_rule_id: "fdrl_01",
        organization_id: "org-1",
        service_account_id: "svac_1",
        workspace_id: "wrkspc_1"
      })
      assertFields(exchange?.headers ?? {}, {
        "anthropic-beta": "oauth-2025-04-20,oidc-federation-2026-04-01",
        "content-type": "application/json",
        authorization: undefined,
        "anthropic-workspace-id": undefined
      })
      const [call] = yield* models
      assert.strictEqual(call?.headers["anthropic-beta"], "mcp-client-2025-11-20,oauth-2025-04-20")
      assert.strictEqual(call?.headers.authorization, "Bearer …0001")
    }).pipe(federated({}, { serviceAccountId: "svac_1", workspaceId: "wrkspc_1" }))
  )

  it.effect("is fetched once for a thousand concurrent calls and the calls after them", () =>
    Effect.gen(function* () {
      yield* Effect.all(
        Array.from({ length: 1_000 }, () => retrieve),
        { concurrency: "unbounded" }
      )
      yield* retrieve
      assert.lengthOf(yield* exchanges, 1)
      assert.lengthOf(yield* models, 1_001)
    }).pipe(federated())
  )

  it.effect("is still fetched for the other calls when the first call is interrupted", () =>
    Effect.gen(function* () {
      yield* script({ ...Fault.delay("1 second"), when: onToken })
      const first = yield* Effect.forkChild(retrieve)
      yield* TestClock.adjust("500 millis")
      const second = yield* Effect.forkChild(retrieve)
      yield* TestClock.adjust("100 millis")
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(second)).id, "claude-opus-5-5")
      assert.lengthOf(yield* exchanges, 1)
    }).pipe(federated())
  )

  it.effect("is renewed in the background with two minutes left, and no call waits for it", () =>
    Effect.gen(function* () {
      yield* retrieve
      yield* TestClock.adjust("57 minutes")
      yield* retrieve
      assert.lengthOf(yield* exchanges, 1)
      yield* TestClock.adjust("90 seconds")
      yield* script({ ...Fault.delay("10 seconds"), when: onToken })
      yield* retrieve
      yield* retrieve
      const calls = yield* models
      assert.strictEqual(calls.at(-1)?.headers.authorization, "Bearer …0001")
      yield* TestClock.adjust("10 seconds")
      yield* retrieve
      assert.lengthOf(yield* exchanges, 2)
      assert.strictEqual((yield* models).at(-1)?.headers.authorization, "Bearer …0002")
    }).pipe(federated())
  )

  it.effect("that could not be renewed in the background is still used, and the next attempt waits five seconds", () =>
    Effect.gen(function* () {
      yield* retrieve
      yield* TestClock.adjust(3_510_000)
      yield* script({ ...Fault.status(503), when: onToken })
      yield* retrieve
      yield* Effect.yieldNow
      yield* retrieve
      assert.lengthOf(yield* exchanges, 2)
      yield* TestClock.adjust("5 seconds")
      yield* retrieve
      yield* retrieve
      assert.lengthOf(yield* exchanges, 3)
    }).pipe(federated())
  )

  it.effect("with less than 30 seconds left is renewed before it is used, or still used when that fails", () =>
    Effect.gen(function* () {
      yield* retrieve
      yield* TestClock.adjust(3_580_000)
      yield* retrieve
      assert.strictEqual((yield* models).at(-1)?.headers.authorization, "Bearer …0002")
      yield* TestClock.adjust(3_580_000)
      yield* script({ ...Fault.status(503), when: onToken })
      yield* retrieve
      assert.strictEqual((yield* models).at(-1)?.headers.authorization, "Bearer …0002")
      assert.lengthOf(yield* exchanges, 3)
    }).pipe(federated())
  )

  it.effect("that lives for one second is used until it expires, and then fetched again", () =>
    Effect.gen(function* () {
      yield* Effect.all([retrieve, retrieve], { concurrency: 2 })
      yield* TestClock.adjust("400 millis")
      yield* retrieve
      assert.lengthOf(yield* exchanges, 1)
      yield* TestClock.adjust("500 millis")
      yield* retrieve
      assert.lengthOf(yield* exchanges, 2)
    }).pipe(federated({ tokens: { lifetime: 1 } }))
  )

  it.effect("has its lifetime counted from the request, also when the answer is slow", () =>
    Effect.gen(function* () {
      yield* script({ ...Fault.delay("20 seconds"), when: onToken })
      const fiber = yield* Effect.forkChild(retrieve)
      yield* TestClock.adjust("20 seconds")
      yield* Fiber.join(fiber)
      yield* TestClock.adjust("76 seconds")
      yield* retrieve
      assert.lengthOf(yield* exchanges, 2)
    }).pipe(federated({ tokens: { lifetime: 100 } }))
  )

  it.effect("is renewed once after a 401, when the clock of the server is ahead", () =>
    Effect.gen(function* () {
      yield* retrieve
      yield* Effect.flatMap(Emulator, ({ revokeTokens }) => revokeTokens)
      yield* retrieve
      assert.lengthOf(yield* exchanges, 2)
      assert.deepStrictEqual(
        (yield* models).map(({ status }) => status),
        [200, 401, 200]
      )
    }).pipe(federated({ clockOffset: "1 hour" }))
  )

  it.effect("that is rejected under a thousand calls is renewed once, without a retry of the settings", () =>
    Effect.gen(function* () {
      yield* retrieve
      yield* Effect.flatMap(Emulator, ({ revokeTokens }) => revokeTokens)
      // All of them are under way before the first is answered.
      yield* script({ ...Fault.delay("1 second"), when: { path: "/v1/models" }, times: 1_000 })
      yield* script({ ...Fault.delay("1 second"), when: onToken })
      const fiber = yield* Effect.forkChild(
        Effect.all(
          Array.from({ length: 1_000 }, () => retrieve),
          { concurrency: "unbounded" }
        ).pipe(Anthropic.withSettings({ retry: { maxRetries: 0 } }))
      )
      yield* TestClock.adjust("5 seconds")
      assert.lengthOf(yield* Fiber.join(fiber), 1_000)
      assert.lengthOf(yield* exchanges, 2)
      assert.lengthOf(yield* models, 2_001)
    }).pipe(federated())
  )

  it.effect("that is rejected again is not renewed a second time by the same call", () =>
    Effect.gen(function* () {
      yield* script({ ...Fault.status(401), when: { path: "/v1/models" }, times: 2 })
      assertFields(yield* Effect.flip(retrieve), { _tag: "AuthenticationError", status: 401 })
      assert.lengthOf(yield* exchanges, 2)
      assert.strictEqual((yield* retrieve).id, "claude-opus-5-5")
      assert.lengthOf(yield* exchanges, 2)
    }).pipe(federated())
  )

  it.effect("that is rejected before a create is renewed: the batch is created once", () =>
    Effect.gen(function* () {
      yield* retrieve
      yield* Effect.flatMap(Emulator, ({ revokeTokens }) => revokeTokens)
      const params = { model: "claude-haiku-5-5", max_tokens: 16, messages: [Messages.user("hi")] }
      yield* Batches.create([BatchRequest.make("r-1", params)])
      assert.lengthOf(yield* Stream.runCollect(Batches.list()), 1)
      assert.lengthOf(yield* exchanges, 2)
    }).pipe(federated())
  )

  it.effect("that is rejected at the beginning of a stream, a download of results or a page is renewed", () =>
    Effect.gen(function* () {
      const { revokeTokens } = yield* Emulator
      const params = { model: "claude-haiku-5-5", max_tokens: 16, messages: [Messages.user("hi")] }
      const { id } = yield* Batches.create([BatchRequest.make("r-1", params)])
      yield* TestClock.adjust("1 day")
      yield* retrieve
      yield* revokeTokens
      assert.strictEqual(yield* Stream.mkString(Messages.streamText(params)), "hi")
      yield* revokeTokens
      assert.lengthOf(yield* Stream.runCollect(Batches.resultLines(id)), 1)
      yield* revokeTokens
      assert.lengthOf(yield* Stream.runCollect(Batches.list()), 1)
      assert.lengthOf(yield* exchanges, 5)
    }).pipe(federated())
  )

  it.effect("that is rejected with a body that cannot be sent again is renewed for the next call", () =>
    Effect.gen(function* () {
      yield* retrieve
      yield* Effect.flatMap(Emulator, ({ revokeTokens }) => revokeTokens)
      const source = FileSource.fromStreamOnce(Stream.make(new Uint8Array([104, 105])), { name: "a.txt" })
      assertFields(yield* Effect.flip(Files.upload(source)), { _tag: "AuthenticationError" })
      yield* retrieve
      assert.lengthOf(yield* exchanges, 2)
    }).pipe(federated())
  )

  it.effect("does not replace the credential that a call is given", () =>
    Effect.gen(function* () {
      const own = retrieve.pipe(Anthropic.withSettings({ apiKey: "sk-ant-api03-own-1234" }))
      assertFields(yield* Effect.flip(own), { _tag: "AuthenticationError" })
      assert.isEmpty(yield* exchanges)
      const [call] = yield* models
      assert.notProperty(call?.headers, "anthropic-beta")
    }).pipe(federated({ apiKeys: [] }))
  )

  it.effect("does not replace the response of the call by that of the token endpoint", () =>
    Effect.gen(function* () {
      const { requestId } = yield* Anthropic.withResponse(retrieve)
      assert.strictEqual(requestId, (yield* models)[0]?.requestId)
    }).pipe(federated())
  )

  it.effect("is used by layerClient, with the settings of the layer", () =>
    Effect.gen(function* () {
      yield* retrieve.pipe(Effect.provide(Credentials.layerClient(federation(), { workspaceId: "wrkspc_9" })))
      const [call] = yield* models
      assertFields(call?.headers ?? {}, { authorization: "Bearer …0001", "anthropic-workspace-id": "wrkspc_9" })
    }).pipe(Effect.provide(world({})))
  )

  it.effect("is not fetched by a layer that is closed", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const options = yield* Scope.provide(federation(), scope)
      yield* Scope.close(scope, Exit.void)
      const error = yield* Effect.flip(retrieve.pipe(Anthropic.withSettings(options)))
      assertFields(error, { _tag: "CredentialsError", reason: "unavailable", isRetryable: false })
    }).pipe(Effect.provide(world({})))
  )

  it.effect("that is being fetched when its layer is closed fails the calls that wait", () =>
    Effect.gen(function* () {
      yield* script({ ...Fault.delay("1 minute"), when: onToken })
      const scope = yield* Scope.make()
      const options = yield* Scope.provide(federation(), scope)
      const fiber = yield* Effect.forkChild(Effect.flip(retrieve.pipe(Anthropic.withSettings(options))))
      yield* TestClock.adjust("1 second")
      yield* Scope.close(scope, Exit.void)
      assertFields(yield* Fiber.join(fiber), { _tag: "CredentialsError", reason: "unavailable" })
    }).pipe(Effect.provide(world({})))
  )
})

describe("a token endpoint", () => {
  const outages = [
    ["resets connections", Fault.resetBeforeHeaders(), "connection failed"],
    ["answers 500 in JSON", Fault.status(500), "status 500"],
    ["answers 503 in HTML", Fault.html(503), "status 503"],
    ["answers 200 in HTML", Fault.html(200), "the answer is not a token"],
    ["answers nothing", Fault.empty(200), "the answer is not a token"],
    [
      "answers a token without its lifetime",
      Fault.body(`{"access_token":"canary-0123"}`, { status: 200 }),
      "the answer is not a token"
    ],
    [
      "answers more than 1 MiB",
      Fault.body(JSON.stringify({ access_token: "canary-0123", expires_in: 60, pad: "x".repeat(1024 * 1024) }), {
        status: 200
      }),
      "the answer is longer than 1048576 bytes"
    ],
    [
      "answers a token that cannot stand in a header",
      Fault.body(JSON.stringify({ access_token: "canary\r\nx-other: 1", expires_in: 60 }), { status: 200 }),
      "the answer is not a token"
    ],
    ["breaks off its answer", Fault.truncate(20), "breaks off"],
    ["answers 403 as a proxy does", Fault.html(403), "status 403"],
    [
      "answers an OAuth error with 503",
      Fault.body(`{"error":"temporarily_unavailable"}`, { status: 503 }),
      "temporarily_unavailable"
    ]
  ] as const

  for (const [what, fault, told] of outages) {
    it.effect(`that ${what} is asked three times, then the call fails with CredentialsError`, () =>
      Effect.gen(function* () {
        yield* script({ ...fault, when: onToken, times: 3 })
        const error = yield* onVirtualTime(retrieve)
        assert.strictEqual(error._tag, "Failure")
        if (error._tag === "Failure") {
          assertFields(error.failure, { _tag: "CredentialsError", reason: "unavailable", isRetryable: true })
          assert.include(error.failure.message, told)
          assert.include(error.failure.message, "https://api.anthropic.com/v1/oauth/token")
          assert.notInclude(JSON.stringify(error.failure), "canary")
        }
        assert.lengthOf(yield* exchanges, 3)
        assert.isEmpty(yield* models)
        assert.strictEqual((yield* onVirtualTime(retrieve))._tag, "Success")
      }).pipe(federated())
    )
  }

  it.effect("whose answer does not end is read up to 1 MiB, and its connection is closed", () =>
    Effect.gen(function* () {
      let read = 0
      let closed = 0
      const endless = Stream.fromEffectRepeat(Effect.sync(() => (read += 1))).pipe(
        Stream.map(() => new Uint8Array(64 * 1024).fill(32)),
        Stream.ensuring(Effect.sync(() => (closed += 1)))
      )
      const fake = answering(HttpServerResponse.stream(endless, { contentType: "application/json" }))
      const error = yield* Effect.flip(
        retrieve.pipe(
          Anthropic.withSettings({ retry: { maxRetries: 0 } }),
          Effect.provide(Layer.provideMerge(Credentials.layer(federation()), fake.layer))
        )
      )
      assertFields(error, { _tag: "CredentialsError", reason: "unavailable", isRetryable: true })
      assert.include(error.message, "longer than 1048576 bytes")
      assert.strictEqual(read, 17)
      assert.strictEqual(closed, 1)
    })
  )

  it.effect("that does not answer is asked again after its timeout", () =>
    Effect.gen(function* () {
      yield* script({ ...Fault.stallBeforeHeaders(), when: onToken })
      const result = yield* onVirtualTime(retrieve)
      assert.strictEqual(result._tag, "Success")
      const [first, second] = yield* exchanges
      assert.isAtLeast((second?.receivedAt ?? 0) - (first?.receivedAt ?? 0), 30_000)
      assert.isBelow((second?.receivedAt ?? 0) - (first?.receivedAt ?? 0), 40_000)
    }).pipe(federated())
  )

  it.effect("that is down is asked three times in all by a thousand concurrent calls", () =>
    Effect.gen(function* () {
      // All calls ask while the first attempt is under way, so that they share it and its two repetitions.
      yield* script({ ...Fault.status(503), when: onToken, times: 3 })
      const all = Effect.all(
        Array.from({ length: 1_000 }, () => Effect.flip(retrieve)),
        { concurrency: "unbounded" }
      )
      assertFields(yield* onVirtualTime(all), { _tag: "Success" })
      assert.lengthOf(yield* exchanges, 3)
    }).pipe(federated())
  )

  it.effect("that is down for a while delays a create, which is then sent once", () =>
    Effect.gen(function* () {
      yield* script({ ...Fault.status(503), when: onToken })
      const params = { model: "claude-haiku-5-5", max_tokens: 16, messages: [Messages.user("hi")] }
      const created = yield* onVirtualTime(Batches.create([BatchRequest.make("r-1", params)]))
      assert.strictEqual(created._tag, "Success")
      assert.lengthOf(yield* Stream.runCollect(Batches.list()), 1)
    }).pipe(federated())
  )

  it.effect("that refuses the identity token is not asked again, and the error has its description", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(retrieve)
      assertFields(error, { _tag: "CredentialsError", reason: "rejected", isRetryable: false })
      assert.include(
        error.message,
        "invalid_grant: no federation rule matches the identity token (status 401, request req_"
      )
      assert.lengthOf(yield* exchanges, 1)
    }).pipe(federated({ tokens: { assertions: ["another"] } }))
  )

  it.effect("whose refusal repeats the identity token has it redacted in the error", () =>
    Effect.gen(function* () {
      const text = JSON.stringify({
        error: "invalid_grant",
        error_description: `no rule for ${identity}`,
        debug: identity
      })
      yield* script({ ...Fault.body(text, { status: 401 }), when: onToken })
      const error = yield* Effect.flip(retrieve)
      assert.include(error.message, "no rule for <redacted>")
      assert.notInclude(JSON.stringify(error), identity)
    }).pipe(federated())
  )

  it.effect("that answers with an error of the API rejects the credentials", () =>
    Effect.gen(function* () {
      yield* script({ ...Fault.status(404), when: onToken })
      assertFields(yield* Effect.flip(retrieve), { _tag: "CredentialsError", reason: "rejected" })
    }).pipe(federated())
  )

  it.effect("that redirects is not followed, so that no token is sent elsewhere", () =>
    Effect.gen(function* () {
      yield* script({ ...Fault.redirect("https://evil.example/v1/oauth/token"), when: onToken })
      const error = yield* Effect.flip(retrieve)
      assertFields(error, { _tag: "CredentialsError", reason: "unavailable", isRetryable: false })
      assert.include(error.message, "redirects with status 307")
      assert.lengthOf(yield* exchanges, 1)
    }).pipe(federated())
  )

  it.effect("that answers with a token of another type fails the call", () =>
    Effect.gen(function* () {
      const text = JSON.stringify({ access_token: "canary-0123", expires_in: "60", token_type: "mac" })
      yield* script({ ...Fault.body(text, { status: 200 }), when: onToken })
      const error = yield* Effect.flip(retrieve)
      assertFields(error, { _tag: "CredentialsError", reason: "unavailable" })
      assert.notInclude(error.message, "canary")
    }).pipe(federated())
  )

  it.effect("must have an https URL or be on this machine", () =>
    Effect.gen(function* () {
      for (const baseUrl of [
        "http://api.example",
        "ftp://localhost",
        "not a url",
        "",
        "https://user:canary@a.example"
      ]) {
        const error = yield* Effect.flip(federation({ baseUrl }))
        assertFields(error, { _tag: "CredentialsError", reason: "unsafe" })
        assert.notInclude(error.message, "canary")
      }
      for (const baseUrl of ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1", "https://a.example/p"]) {
        assert.isDefined((yield* federation({ baseUrl })).credentials)
      }
      assert.isEmpty(yield* exchanges)
    }).pipe(Effect.provide(world({})))
  )

  it.effect("is not asked when the identity token cannot be read", () =>
    Effect.gen(function* () {
      const missing = new CredentialsError({ reason: "missing", description: "no token of the platform" })
      const layer = Credentials.layer(federation({ identityToken: Effect.fail(missing) }))
      assert.strictEqual(yield* Effect.flip(Effect.provide(retrieve, layer)), missing)
      assert.isEmpty(yield* exchanges)
    }).pipe(Effect.provide(world({})))
  )
})
