import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Anthropic from "effect-anthropic/Anthropic"
import { CredentialsError } from "effect-anthropic/AnthropicError"
import * as Batches from "effect-anthropic/Batches"
import * as Models from "effect-anthropic/Models"
import { version } from "../src/http/version.ts"
import {
  answering,
  apiError,
  assertFields,
  empty,
  fakeClient,
  json,
  onVirtualTime,
  using
} from "./support/fakeClient.ts"
import { batch, model, page, requests } from "./support/fixtures.ts"

const retrieve = Models.retrieve("m")

const withEnvironment = (env: Record<string, string>) =>
  Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))

/** The only request that an operation makes under these settings. */
const sent = Effect.fnUntraced(function* <E>(
  operation: Effect.Effect<unknown, E>,
  fake: ReturnType<typeof fakeClient>
) {
  yield* operation
  assert.lengthOf(fake.requests, 1)
  const request = fake.requests[0]
  assert(request !== undefined)
  return request
})

const sentWith = (options: Anthropic.Options) => {
  const fake = answering(json(model))
  return sent(retrieve.pipe(using(fake, options)), fake)
}

/** The request of a program that has nothing but the environment. */
const sentFrom = (env: Record<string, string>) => {
  const fake = answering(json(model))
  return sent(retrieve.pipe(Effect.provide(fake.layer), withEnvironment(env)), fake)
}

describe("the environment", () => {
  it.effect("gives the key: ANTHROPIC_API_KEY, then ANTHROPIC_AUTH_TOKEN, trimmed, empty as if unset", () =>
    Effect.gen(function* () {
      const cases = [
        [{ ANTHROPIC_API_KEY: "key" }, "key"],
        [{ ANTHROPIC_AUTH_TOKEN: "token" }, "token"],
        [{ ANTHROPIC_API_KEY: "key", ANTHROPIC_AUTH_TOKEN: "token" }, "key"],
        [{ ANTHROPIC_API_KEY: "", ANTHROPIC_AUTH_TOKEN: "token" }, "token"],
        [{ ANTHROPIC_API_KEY: " \n", ANTHROPIC_AUTH_TOKEN: "\ttoken\n" }, "token"],
        [{ ANTHROPIC_API_KEY: "  key\n" }, "key"]
      ] as const
      for (const [env, key] of cases) {
        assert.strictEqual((yield* sentFrom(env)).headers.authorization, `Bearer ${key}`)
      }
    })
  )

  it.effect("without a key fails when something is called, and says what to do", () =>
    Effect.gen(function* () {
      for (const env of [{}, { ANTHROPIC_API_KEY: "" }, { ANTHROPIC_API_KEY: " ", ANTHROPIC_AUTH_TOKEN: "" }]) {
        const error = yield* Effect.flip(sentFrom(env))
        assertFields(error, { _tag: "CredentialsError", reason: "missing" })
        assert.include(error.message, "ANTHROPIC_API_KEY")
      }
    })
  )

  it.effect("gives the base URL, trimmed, empty as if unset", () =>
    Effect.gen(function* () {
      const cases = [
        [{}, "https://api.anthropic.com/v1/models/m"],
        [{ ANTHROPIC_BASE_URL: "" }, "https://api.anthropic.com/v1/models/m"],
        [{ ANTHROPIC_BASE_URL: " https://gateway.example/a/ " }, "https://gateway.example/a/v1/models/m"]
      ] as const
      for (const [env, url] of cases) {
        assert.strictEqual((yield* sentFrom({ ANTHROPIC_API_KEY: "key", ...env })).url.href, url)
      }
    })
  )

  it.effect("that cannot be read fails with RequestRefusedError or CredentialsError", () =>
    Effect.gen(function* () {
      const failing = ConfigProvider.make(() => Effect.fail(new ConfigProvider.SourceError({ message: "locked" })))
      const fake = answering(json(model))
      const broken = Effect.provide(Layer.merge(fake.layer, ConfigProvider.layer(failing)))
      const url = yield* Effect.flip(retrieve.pipe(broken))
      assertFields(url, {
        _tag: "RequestRefusedError",
        reasons: [{ path: "baseUrl", description: "the configuration could not be read" }]
      })
      const key = yield* Effect.flip(retrieve.pipe(Anthropic.withSettings({ baseUrl: "https://api.example" }), broken))
      assertFields(key, { _tag: "CredentialsError", reason: "unavailable" })
      assert.isEmpty(fake.requests)
    })
  )
})

describe("the base URL", () => {
  it.effect("may have a port, a prefix, a slash at its end and a query", () =>
    Effect.gen(function* () {
      const cases = [
        ["https://api.example", "https://api.example/v1/models/m"],
        ["https://api.example/", "https://api.example/v1/models/m"],
        ["https://api.example///", "https://api.example/v1/models/m"],
        ["https://api.example/a/b%20c", "https://api.example/a/b%20c/v1/models/m"],
        ["https://api.example/a/b/", "https://api.example/a/b/v1/models/m"],
        ["http://localhost:8080", "http://localhost:8080/v1/models/m"],
        ["http://[::1]:8080/", "http://[::1]:8080/v1/models/m"],
        ["HTTPS://API.example", "https://api.example/v1/models/m"],
        ["https://api.example/a?tenant=1#top", "https://api.example/a/v1/models/m?tenant=1"]
      ] as const
      for (const [baseUrl, href] of cases) assert.strictEqual((yield* sentWith({ baseUrl })).url.href, href)
      const fake = answering(json(page(model)))
      const listing = Models.listPage({ pageSize: 5 }).pipe(using(fake, { baseUrl: "https://api.example/?tenant=1" }))
      assert.strictEqual((yield* sent(listing, fake)).url.href, "https://api.example/v1/models?tenant=1&limit=5")
    })
  )

  it.effect("that is not an http(s) URL, or has a user or password, is refused before anything is sent", () =>
    Effect.gen(function* () {
      const fake = answering(json(model))
      const wrong = [
        "",
        "api.example",
        "//api.example",
        "/v1",
        "https://",
        "ftp://api.example",
        "file:///etc/passwd",
        "https://user@api.example",
        "https://:s3cret@api.example",
        "https://user:s3cret@api.example"
      ]
      for (const baseUrl of wrong) {
        const error = yield* Effect.flip(retrieve.pipe(using(fake, { baseUrl })))
        assertFields(error, {
          _tag: "RequestRefusedError",
          operation: "Models.retrieve",
          reasons: [{ path: "baseUrl", description: "not an http(s) URL without user and password" }]
        })
        assert.notInclude(JSON.stringify(error), "s3cret")
      }
      assert.isEmpty(fake.requests)
    })
  )
})

describe("the headers", () => {
  it.effect("are accept, anthropic-version, authorization and user-agent only by default", () =>
    Effect.gen(function* () {
      const { headers } = yield* sentWith({})
      assert.deepStrictEqual(headers, {
        accept: "application/json",
        "anthropic-version": "2026-10-21",
        authorization: "Bearer sk-ant-test-1234",
        "user-agent": `effect-anthropic/${version}`
      })
    })
  )

  it.effect("name the betas once each, and the workspace", () =>
    Effect.gen(function* () {
      const { headers } = yield* sentWith({
        betas: ["b-2", "a-1", "b-2"],
        headers: { "Anthropic-Beta": "c-3, a-1" },
        workspaceId: "wrkspc_1",
        version: "2023-06-01"
      })
      assertFields(headers, {
        "anthropic-beta": "c-3,a-1,b-2",
        "anthropic-workspace-id": "wrkspc_1",
        "anthropic-version": "2023-06-01"
      })
    })
  )

  it.effect("name the user profile in a create, and in no other call", () =>
    Effect.gen(function* () {
      const fake = fakeClient(({ method, url }) => {
        if (method === "DELETE") return json({ id: "b", type: "message_batch_deleted" })
        return json(url.pathname.includes("models") ? model : batch)
      })
      const program = Effect.gen(function* () {
        yield* Batches.create(requests(1))
        yield* Batches.retrieve("b")
        yield* Batches.cancel("b")
        yield* Batches.delete("b")
        yield* retrieve
      })
      yield* program.pipe(using(fake, { userProfileId: "uprof_1" }))
      assert.deepStrictEqual(
        fake.requests.map(({ headers }) => headers["anthropic-user-profile-id"]),
        ["uprof_1", undefined, undefined, undefined, undefined]
      )
    })
  )

  it.effect("include headers of the caller, which do not replace those of the SDK", () =>
    Effect.gen(function* () {
      const { headers } = yield* sentWith({
        headers: {
          "X-Custom": "grüße\t1",
          "User-Agent": "mine",
          Accept: "text/html",
          "Anthropic-Version": "1999-01-01",
          "anthropic-beta": "kept-without-betas"
        }
      })
      assert.deepStrictEqual(headers, {
        accept: "application/json",
        "anthropic-beta": "kept-without-betas",
        "anthropic-version": "2026-10-21",
        authorization: "Bearer sk-ant-test-1234",
        "user-agent": `effect-anthropic/${version}`,
        "x-custom": "grüße\t1"
      })
    })
  )

  it.effect("that cannot be sent are refused", () =>
    Effect.gen(function* () {
      const fake = answering(json(model))
      const cases: ReadonlyArray<readonly [Anthropic.Options, string]> = [
        [{ headers: { "x-a": "1\r\nx-b: 2" } }, "headers.x-a"],
        [{ headers: { "x a": "1" } }, "headers.x a"],
        [{ headers: { "": "1" } }, "headers."],
        [{ headers: { "x-a": "日本" } }, "headers.x-a"],
        [{ workspaceId: "w\n" }, "headers.anthropic-workspace-id"],
        [{ betas: ["a\u0000"] }, "headers.anthropic-beta"],
        [{ version: "2026\n" }, "headers.anthropic-version"]
      ]
      for (const [options, path] of cases) {
        const error = yield* Effect.flip(retrieve.pipe(using(fake, options)))
        assertFields(error, { _tag: "RequestRefusedError", reasons: [{ path, description: "not a valid header" }] })
      }
      assert.isEmpty(fake.requests)
    })
  )

  it.effect("carry the trace only when asked", () =>
    Effect.gen(function* () {
      const without = yield* sentWith({}).pipe(Effect.withSpan("outer"))
      assert.isFalse(Object.keys(without.headers).some((name) => name === "b3" || name === "traceparent"))
      const traced = yield* sentWith({ propagateTraces: true }).pipe(Effect.withSpan("outer"))
      assert.match(traced.headers.traceparent ?? "", /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
    })
  )
})

describe("layer", () => {
  it.effect("replaces the settings that it is given and keeps the others", () =>
    Effect.gen(function* () {
      const before = yield* Anthropic.Settings
      const nothing = yield* Effect.provide(Anthropic.Settings, Anthropic.layer({}))
      assert.deepStrictEqual(nothing, before)
      const changed = yield* Effect.provide(
        Anthropic.Settings,
        Anthropic.layer({
          retry: { maxRetries: 5, generating: "sure" },
          idleTimeout: "1 minute",
          responseTimeout: 5000
        })
      )
      assert.deepStrictEqual(changed, {
        ...before,
        retry: { ...before.retry, maxRetries: 5, generating: "sure" },
        idleTimeout: Duration.minutes(1),
        responseTimeout: Duration.seconds(5)
      })
    })
  )

  it.effect("builds on the settings in force", () =>
    Effect.gen(function* () {
      const outer = Anthropic.layer({ apiKey: "outer", headers: { a: "1", b: "1" }, workspaceId: "w" })
      const inner = Anthropic.layer({ headers: { b: "2" }, betas: ["x"] }).pipe(Layer.provide(outer))
      const settings = yield* Effect.provide(Anthropic.Settings, inner)
      assertFields(settings, { headers: { a: "1", b: "2" }, workspaceId: "w", betas: ["x"] })
      assert.strictEqual(Redacted.value(yield* settings.credentials), "outer")
    })
  )

  it.effect("takes a key, a redacted key, or an effect that returns one", () =>
    Effect.gen(function* () {
      const keyOf = (options: Anthropic.Options) =>
        Effect.map(sentWith(options), ({ headers }) => headers.authorization)
      assert.strictEqual(yield* keyOf({ apiKey: "a" }), "Bearer a")
      assert.strictEqual(yield* keyOf({ apiKey: Redacted.make("b") }), "Bearer b")
      const credentials = Effect.succeed(Redacted.make("c"))
      assert.strictEqual(yield* keyOf({ apiKey: "a", credentials }), "Bearer c")
    })
  )
})

describe("layerConfig", () => {
  const config = {
    apiKey: Config.Redacted("KEY"),
    baseUrl: Config.String("URL"),
    workspaceId: Config.String("WORKSPACE"),
    userProfileId: Config.String("PROFILE"),
    options: { retry: { maxRetries: 0 }, workspaceId: "ignored" }
  }

  it.effect("reads everything when it is built", () =>
    Effect.gen(function* () {
      const env = { KEY: "k", URL: "https://gateway.example", WORKSPACE: "wrkspc_1", PROFILE: "uprof_1" }
      const settings = yield* Effect.provide(Anthropic.Settings, Anthropic.layerConfig(config)).pipe(
        withEnvironment(env)
      )
      assertFields(settings, { workspaceId: "wrkspc_1", userProfileId: "uprof_1" })
      assert.strictEqual(settings.retry.maxRetries, 0)
      assert.strictEqual(yield* settings.baseUrl, "https://gateway.example")
      assert.strictEqual(Redacted.value(yield* settings.credentials), "k")
    })
  )

  it.effect("fails with a ConfigError when a variable is missing, and sends nothing", () =>
    Effect.gen(function* () {
      const fake = answering(json(model))
      const program = retrieve.pipe(Effect.provide(Layer.merge(fake.layer, Anthropic.layerConfig(config))))
      for (const env of [{}, { KEY: "k" }, { KEY: "k", URL: "https://a.example", WORKSPACE: "w" }]) {
        assert.strictEqual((yield* Effect.flip(program.pipe(withEnvironment(env))))._tag, "ConfigError")
      }
      assert.isEmpty(fake.requests)
    })
  )

  it.effect("keeps the settings that it has no Config for", () =>
    Effect.gen(function* () {
      const layer = Anthropic.layerConfig({}).pipe(Layer.provide(Anthropic.layer({ apiKey: "k", workspaceId: "w" })))
      const settings = yield* Effect.provide(Anthropic.Settings, layer)
      assert.strictEqual(settings.workspaceId, "w")
      assert.strictEqual(Redacted.value(yield* settings.credentials), "k")
    })
  )
})

describe("withSettings", () => {
  it.effect("applies to one effect only", () =>
    Effect.gen(function* () {
      const fake = answering(json(model))
      const program = Effect.gen(function* () {
        yield* retrieve.pipe(Anthropic.withSettings({ workspaceId: "wrkspc_2", betas: ["x"] }))
        yield* retrieve
      })
      yield* program.pipe(using(fake, { workspaceId: "wrkspc_1" }))
      assert.deepStrictEqual(
        fake.requests.map(({ headers }) => [headers["anthropic-workspace-id"], headers["anthropic-beta"]]),
        [
          ["wrkspc_2", "x"],
          ["wrkspc_1", undefined]
        ]
      )
    })
  )

  it.effect("applies to every page of a stream, and not to calls made for its items", () =>
    Effect.gen(function* () {
      const fake = fakeClient(({ url }) => {
        if (url.pathname !== "/v1/models") return json(model)
        const isLast = url.searchParams.has("after_id")
        return json({ ...page(model), has_more: !isLast, first_id: "a", last_id: "a" })
      })
      const models = Models.list().pipe(Anthropic.withSettings({ workspaceId: "wrkspc_2" }))
      yield* Stream.runForEach(models, (item) => Models.retrieve(item)).pipe(using(fake))
      const workspaces = fake.requests.map(({ headers, url }) => [url.pathname, headers["anthropic-workspace-id"]])
      assert.deepStrictEqual(
        workspaces.filter(([path]) => path === "/v1/models"),
        [
          ["/v1/models", "wrkspc_2"],
          ["/v1/models", "wrkspc_2"]
        ]
      )
      assert.deepStrictEqual(
        workspaces.filter(([path]) => path !== "/v1/models").map(([, workspace]) => workspace),
        [undefined, undefined]
      )
    })
  )

  it.effect("can replace the credential", () =>
    Effect.gen(function* () {
      const fake = answering(json(model))
      const expired = new CredentialsError({ reason: "unavailable", description: "expired" })
      const program = retrieve.pipe(Anthropic.withSettings({ credentials: Effect.fail(expired) }))
      assert.strictEqual(yield* Effect.flip(program.pipe(using(fake))), expired)
    })
  )
})

describe("withResponse", () => {
  const headers = {
    "request-id": "req_1",
    "anthropic-ratelimit-requests-remaining": "7",
    "anthropic-ratelimit-requests-reset": "2026-11-20T10:00:00Z",
    "X-Other": "kept"
  }

  it.effect("returns the value with the request id, the rate limits and the headers of its response", () =>
    Effect.gen(function* () {
      const fake = answering(json(model, { headers }))
      const response = yield* Anthropic.withResponse(retrieve).pipe(using(fake))
      assert.strictEqual(response.value.id, model.id)
      assert.strictEqual(response.requestId, "req_1")
      assert.deepStrictEqual(response.rateLimit, {
        requests: { remaining: 7, reset: DateTime.makeUnsafe("2026-11-20T10:00:00Z") }
      })
      assert.include(response.headers, { "x-other": "kept", "request-id": "req_1" })
    })
  )

  it.effect("has the request id and the headers of the last response", () =>
    Effect.gen(function* () {
      const fake = answering(empty(529, { "request-id": "req_0" }), json(model, { headers }))
      const result = yield* onVirtualTime(Anthropic.withResponse(retrieve).pipe(using(fake)))
      assert.strictEqual((yield* Effect.fromResult(result)).requestId, "req_1")
    })
  )

  it.effect("has no request id and no headers where no request was made", () =>
    Effect.gen(function* () {
      const response = yield* Anthropic.withResponse(Effect.succeed(1))
      assert.deepStrictEqual(response, { value: 1, requestId: undefined, rateLimit: undefined, headers: {} })
    })
  )

  it.effect("fails with the error of the call, and an outer observer is called with every response", () =>
    Effect.gen(function* () {
      const seen: Array<Anthropic.ResponseInfo> = []
      const fake = answering(empty(302, { location: "/a" }), empty(529), apiError(404, "not_found_error", { headers }))
      const observer = (response: Anthropic.ResponseInfo) =>
        Effect.sync(() => {
          seen.push(response)
        })
      const program = Anthropic.withResponse(Anthropic.withResponse(retrieve)).pipe(
        Effect.provideService(Anthropic.OnResponse, observer),
        using(fake)
      )
      const error = yield* Effect.flip(yield* Effect.map(onVirtualTime(program), Effect.fromResult))
      assertFields(error, { _tag: "NotFoundError", requestId: "req_1" })
      assert.deepStrictEqual(
        seen.map(({ status, requestId }) => [status, requestId]),
        [
          [302, undefined],
          [529, undefined],
          [404, "req_1"]
        ]
      )
    })
  )

  it.effect("keeps the responses of two concurrent calls apart", () =>
    Effect.gen(function* () {
      const fake = fakeClient(({ url }) =>
        Effect.delay(
          Effect.succeed(json(model, { headers: { "request-id": url.pathname } })),
          url.pathname.endsWith("a") ? "2 seconds" : "1 second"
        )
      )
      const both = Effect.all(
        ["a", "b"].map((id) => Anthropic.withResponse(Models.retrieve(id))),
        { concurrency: 2 }
      )
      const responses = yield* Effect.fromResult(yield* onVirtualTime(both.pipe(using(fake))))
      assert.deepStrictEqual(
        responses.map(({ requestId }) => requestId),
        ["/v1/models/a", "/v1/models/b"]
      )
    })
  )
})

describe("customHeaders", () => {
  it.effect("are read from the environment by layerConfig, below the headers of its options", () =>
    Effect.gen(function* () {
      const layer = Anthropic.layerConfig({
        headers: Anthropic.customHeaders,
        options: { headers: { "X-Route": "own" } }
      }).pipe(Layer.provide(Anthropic.layer({ headers: { "x-base": "1" } })))
      const ANTHROPIC_CUSTOM_HEADERS = "X-Gateway: a:b \n x-route: env\nno header\n: nameless\n"
      const settings = yield* Effect.provide(Anthropic.Settings, layer).pipe(
        withEnvironment({ ANTHROPIC_CUSTOM_HEADERS })
      )
      assert.deepStrictEqual(settings.headers, { "x-base": "1", "x-gateway": "a:b", "x-route": "own" })
      const without = yield* Effect.provide(Anthropic.Settings, layer).pipe(withEnvironment({}))
      assert.deepStrictEqual(without.headers, { "x-base": "1", "x-route": "own" })
    })
  )
})
