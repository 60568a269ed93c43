// Which calls share a batch: those whose settings send the same headers to the same place with the same credential.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Anthropic from "effect-anthropic/Anthropic"
import { CredentialsError } from "effect-anthropic/AnthropicError"
import * as Messages from "effect-anthropic/Messages"
import * as Pool from "effect-anthropic/Pool"
import {
  askAll,
  atCreate,
  creates,
  Emulator,
  endOf,
  Fault,
  namesOf,
  onServer,
  paramsOf,
  script,
  sent,
  startAll
} from "./support.ts"

/** The calls of one pool, each with changes of its own to the settings; gives what the server has. */
const asked = (all: ReadonlyArray<readonly [name: string, changes: Anthropic.Options]>) =>
  Effect.gen(function* () {
    const pool = yield* Pool.make()
    const texts = yield* Effect.forEach(
      all,
      ([name, changes]) => Effect.map(Anthropic.withSettings(changes)(pool.create(paramsOf(name))), Messages.text),
      { concurrency: "unbounded" }
    )
    assert.deepStrictEqual(
      texts,
      all.map(([name]) => `Hello from ${name}`)
    )
    return new Set((yield* sent).map((names) => names.join(" ")))
  }).pipe(Effect.scoped)

const refreshing = Effect.succeed(Redacted.make("token"))

const cases: ReadonlyArray<readonly [name: string, all: Parameters<typeof asked>[0], batches: ReadonlyArray<string>]> =
  [
    [
      "betas",
      [
        ["a", {}],
        ["b", { betas: ["context-1m-2025-08-07"] }],
        ["c", { betas: ["context-1m-2025-08-07"] }]
      ],
      ["a", "b c"]
    ],
    [
      "headers, in any order and case",
      [
        ["a", { headers: { "x-one": "1", "x-two": "2" } }],
        ["b", { headers: { "X-Two": "2", "X-One": "1" } }],
        ["c", { headers: { "x-one": "2", "x-two": "2" } }]
      ],
      ["a b", "c"]
    ],
    [
      "the version",
      [
        ["a", {}],
        ["b", { version: "2023-06-01" }]
      ],
      ["a", "b"]
    ],
    [
      "the user profile",
      [
        ["a", {}],
        ["b", { userProfileId: "profile_1" }]
      ],
      ["a", "b"]
    ],
    [
      "the text of a key, plain or redacted",
      [
        ["a", {}],
        ["b", { apiKey: "another" }],
        ["c", { apiKey: Redacted.make("another") }],
        ["d", { apiKey: "third" }]
      ],
      ["a", "b c", "d"]
    ],
    [
      "the source of a credential",
      [
        ["a", { credentials: refreshing }],
        ["b", { credentials: refreshing }],
        ["c", { credentials: Effect.succeed(Redacted.make("token")) }]
      ],
      ["a b", "c"]
    ],
    [
      "the base URL",
      [
        ["a", {}],
        ["b", { baseUrl: "https://gateway.example" }],
        ["c", { baseUrl: "https://gateway.example" }]
      ],
      ["a", "b c"]
    ],
    [
      "no other setting, such as retries and timeouts",
      [
        ["a", {}],
        ["b", { retry: { maxRetries: 0 }, responseTimeout: "1 minute", idleTimeout: "1 minute", propagateTraces: true }]
      ],
      ["a b"]
    ]
  ]

describe("calls of one pool", () => {
  for (const [name, all, batches] of cases) {
    it.live(`are divided into batches by ${name}`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* asked(all), new Set(batches))
      }).pipe(onServer())
    )
  }

  it.live("are sent with the headers of their own settings, on top of those of the pool", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make().pipe(Anthropic.withSettings({ betas: ["files-api-2025-04-14"] }))
      const one = pool.create(paramsOf("a"))
      const other = Anthropic.withSettings({ headers: { "x-team": "blue" }, userProfileId: "profile_1" })(
        pool.create(paramsOf("b"))
      )
      yield* Effect.all([one, other], { concurrency: "unbounded" })
      const headers = (yield* (yield* Emulator).requests)
        .filter(({ method, path }) => method === "POST" && path === "/v1/messages/batches")
        .map(({ headers }) => [headers["anthropic-beta"], headers["x-team"], headers["anthropic-user-profile-id"]])
      assert.deepStrictEqual(headers, [
        ["files-api-2025-04-14", undefined, undefined],
        ["files-api-2025-04-14", "blue", "profile_1"]
      ])
    }).pipe(Effect.scoped, onServer())
  )

  it.live("get their answers from their own workspace", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make()
      const there = Anthropic.withSettings({ workspaceId: "wrkspc_there" })
      const texts = yield* Effect.all([pool.create(paramsOf("a")), there(pool.create(paramsOf("b")))], {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(texts.map(Messages.text), ["Hello from a", "Hello from b"])
    }).pipe(Effect.scoped, onServer())
  )

  it.live("fail with CredentialsError when their own settings have no credentials, and others are answered", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make()
      const credentials = Effect.fail(new CredentialsError({ reason: "missing", description: "none" }))
      const [wrong, right] = yield* Effect.all([
        Effect.forkChild(Anthropic.withSettings({ credentials })(pool.create(paramsOf("a")))),
        Effect.forkChild(pool.create(paramsOf("b")))
      ])
      assert.deepStrictEqual(yield* endOf([wrong, right]), ["CredentialsError", "Hello from b"])
    }).pipe(Effect.scoped, onServer())
  )

  it.live("begin a new batch when the earlier batches of their settings have ended", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make()
      const ask = (name: string) => Anthropic.withSettings({ apiKey: "another" })(pool.create(paramsOf(name)))
      for (const name of ["a", "b"]) {
        assert.strictEqual(Messages.text(yield* ask(name)), `Hello from ${name}`)
        yield* Effect.sleep("1 hour")
      }
      assert.strictEqual(yield* creates, 2)
    }).pipe(Effect.scoped, onServer())
  )
})

describe("two pools in one workspace", () => {
  it.live("do not take each other's batches, also when the answers of both creates are lost", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, times: 2, ...Fault.processedThenReset() })
      const [one, other] = [yield* Pool.make(), yield* Pool.make()]
      const names = namesOf(20)
      const calls = [...(yield* startAll(one, names.slice(0, 10))), ...(yield* startAll(other, names.slice(10)))]
      assert.deepStrictEqual(
        yield* endOf(calls),
        names.map((name) => `Hello from ${name}`)
      )
      assert.strictEqual(yield* creates, 2)
      assert.deepStrictEqual(yield* askAll(one, ["a"]), ["Hello from a"])
    }).pipe(Effect.scoped, onServer())
  )
})
