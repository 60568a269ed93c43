import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Batches from "effect-anthropic/Batches"
import * as Models from "effect-anthropic/Models"
import { answering, json, using } from "../support/fakeClient.ts"
import { batch, model } from "../support/fixtures.ts"
import { rawServer } from "../support/rawServer.ts"
import { inProcess } from "../support/served.ts"

type Operation = Effect.Effect<unknown, Batches.RetrieveError, HttpClient.HttpClient>

/** Each operation on an id, with the path around it. */
const operations: ReadonlyArray<readonly [name: string, of: (id: string) => Operation, before: string, after: string]> =
  [
    ["Models.retrieve", Models.retrieve, "/v1/models/", ""],
    ["Batches.retrieve", Batches.retrieve, "/v1/messages/batches/", ""],
    ["Batches.cancel", Batches.cancel, "/v1/messages/batches/", "/cancel"],
    ["Batches.delete", Batches.delete, "/v1/messages/batches/", ""]
  ]

const allowed = [
  "a",
  "...",
  ".a",
  "a/b",
  "../../admin",
  "a?b=c",
  "a#b",
  "a&b=c;d",
  ";a",
  "%2e%2e",
  "%2F",
  "%",
  "a b\t\n",
  "a\\b",
  "a\u0000b",
  "ünï/😀",
  "@[]:!$'()*+,=~",
  "https://elsewhere.example/",
  "//elsewhere.example",
  "x".repeat(10_000)
]

const forbidden = [
  ["", "the id is empty"],
  [".", '"." is not an id'],
  ["..", '".." is not an id'],
  ["a\ud800b", "the id is not well-formed Unicode"],
  ["\udc00", "the id is not well-formed Unicode"]
] as const

/** The path of a request in segments as a server decodes them. */
const decoded = (path: string): ReadonlyArray<string> => path.split("/").map(decodeURIComponent)

const expected = (before: string, id: string, after: string) => [
  ...before.split("/").slice(0, -1),
  id,
  ...after.split("/").slice(1)
]

for (const [name, operation, before, after] of operations) {
  describe(name, () => {
    it.effect("sends an id as exactly one segment of the path", () =>
      Effect.gen(function* () {
        for (const id of allowed) {
          const fake = answering(json({}))
          yield* Effect.exit(operation(id).pipe(using(fake)))
          const url = fake.requests[0]?.url
          assert(url !== undefined)
          assert.strictEqual(url.origin, "https://api.anthropic.com")
          assert.deepStrictEqual([url.search, url.hash], ["", ""])
          assert.deepStrictEqual(decoded(url.pathname), expected(before, id, after))
        }
      })
    )

    it.effect("refuses an id that cannot be one segment, and sends nothing", () =>
      Effect.gen(function* () {
        for (const [id, description] of forbidden) {
          const fake = answering(json({}))
          const error = yield* Effect.flip(operation(id).pipe(using(fake)))
          assert(error._tag === "RequestRefusedError")
          assert.deepStrictEqual(error.reasons, [{ path: "id", description }])
          assert.strictEqual(error.message, `${name}: refused before sending: id: ${description}`)
          assert.isFalse(error.isRetryable)
          assert.isEmpty(fake.requests)
        }
      })
    )
  })
}

it.effect("calls take a resource in place of its id", () =>
  Effect.gen(function* () {
    const models = answering(json(model))
    const found = yield* Models.retrieve({ id: "a/b" }).pipe(using(models))
    assert.strictEqual(models.requests[0]?.url.pathname, "/v1/models/a%2Fb")
    yield* Models.retrieve(found).pipe(using(models))
    assert.strictEqual(models.requests[1]?.url.pathname, `/v1/models/${model.id}`)
    const batches = answering(json(batch))
    yield* Batches.cancel(yield* Batches.retrieve("b").pipe(using(batches))).pipe(using(batches))
    assert.strictEqual(batches.requests[1]?.url.pathname, `/v1/messages/batches/${batch.id}/cancel`)
  })
)

it.effect("the emulator reads an id with special characters as one segment of the path", () =>
  Effect.gen(function* () {
    for (const id of ["a/b", "../../admin", "a?b", "%2e%2e"]) {
      const error = yield* Effect.flip(Models.retrieve(id))
      assert(error._tag === "NotFoundError")
      assert.include(error.description, id)
    }
  }).pipe(Effect.provide(inProcess()))
)

it.live("a server on a socket gets an id with special characters as one segment of the path", () =>
  Effect.gen(function* () {
    const seen: Array<string> = []
    const baseUrl = yield* rawServer((request, response) => {
      seen.push(request.url ?? "")
      response.end("{}")
    })
    const settings = Anthropic.layer({ apiKey: "k", baseUrl: `${baseUrl}/prefix` })
    for (const id of allowed) {
      yield* Effect.flip(Models.retrieve(id)).pipe(Effect.provide(Layer.merge(FetchHttpClient.layer, settings)))
    }
    assert.deepStrictEqual(
      seen.map(decoded),
      allowed.map((id) => ["", "prefix", "v1", "models", id])
    )
  })
)

it.effect("a cursor with special characters is sent as one value of the query", () =>
  Effect.gen(function* () {
    for (const cursor of ["a&limit=1", "a=b", "a#b", "a b+c", "%26"]) {
      const fake = answering(json({ data: [], has_more: false, first_id: null, last_id: null }))
      yield* Models.listPage({ cursor, lifecycle: ["active", "a&b"] }).pipe(using(fake))
      assert.deepStrictEqual(
        [...(fake.requests[0]?.url.searchParams ?? [])],
        [
          ["lifecycle[]", "active"],
          ["lifecycle[]", "a&b"],
          ["after_id", cursor]
        ]
      )
    }
  })
)
