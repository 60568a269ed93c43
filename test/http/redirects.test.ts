import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import type * as HttpClient from "effect/http/HttpClient"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Batches from "effect-anthropic/Batches"
import * as Models from "effect-anthropic/Models"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { answering, assertFields, empty, fakeClient, json, using } from "../support/fakeClient.ts"
import { model, requests } from "../support/fixtures.ts"
import { served } from "../support/served.ts"

const statuses = [301, 302, 303, 307, 308]

const options = {
  betas: ["files-api-2025-04-14"],
  workspaceId: "wrkspc_1",
  headers: { "x-secret": "s3cret" },
  propagateTraces: true
}

/** A client that leads from each of the locations to the next, and answers in the last. */
const leading = (status: number, ...locations: ReadonlyArray<string>) =>
  fakeClient((_, index) => {
    const location = locations[index]
    return location === undefined ? json(model) : empty(status, { location })
  })

const retrieve = Models.retrieve("m")

const refused = (fake: ReturnType<typeof fakeClient>, baseUrl?: string) =>
  Effect.flip(retrieve.pipe(using(fake, baseUrl === undefined ? options : { ...options, baseUrl })))

describe("a GET", () => {
  it.effect("follows a redirect on the same origin, with all headers", () =>
    Effect.gen(function* () {
      for (const status of statuses) {
        for (const location of ["/elsewhere?a=b", "https://api.anthropic.com/elsewhere?a=b", "../../elsewhere?a=b"]) {
          const fake = leading(status, location)
          assert.strictEqual((yield* retrieve.pipe(using(fake, options))).id, model.id)
          const [first, second] = fake.requests
          assert(first !== undefined && second !== undefined)
          assert.strictEqual(second.url.href, "https://api.anthropic.com/elsewhere?a=b")
          const { b3: _b3, traceparent: _traceparent, ...headers } = second.headers
          assertFields(first.headers, headers)
          assert.strictEqual(headers.authorization, "Bearer sk-ant-test-1234")
          assert.strictEqual(headers["x-secret"], "s3cret")
        }
      }
    })
  )

  it.effect("follows a redirect to another https origin, with accept and user-agent only", () =>
    Effect.gen(function* () {
      const locations = ["https://cdn.example/file", "//cdn.example/file", "https://api.anthropic.com:8443/file"]
      for (const location of locations) {
        const fake = leading(302, location)
        assert.strictEqual((yield* retrieve.pipe(using(fake, options))).id, model.id)
        assert.deepStrictEqual(Object.keys(fake.requests[1]?.headers ?? {}).sort(), ["accept", "user-agent"])
        assert.include(fake.requests[0]?.headers, { "x-secret": "s3cret", "anthropic-workspace-id": "wrkspc_1" })
        assert.property(fake.requests[0]?.headers, "traceparent")
      }
    })
  )

  it.effect("never sends the key again after another origin, also when it is redirected back", () =>
    Effect.gen(function* () {
      const fake = leading(307, "https://cdn.example/a", "https://api.anthropic.com/v1/models/m", "/b")
      yield* retrieve.pipe(using(fake, options))
      assert.deepStrictEqual(
        fake.requests.map(({ headers }) => "authorization" in headers),
        [true, false, false, false]
      )
      assert.isTrue(fake.requests.slice(1).every(({ headers }) => !("x-secret" in headers)))
    })
  )

  it.effect("from http follows a redirect to https on another origin, or on its own origin", () =>
    Effect.gen(function* () {
      const away = leading(302, "https://localhost:8080/a")
      yield* retrieve.pipe(using(away, { ...options, baseUrl: "http://localhost:8080" }))
      assert.notProperty(away.requests[1]?.headers, "authorization")
      const home = leading(302, "/a")
      yield* retrieve.pipe(using(home, { ...options, baseUrl: "http://localhost:8080" }))
      assert.property(home.requests[1]?.headers, "authorization")
    })
  )

  it.effect(
    "is refused for a redirect to another origin without https, with a user, or without a usable location",
    () =>
      Effect.gen(function* () {
        const cases = [
          ["http://api.anthropic.com/a", "it leads to another origin without https"],
          ["http://elsewhere.example/a", "it leads to another origin without https"],
          ["https://user:pw@api.anthropic.com/a", "its location contains a user"],
          ["https://user@elsewhere.example/a", "its location contains a user"],
          ["https://", "it has no usable location"],
          ["ftp://elsewhere.example/a", "it has no usable location"],
          ["data:application/json,{}", "it has no usable location"],
          ["blob:https://api.anthropic.com/7c1e", "it has no usable location"]
        ] as const
        for (const [location, description] of cases) {
          const fake = leading(307, location)
          const error = yield* refused(fake)
          assertFields(error, { _tag: "RedirectError", status: 307, description, isRetryable: false })
          assert.strictEqual(error.message, `Models.retrieve: redirect 307 not followed: ${description}`)
          assert.lengthOf(fake.requests, 1)
        }
        const plain = leading(302, "http://localhost:9090/a")
        assert.strictEqual((yield* refused(plain, "http://localhost:8080"))._tag, "RedirectError")
        const nowhere = fakeClient(() => empty(302))
        assertFields(yield* refused(nowhere), { _tag: "RedirectError", description: "it has no usable location" })
      })
  )

  it.effect("is refused where a browser hides the redirect", () =>
    Effect.gen(function* () {
      const fake = fakeClient(() => Response.error())
      assertFields(yield* refused(fake), { _tag: "RedirectError", status: 0 })
      assert.lengthOf(fake.requests, 1)
    })
  )

  it.effect("follows at most five redirects", () =>
    Effect.gen(function* () {
      const five = leading(302, ...["/1", "/2", "/3", "/4", "/5"])
      yield* retrieve.pipe(using(five))
      assert.lengthOf(five.requests, 6)
      const round = fakeClient(() => empty(302, { location: "/again" }))
      assertFields(yield* refused(round), { _tag: "RedirectError", description: "more than 5 redirects" })
      assert.lengthOf(round.requests, 6)
    })
  )

  it.effect("is repeated from the start when its redirect leads to a failure", () =>
    Effect.gen(function* () {
      const fake = fakeClient((sent) =>
        sent.url.pathname === "/b" ? empty(503, { "retry-after-ms": "0" }) : empty(302, { location: "/b" })
      )
      const error = yield* Effect.flip(retrieve.pipe(using(fake, { retry: { initialDelay: 0, maxRetries: 1 } })))
      assert.strictEqual(error._tag, "InternalServerError")
      assert.deepStrictEqual(
        fake.requests.map(({ url }) => url.pathname),
        ["/v1/models/m", "/b", "/v1/models/m", "/b"]
      )
    })
  )
})

describe("the body of a redirect", () => {
  const stalled = (location: string) =>
    HttpServerResponse.stream(Stream.concat(Stream.make(new Uint8Array([123])), Stream.never), {
      status: 302,
      headers: { location }
    })

  it.effect("is not waited for when it does not end", () =>
    Effect.gen(function* () {
      const fake = answering(stalled("/b"), json(model))
      const fiber = yield* Effect.forkChild(retrieve.pipe(using(fake)))
      yield* Effect.repeat(Effect.yieldNow, { times: 100 })
      yield* TestClock.adjust("2 seconds")
      assert.lengthOf(fake.requests, 2)
      assert.strictEqual((yield* Fiber.join(fiber)).id, model.id)
    })
  )

  it.effect("is not waited for when the redirect is not followed", () =>
    Effect.gen(function* () {
      const fake = answering(stalled("/b"))
      const fiber = yield* Effect.forkChild(Effect.flip(Batches.create(requests(1)).pipe(using(fake))))
      yield* Effect.repeat(Effect.yieldNow, { times: 100 })
      yield* TestClock.adjust("2 seconds")
      assert.isDefined(fiber.pollUnsafe())
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "RedirectError")
    })
  )
})

describe("a POST or a DELETE", () => {
  it.effect("follows no redirect", () =>
    Effect.gen(function* () {
      for (const status of statuses) {
        for (const location of ["/elsewhere", "https://cdn.example/a"]) {
          const calls: ReadonlyArray<
            readonly [string, Effect.Effect<unknown, Batches.CreateError, HttpClient.HttpClient>]
          > = [
            ["POST", Batches.create(requests(1))],
            ["POST", Batches.cancel("b")],
            ["DELETE", Batches.delete("b")]
          ]
          for (const [method, operation] of calls) {
            const fake = leading(status, location)
            const error = yield* Effect.flip(operation.pipe(using(fake)))
            assertFields(error, { _tag: "RedirectError", status, description: `a ${method} is not redirected` })
            assert.lengthOf(fake.requests, 1)
          }
        }
      }
    })
  )
})

describe("with fetch on a socket", () => {
  const { Emulator, Fault } = AnthropicEmulator

  it.live("a GET follows a redirect on the same origin, and a POST or DELETE follows none", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.fault(
        { when: { method: "GET" }, ...Fault.redirect("/v1/models/claude-haiku-5-5") },
        { when: { method: "POST" }, ...Fault.redirect("/v1/messages/batches") },
        { when: { method: "DELETE" }, ...Fault.redirect("/v1/models") }
      )
      assert.strictEqual((yield* Models.retrieve("another")).id.startsWith("claude-haiku-5-5"), true)
      assert.strictEqual((yield* Effect.flip(Batches.create(requests(3))))._tag, "RedirectError")
      assert.strictEqual((yield* Effect.flip(Batches.delete("b")))._tag, "RedirectError")
      assert.deepStrictEqual(
        (yield* emulator.requests).map(({ method, path, headers }) => [method, path, headers.authorization]),
        [
          ["GET", "/v1/models/another", "Bearer …1234"],
          ["GET", "/v1/models/claude-haiku-5-5", "Bearer …1234"],
          ["POST", "/v1/messages/batches", "Bearer …1234"],
          ["DELETE", "/v1/messages/batches/b", "Bearer …1234"]
        ]
      )
    }).pipe(Effect.provide(served()))
  )

  it.live("a GET does not follow a redirect to another origin without https", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.fault(Fault.redirect("http://localhost:1/v1/models"))
      assert.strictEqual((yield* Effect.flip(Models.retrieve("m")))._tag, "RedirectError")
      assert.lengthOf(yield* emulator.requests, 1)
    }).pipe(Effect.provide(served()))
  )

  it.effect("the redirect mode of a RequestInit is replaced, and its other members are kept", () =>
    Effect.gen(function* () {
      const inits: Array<RequestInit | undefined> = []
      const fetch: typeof globalThis.fetch = (_, init) => {
        inits.push(init)
        return Promise.resolve(Response.json(model))
      }
      yield* retrieve.pipe(
        Effect.provideService(FetchHttpClient.Fetch, fetch),
        Effect.provideService(FetchHttpClient.RequestInit, { redirect: "follow", cache: "no-store" }),
        Effect.provide(Layer.merge(FetchHttpClient.layer, Anthropic.layer({ apiKey: "k" })))
      )
      assert.include(inits[0], { redirect: "manual", cache: "no-store", method: "GET" })
    })
  )
})
