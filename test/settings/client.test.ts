// Settings that travel with the client: who captures the client captures them, however the client is wrapped.
import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Batches from "effect-anthropic/Batches"
import * as Files from "effect-anthropic/Files"
import * as Messages from "effect-anthropic/Messages"
import * as Models from "effect-anthropic/Models"
import * as RateLimit from "effect-anthropic/RateLimit"
import { answering, assertFields, broken, empty, fakeClient, json, onVirtualTime } from "../support/fakeClient.ts"
import { model, page, requests } from "../support/fixtures.ts"

const own = { apiKey: "sk-ant-own-key-1234", baseUrl: "https://own.example" }

/** What the program around has, which a service with a client of its own must not use. */
const ambient = Layer.merge(
  Anthropic.layer({ apiKey: "sk-ant-ambient-1234", baseUrl: "https://ambient.example", workspaceId: "wrkspc_ambient" }),
  ConfigProvider.layer(
    ConfigProvider.fromEnv({ env: { ANTHROPIC_API_KEY: "sk-ant-env-1234", ANTHROPIC_BASE_URL: "https://env.example" } })
  )
)

class Counter extends Context.Service<Counter, { readonly count: Effect.Effect<number, Models.ListError> }>()(
  "test/Counter"
) {}

/** A service as an application makes it: it captures the client, and provides it to every call. */
const counter = Layer.effect(
  Counter,
  Effect.gen(function* () {
    const http = yield* HttpClient.HttpClient
    const count = Models.list().pipe(Stream.runCount, Effect.provideService(HttpClient.HttpClient, http))
    return Counter.of({ count })
  })
)

type ClientLayer = Layer.Layer<HttpClient.HttpClient, never, HttpClient.HttpClient>

const mapped = (f: (client: HttpClient.HttpClient) => HttpClient.HttpClient): ClientLayer =>
  Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, f))

/** A client that somebody wrote, and that says nothing of the client within. */
const handWritten = mapped((client) => HttpClient.make((request) => client.execute(request)))

const wrappers: ReadonlyArray<readonly [string, ClientLayer]> = [
  ["nothing", mapped((client) => client)],
  ["a limiter", RateLimit.layer()],
  ["mapRequest", mapped(HttpClient.mapRequest(HttpClientRequest.setHeader("x-mapped", "1")))],
  ["mapRequestInput", mapped(HttpClient.mapRequestInput(HttpClientRequest.setHeader("x-mapped", "1")))],
  ["mapRequestEffect", mapped(HttpClient.mapRequestEffect((request) => Effect.as(Effect.yieldNow, request)))],
  ["transformResponse", mapped(HttpClient.transformResponse(Effect.tap(() => Effect.void)))],
  [
    "transform and mapRequest",
    mapped((client) =>
      client.pipe(
        HttpClient.transform((effect) => effect),
        HttpClient.mapRequest((request) => request)
      )
    )
  ],
  [
    "mapRequest and transform",
    mapped((client) =>
      client.pipe(
        HttpClient.mapRequest((request) => request),
        HttpClient.transform((effect) => effect)
      )
    )
  ],
  ["a retrying client", mapped(HttpClient.retryTransient({ times: 1 }))],
  ["a client that the caller wrote", handWritten]
]

const calledWith = (fake: ReturnType<typeof answering>) =>
  fake.requests.map(({ headers, url }) => [url.origin, headers.authorization, headers["anthropic-workspace-id"]])

const ours = ["https://own.example", "Bearer sk-ant-own-key-1234", undefined]

describe("a service that captures its client", () => {
  /** Makes the service, and uses it where other settings are in force. */
  const counted = Effect.fnUntraced(function* (client: ClientLayer, fake: ReturnType<typeof answering>) {
    const context = yield* Layer.build(counter.pipe(Layer.provide(client), Layer.provide(fake.layer)))
    const { count } = Context.get(context, Counter)
    return yield* Effect.provide(Effect.all([count, count]), ambient)
  })

  for (const [name, wrapper] of wrappers) {
    it.effect(`uses the settings of its client, with ${name} around the client`, () =>
      Effect.gen(function* () {
        const fake = answering(json(page(model)))
        const client = wrapper.pipe(Layer.provide(Anthropic.layerClient(own)))
        assert.deepStrictEqual(yield* counted(client, fake), [1, 1])
        assert.deepStrictEqual(calledWith(fake), [ours, ours])
      })
    )

    it.effect(`uses the settings of its client, with ${name} within the client`, () =>
      Effect.gen(function* () {
        const fake = answering(json(page(model)))
        const client = Anthropic.layerClient(own).pipe(Layer.provide(wrapper))
        assert.deepStrictEqual(yield* counted(client, fake), [1, 1])
        assert.deepStrictEqual(calledWith(fake), [ours, ours])
      })
    )
  }
})

/** A client made of layers, the innermost first, which is used where other settings are in force. */
const using = Effect.fnUntraced(function* (...layers: ReadonlyArray<ClientLayer>) {
  const fake = answering(json(model))
  const layer = layers.reduce<Layer.Layer<HttpClient.HttpClient>>(
    (inner, outer) => outer.pipe(Layer.provide(inner)),
    fake.layer
  )
  const context = yield* Layer.build(layer)
  const provide = <A, E>(effect: Effect.Effect<A, E, HttpClient.HttpClient>): Effect.Effect<A, E> =>
    effect.pipe(Effect.provide(context), Effect.provide(ambient))
  return { fake, provide }
})

describe("a client with settings", () => {
  it.effect("takes the other settings from those in force when it is made", () =>
    Effect.gen(function* () {
      const fake = answering(json(model))
      const client = Anthropic.layerClient({ betas: ["b-1"] }).pipe(
        Layer.provide(fake.layer),
        Layer.provide(Anthropic.layer({ ...own, workspaceId: "wrkspc_made" }))
      )
      yield* Models.retrieve("m").pipe(Effect.provide(client), Effect.provide(ambient))
      assert.deepStrictEqual(calledWith(fake), [[...ours.slice(0, 2), "wrkspc_made"]])
      assert.strictEqual(fake.requests[0]?.headers["anthropic-beta"], "b-1")
    })
  )

  it.effect("can be made from Config", () =>
    Effect.gen(function* () {
      const fake = answering(json(model))
      const client = Anthropic.layerClient({ baseUrl: own.baseUrl }).pipe(
        Layer.provide(Anthropic.layerConfig({ apiKey: Config.Redacted("KEY") })),
        Layer.provide(fake.layer)
      )
      const program = Models.retrieve("m").pipe(Effect.provide(client))
      const env = (values: Record<string, string>) =>
        Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: values })))
      yield* program.pipe(env({ KEY: own.apiKey }))
      assert.deepStrictEqual(calledWith(fake), [ours])
      assert.strictEqual((yield* Effect.flip(program.pipe(env({}))))._tag, "ConfigError")
    })
  )

  it.effect("on top of another has the settings of both", () =>
    Effect.gen(function* () {
      for (const between of wrappers.slice(0, -1)) {
        const { fake, provide } = yield* using(
          Anthropic.layerClient(own),
          between[1],
          Anthropic.layerClient({ workspaceId: "wrkspc_outer" })
        )
        yield* provide(Models.retrieve("m"))
        assert.deepStrictEqual(calledWith(fake), [[...ours.slice(0, 2), "wrkspc_outer"]], between[0])
      }
    })
  )

  it.effect("is changed by withSettings, for effects and for streams", () =>
    Effect.gen(function* () {
      const { fake, provide } = yield* using(Anthropic.layerClient(own))
      const elsewhere = Anthropic.withSettings({ workspaceId: "wrkspc_call" })
      yield* provide(Models.retrieve("m").pipe(elsewhere))
      yield* provide(Models.retrieve("m").pipe(elsewhere, Anthropic.withSettings({ workspaceId: "wrkspc_around" })))
      yield* provide(Models.retrieve("m"))
      assert.deepStrictEqual(
        fake.requests.map(({ headers }) => headers["anthropic-workspace-id"]),
        ["wrkspc_call", "wrkspc_call", undefined]
      )
      const listing = answering(json(page(model)))
      const client = Anthropic.layerClient(own).pipe(Layer.provide(listing.layer))
      yield* Stream.runDrain(Models.list().pipe(elsewhere)).pipe(Effect.provide(client))
      assert.deepStrictEqual(calledWith(listing), [[...ours.slice(0, 2), "wrkspc_call"]])
    })
  )

  it.effect("is not changed by withSettings that was only around its capture", () =>
    Effect.gen(function* () {
      const { fake, provide } = yield* using(Anthropic.layerClient(own))
      const http = yield* provide(
        Effect.service(HttpClient.HttpClient).pipe(Anthropic.withSettings({ workspaceId: "w" }))
      )
      yield* Effect.provideService(Models.retrieve("m"), HttpClient.HttpClient, http)
      assert.deepStrictEqual(calledWith(fake), [ours])
    })
  )

  it.effect("retries, times out and refuses by its settings", () =>
    Effect.gen(function* () {
      const fake = answering(empty(529))
      const client = Anthropic.layerClient({ ...own, retry: { maxRetries: 4 } }).pipe(Layer.provide(fake.layer))
      yield* onVirtualTime(Models.retrieve("m").pipe(Effect.provide(client)))
      assert.lengthOf(fake.requests, 5)
      const silent = answering(Effect.never)
      const impatient = Anthropic.layerClient({ ...own, responseTimeout: "1 second", retry: { maxRetries: 0 } })
      const timedOut = yield* onVirtualTime(
        Effect.flip(Models.retrieve("m").pipe(Effect.provide(impatient.pipe(Layer.provide(silent.layer)))))
      )
      assertFields(yield* Effect.fromResult(timedOut), { _tag: "ResponseTimeoutError" })
      const old = Anthropic.layerClient({ ...own, betas: ["files-api-2025-04-14"] }).pipe(Layer.provide(fake.layer))
      const refused = yield* Effect.flip(Files.retrieve("f").pipe(Effect.provide(old)))
      assertFields(refused, { _tag: "RequestRefusedError", operation: "Files.retrieve" })
    })
  )

  it.effect("does not repeat a create when its settings are found only during the first call", () =>
    Effect.gen(function* () {
      const { fake, provide } = yield* using(Anthropic.layerClient({ ...own, retry: { maxRetries: 0 } }), handWritten)
      const error = yield* provide(Effect.flip(Batches.create(requests(1))))
      assert.strictEqual(error._tag, "IndeterminateError")
      assert.deepStrictEqual(calledWith(fake), [ours])
    })
  )

  /** A client of the caller that sends models through a client with settings, and everything else through another. */
  const twoWays = Effect.fnUntraced(function* (fake: ReturnType<typeof fakeClient>) {
    const plain = Context.get(yield* Layer.build(fake.layer), HttpClient.HttpClient)
    const context = yield* Layer.build(Anthropic.layerClient(own).pipe(Layer.provide(fake.layer)))
    const withSettings = Context.get(context, HttpClient.HttpClient)
    const client = HttpClient.make((request, url) =>
      (url.pathname.startsWith("/v1/models") ? withSettings : plain).execute(request)
    )
    return (effect: Effect.Effect<unknown, unknown, HttpClient.HttpClient>): Effect.Effect<unknown, unknown> =>
      effect.pipe(
        Effect.provideService(HttpClient.HttpClient, client),
        Effect.provide(Anthropic.layer({ apiKey: "sk-ant-ambient-1234", retry: { maxRetries: 0 } }))
      )
  })

  for (const [name, call] of [
    ["a create", Batches.create(requests(1))],
    ["a message", Messages.create({ model: "m", max_tokens: 10, messages: [Messages.user("Hello")] })]
  ] as const) {
    it.effect(`whose settings are found by one call does not repeat ${name} that was sent without them`, () =>
      Effect.gen(function* () {
        const fake = fakeClient(({ url }) =>
          url.pathname.startsWith("/v1/models")
            ? json(model)
            : Effect.andThen(Effect.sleep("1 minute"), broken("ECONNRESET"))
        )
        const provide = yield* twoWays(fake)
        const fiber = yield* Effect.forkChild(Effect.flip(provide(call)))
        yield* Effect.repeat(Effect.yieldNow, { times: 100 })
        yield* provide(Models.retrieve("m"))
        yield* TestClock.adjust("1 hour")
        yield* Fiber.join(fiber)
        assert.deepStrictEqual(
          fake.requests.map(({ url }) => url.pathname).filter((path) => !path.startsWith("/v1/models")),
          [fake.requests[0]?.url.pathname]
        )
      })
    )
  }

  it.effect("has its settings returned by currentSettings", () =>
    Effect.gen(function* () {
      const { provide } = yield* using(Anthropic.layerClient({ ...own, betas: ["b-1"] }), RateLimit.layer())
      const settings = yield* provide(Anthropic.currentSettings.pipe(Anthropic.withSettings({ workspaceId: "w" })))
      assertFields(settings, { betas: ["b-1"], workspaceId: "w" })
      assert.strictEqual(Redacted.value(yield* settings.credentials), own.apiKey)
      assert.strictEqual(yield* settings.baseUrl, own.baseUrl)
      const ambientSettings = yield* Effect.provide(Anthropic.currentSettings, ambient)
      assert.strictEqual(ambientSettings.workspaceId, "wrkspc_ambient")
    })
  )

  it.effect("does not change requests that this SDK does not make", () =>
    Effect.gen(function* () {
      const { fake, provide } = yield* using(Anthropic.layerClient(own))
      yield* provide(HttpClient.get("https://other.example/x"))
      assert.deepStrictEqual(calledWith(fake), [["https://other.example", undefined, undefined]])
    })
  )

  it.effect("is searched for settings once, also with functions of the caller around it", () =>
    Effect.gen(function* () {
      let seen = 0
      const counting = mapped(
        HttpClient.mapRequest((request) => {
          seen += 1
          return request
        })
      )
      const { fake, provide } = yield* using(counting)
      yield* provide(Effect.replicateEffect(Models.retrieve("m"), 5))
      assert.lengthOf(fake.requests, 5)
      assert.strictEqual(seen, 6)
    })
  )

  it.effect("has its settings found behind a function that fails on the first request", () =>
    Effect.gen(function* () {
      let calls = 0
      const fussy = mapped(
        HttpClient.mapRequestInputEffect((request) => {
          calls += 1
          return calls === 1 ? Effect.die(new Error("not ready yet")) : Effect.succeed(request)
        })
      )
      const { fake, provide } = yield* using(Anthropic.layerClient(own), fussy)
      yield* provide(Models.retrieve("m"))
      yield* provide(Models.retrieve("m"))
      assert.deepStrictEqual(calledWith(fake), [ours, ours])
    })
  )
})

describe("two layers of settings", () => {
  it.effect("that are merged use only the last one", () =>
    Effect.gen(function* () {
      const both = Layer.merge(
        Anthropic.layer({ workspaceId: "a", betas: ["x"] }),
        Anthropic.layer({ workspaceId: "b" })
      )
      const settings = yield* Effect.provide(Anthropic.Settings, both)
      assertFields(settings, { workspaceId: "b", betas: [] })
    })
  )

  it.effect("that are provided to each other have the settings of both", () =>
    Effect.gen(function* () {
      const both = Anthropic.layer({ workspaceId: "b" }).pipe(
        Layer.provide(Anthropic.layer({ workspaceId: "a", betas: ["x"] }))
      )
      assertFields(yield* Effect.provide(Anthropic.Settings, both), { workspaceId: "b", betas: ["x"] })
    })
  )
})
