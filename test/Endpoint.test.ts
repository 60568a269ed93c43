// Any endpoint through the transport: what a caller says of a call, and what comes of it.
// The guarantees of the transport itself are tested in `http/`.
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as AnthropicError from "effect-anthropic/AnthropicError"
import * as Endpoint from "effect-anthropic/Endpoint"
import * as Files from "effect-anthropic/Files"
import { calls, onEmulator } from "./support/batches.ts"
import {
  answering,
  apiError,
  assertFields,
  broken,
  empty,
  fakeClient,
  json,
  onVirtualTime,
  using
} from "./support/fakeClient.ts"

const Profile = Schema.Struct({ id: Schema.String, name: Schema.NullOr(Schema.String) })

const profile = { id: "uprof_1", name: "Ada", later: true }

const textOf = (upload: Effect.Effect<ReadonlyArray<Uint8Array>>) =>
  Effect.map(upload, (pieces) => pieces.map((piece) => new TextDecoder().decode(piece)).join(""))

const plain = { name: "Test.call", path: ["things"], response: Schema.Unknown } as const

describe("Endpoint.request", () => {
  it.effect("sends each method to the encoded path, with the headers of the settings and its betas", () => {
    const fake = answering(json(profile))
    return Effect.gen(function* () {
      for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"] as const) {
        const path = ["user_profiles", { id: "a/b c" }, "x"]
        const found = yield* Endpoint.request({
          ...{ name: "Test.call", method, path, response: Profile },
          betas: ["one", "two"],
          takesUserProfile: method !== "GET"
        })
        assert.deepStrictEqual(found, { id: "uprof_1", name: "Ada" })
      }
      assert.deepStrictEqual(
        fake.requests.map(({ method, url }) => `${method} ${url.pathname}`),
        ["GET", "POST", "PUT", "PATCH", "DELETE"].map((method) => `${method} /v1/user_profiles/a%2Fb%20c/x`)
      )
      const [get, post] = fake.requests
      assert(get !== undefined)
      assert.strictEqual(get.headers.authorization, "Bearer sk-ant-test-1234")
      assert.strictEqual(get.headers["anthropic-beta"], "two,three,one")
      assert.isUndefined(get.headers["anthropic-user-profile-id"])
      assert.strictEqual(post?.headers["anthropic-user-profile-id"], "uprof_9")
    }).pipe(using(fake, { betas: ["two", "three"], userProfileId: "uprof_9" }))
  })

  it.effect("sends arrays and objects of a query with brackets, and leaves out what is null or undefined", () => {
    const fake = answering(json({}))
    return Effect.gen(function* () {
      yield* Endpoint.request({
        ...plain,
        method: "GET",
        query: {
          limit: 5,
          all: false,
          ids: ["a b", "c&d"],
          none: [],
          skipped: null,
          missing: undefined,
          created_at: { gte: DateTime.makeUnsafe("2026-11-01T00:00:00Z"), lt: null }
        }
      })
      const [sent] = fake.requests
      assert.deepStrictEqual(
        [...(sent?.url.searchParams ?? [])],
        [
          ["limit", "5"],
          ["all", "false"],
          ["ids[]", "a b"],
          ["ids[]", "c&d"],
          ["created_at[gte]", "2026-11-01T00:00:00.000Z"]
        ]
      )
      assert.include(sent?.url.search, "ids%5B%5D=a+b")
    }).pipe(using(fake))
  })

  it.effect("refuses values of a query, body or path that cannot be sent unchanged, before anything is sent", () => {
    const fake = answering(json({}))
    const refused = (
      options: Partial<Endpoint.RequestOptions<Schema.Unknown, "POST", "creating", Endpoint.NoCodes, never, never>>
    ) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Endpoint.request({ ...plain, method: "POST", kind: "creating", ...options }))
        assert(error._tag === "RequestRefusedError", error._tag)
        return error.reasons.map(({ path }) => path)
      })
    return Effect.gen(function* () {
      assert.deepStrictEqual(yield* refused({ query: { a: "b", limit: Number.NaN } }), ["query.limit"])
      assert.deepStrictEqual(yield* refused({ query: { limit: Number.NEGATIVE_INFINITY } }), ["query.limit"])
      assert.deepStrictEqual(yield* refused({ query: { ids: ["\ud800"] } }), ["query.ids[]"])
      assert.deepStrictEqual(yield* refused({ query: { "\udc00": 1 } }), ["query.\udc00"])
      const self: { [name: string]: unknown } = {}
      self.self = self
      for (const [body, ...paths] of [
        [{ a: [Number.NaN], b: 1n }, "body.a[0]", "body.b"],
        [["\ud800"], "body[0]"],
        [undefined, "body"],
        [self, "body.self"]
      ] as const) {
        assert.deepStrictEqual(yield* refused({ body: Endpoint.json(body) }), paths)
      }
      for (const id of ["", ".", "..", "\ud800"]) assert.deepStrictEqual(yield* refused({ path: ["a", id] }), ["id"])
      assert.lengthOf(fake.requests, 0)
    }).pipe(using(fake))
  })

  it.effect("sends a body as JSON, without what is undefined", () => {
    const fake = answering(json({}))
    return Effect.gen(function* () {
      yield* Endpoint.request({ ...plain, method: "PATCH", body: Endpoint.json({ name: "é", gone: undefined }) })
      const [sent] = fake.requests
      assert.strictEqual(sent?.headers["content-type"], "application/json")
      assert.strictEqual(sent && (yield* textOf(sent.upload)), '{"name":"é"}')
    }).pipe(using(fake))
  })

  for (const [method, kind, answer, sent, tag] of [
    ["GET", undefined, apiError(500, "api_error"), 3, "InternalServerError"],
    ["PUT", undefined, apiError(500, "api_error"), 3, "InternalServerError"],
    ["DELETE", undefined, broken("ECONNRESET"), 3, "ConnectionError"],
    ["POST", undefined, apiError(500, "api_error"), 1, "IndeterminateError"],
    ["PATCH", undefined, broken("ECONNRESET"), 1, "IndeterminateError"],
    ["POST", "idempotent", broken("ECONNRESET"), 3, "ConnectionError"],
    ["PATCH", "idempotent", apiError(500, "api_error"), 3, "InternalServerError"],
    ["POST", "generating", apiError(500, "api_error"), 3, "InternalServerError"],
    ["POST", "generating", json({ id: 1 }), 1, "DecodeError"],
    ["PUT", "creating", json({ id: 1 }), 1, "IndeterminateError"],
    ["POST", undefined, apiError(529, "overloaded_error"), 3, "OverloadedError"],
    ["POST", undefined, apiError(400, "invalid_request_error"), 1, "InvalidRequestError"]
  ] as const) {
    it.effect(`a ${method} that is ${kind ?? "not classed"} and fails with ${tag} is sent ${sent} times`, () => {
      const fake = answering(answer)
      return Effect.gen(function* () {
        const call = Endpoint.request({ name: "Test.call", method, kind, path: ["things"], response: Profile })
        const result = yield* onVirtualTime(call)
        assert.strictEqual(result._tag === "Failure" ? result.failure._tag : undefined, tag)
        assert.lengthOf(fake.requests, sent)
      }).pipe(using(fake))
    })
  }

  it.effect("fails with the error class given for a code, and reports other codes in errorCode", () => {
    class LockedError extends Schema.TaggedError<LockedError>()("LockedError", {
      operation: Schema.String,
      details: Schema.optional(Schema.Unknown),
      isRetryable: Schema.Boolean
    }) {}
    const coded = (error_code: string) => apiError(400, "invalid_request_error", { details: { error_code, by: "you" } })
    const fake = answering(coded("profile_locked"), coded("file_expired"), coded("toString"))
    return Effect.gen(function* () {
      const call = Endpoint.request({
        ...{ name: "Test.call", method: "GET", path: ["things"], response: Profile },
        codes: { profile_locked: LockedError, file_expired: AnthropicError.FileExpiredError }
      })
      expectTypeOf(call).toEqualTypeOf<
        Effect.Effect<
          { readonly id: string; readonly name: string | null },
          AnthropicError.RequestError | LockedError | AnthropicError.FileExpiredError,
          HttpClient.HttpClient
        >
      >()
      const locked = yield* Effect.flip(call)
      assert(locked._tag === "LockedError")
      assert.deepStrictEqual(locked.details, { error_code: "profile_locked", by: "you" })
      assert.strictEqual((yield* Effect.flip(call))._tag, "FileExpiredError")
      const other = yield* Effect.flip(call)
      assert(other._tag === "InvalidRequestError")
      assert.strictEqual(other.errorCode, "toString")
    }).pipe(using(fake))
  })

  it("has the errors of its kind of operation in its type", () => {
    type ErrorsOf<K extends Endpoint.OperationKind> = Endpoint.ErrorOf<K, Endpoint.NoCodes>
    expectTypeOf<ErrorsOf<"idempotent">>().toEqualTypeOf<AnthropicError.RequestError>()
    expectTypeOf<ErrorsOf<"creating">>().toEqualTypeOf<
      AnthropicError.RequestError | AnthropicError.IndeterminateError
    >()
    const base = { name: "Test.call", path: ["things"], response: Profile } as const
    const get = Endpoint.request({ ...base, method: "GET" })
    expectTypeOf<Effect.Error<typeof get>>().toEqualTypeOf<AnthropicError.RequestError>()
    const post = Endpoint.request({ ...base, method: "POST" })
    expectTypeOf<Effect.Error<typeof post>>().toEqualTypeOf<
      AnthropicError.RequestError | AnthropicError.IndeterminateError
    >()
    const search = Endpoint.request({ ...base, method: "POST", kind: "idempotent" })
    expectTypeOf<Effect.Error<typeof search>>().toEqualTypeOf<AnthropicError.RequestError>()
  })

  it.effect("has a span of its name, and reports its response to withResponse", () => {
    const fake = answering(json(profile, { headers: { "request-id": "req_7" } }))
    const names: Array<string> = []
    const tracer = Tracer.make({
      span: (options) => {
        names.push(options.name)
        return new Tracer.NativeSpan(options)
      }
    })
    return Effect.gen(function* () {
      const call = Endpoint.request({ name: "Test.call", method: "GET", path: ["things"], response: Profile })
      const { requestId, value } = yield* Anthropic.withResponse(call)
      assert.deepStrictEqual([value.id, requestId], ["uprof_1", "req_7"])
      assert.deepStrictEqual(names, ["Test.call", "GET Test.call"])
    }).pipe(Effect.withTracer(tracer), using(fake))
  })
})

describe("the schema of an answer", () => {
  const decoded = <A>(response: Schema.ConstraintDecoder<A>, value: unknown) =>
    Endpoint.request({ name: "Test.call", method: "GET", path: ["things"], response }).pipe(
      using(answering(json(value)))
    )
  const misfit = <A>(response: Schema.ConstraintDecoder<A>, value: unknown) =>
    Effect.map(Effect.flip(decoded(response, value)), (error) => {
      assert(error._tag === "DecodeError", error._tag)
      return [error.path, error.description]
    })

  it.effect("may transform and refine", () =>
    Effect.gen(function* () {
      const Rich = Schema.Struct({
        at: Schema.DateTimeUtcFromString,
        names: Schema.Record(Schema.String, Schema.Int),
        pair: Schema.Tuple([Schema.String, Schema.Finite]),
        more: Schema.optionalKey(Schema.String)
      })
      const value = { at: "2026-11-30T00:00:00Z", names: { a: 1 }, pair: ["x", 2], unknown: 1 }
      const rich = yield* decoded(Rich, value)
      assert.deepStrictEqual(rich, { ...rich, at: DateTime.makeUnsafe("2026-11-30T00:00:00Z"), pair: ["x", 2] })
      assert.notProperty(rich, "unknown")
      assert.deepStrictEqual(yield* misfit(Rich, { ...value, names: { a: 1.5 } }), [
        ["names", "a"],
        "Expected an integer"
      ])
      assert.deepStrictEqual(yield* misfit(Rich, { ...value, pair: ["x", "2"] }), [["pair", 1], "Expected number"])
      assert.deepStrictEqual(yield* misfit(Rich, { ...value, at: "soon" }), [
        ["at"],
        "Expected a valid UTC DateTime string"
      ])
      assert.deepStrictEqual(yield* misfit(Rich, { names: {} }), [
        ["at"],
        "Expected what its schema takes: Missing key"
      ])
    })
  )

  it.effect("may be one of this package, with a further check", () =>
    Effect.gen(function* () {
      const file = {
        id: "file_1",
        type: "file",
        filename: "a",
        mime_type: "b",
        size_bytes: 3,
        created_at: "2026-01-01"
      }
      const found = yield* decoded(Files.FileMetadata, { ...file, unknown: 1 })
      assert.property(found, "unknown")
      const Small = Files.FileMetadata.check(
        Schema.makeFilter(({ size_bytes }) => size_bytes < 3, { message: "the file is too large" })
      )
      assert.deepStrictEqual(yield* misfit(Small, file), [[], "Expected what its schema takes: the file is too large"])
      assert.strictEqual((yield* decoded(Small, { ...file, size_bytes: 2 })).size_bytes, 2)
    })
  )

  it.effect("that decodes asynchronously or throws fails with DecodeError", () =>
    Effect.gen(function* () {
      const slow = Schema.String.pipe(
        Schema.decodeTo(Schema.String, {
          decode: SchemaGetter.transformEffect((text: string) => Effect.delay(Effect.succeed(text), "1 second")),
          encode: SchemaGetter.passthrough()
        })
      )
      const broken = Schema.String.pipe(
        Schema.decodeTo(Schema.String, {
          decode: SchemaGetter.transform((): string => {
            throw new Error("no such luck")
          }),
          encode: SchemaGetter.passthrough()
        })
      )
      const [, description] = yield* misfit(slow, "a")
      assert.match(String(description), /^Expected what its schema takes: decoding broke/)
      assert.deepStrictEqual(yield* misfit(broken, "a"), [
        [],
        "Expected what its schema takes: decoding broke: no such luck"
      ])
    })
  )
})

describe("Endpoint.resource", () => {
  const item = Schema.Struct({ id: Schema.String })
  const deleted = { response: item, of: (id: string) => ({ id }) }

  it.effect("makes a listing and the calls by id from one schema", () =>
    Effect.gen(function* () {
      const models = Endpoint.resource({ name: "Own", path: ["models"], envelope: "id", item, deleted })
      const [first] = yield* Stream.runCollect(models.list({ pageSize: 1 }))
      assert.deepStrictEqual(yield* models.retrieve(first ?? ""), first)
      const own = Endpoint.resource({ name: "Own", path: ["own"], envelope: "cursor", item, deleted })
      const fake = fakeClient(({ method }) => (method === "DELETE" ? empty(204) : json({ data: [], next_page: null })))
      yield* Effect.gen(function* () {
        assert.deepStrictEqual(yield* own.delete({ id: "a/b" }), { id: "a/b" })
        assert.isEmpty((yield* own.listPage()).data)
      }).pipe(using(fake))
      assert.deepStrictEqual(
        fake.requests.map(({ method, url }) => `${method} ${url.pathname}`),
        ["DELETE /v1/own/a%2Fb", "GET /v1/own"]
      )
      const refused = yield* Effect.flip(own.retrieve(".."))
      assertFields(refused, { _tag: "RequestRefusedError", operation: "Own.retrieve" })
    }).pipe(onEmulator())
  )

  it.effect("refuses calls with a beta whose shapes are not supported, and sends nothing", () => {
    const fake = answering(json({ id: "a" }))
    const old = Endpoint.resource({
      name: "Own",
      path: ["own"],
      envelope: "cursor",
      item,
      deleted,
      refusedBetas: ["older", "old"]
    })
    const send = Endpoint.request({
      name: "Own.send",
      method: "POST",
      path: ["own"],
      refusedBetas: ["old"],
      body: Endpoint.json({}),
      response: item
    })
    return Effect.gen(function* () {
      for (const call of [old.retrieve("a"), old.listPage(), Stream.runDrain(old.list()), send].map(
        (one: Effect.Effect<unknown, unknown, HttpClient.HttpClient>) => one
      )) {
        const error = yield* Effect.flip(call).pipe(using(fake, { headers: { "Anthropic-Beta": "a, old" } }))
        assertFields(Object(error), { _tag: "RequestRefusedError" })
        assert.include(String(Object(error).message), "betas: old asks for shapes that are not supported")
      }
      assert.isEmpty(fake.requests)
      assert.deepStrictEqual(yield* old.retrieve("a").pipe(using(fake, { betas: ["new"] })), { id: "a" })
    })
  })
})

describe("Endpoint.list", () => {
  const Named = Schema.Struct({ id: Schema.String })

  it.effect("lists by ids and by an opaque cursor", () =>
    Effect.gen(function* () {
      const models = Endpoint.list({ name: "Test.list", path: ["models"], envelope: "id", item: Named })
      const all = yield* Stream.runCollect(models.list({ pageSize: 4 }))
      assert.isAbove(all.length, 8)
      assert.deepStrictEqual(Object.keys(all[0] ?? {}), ["id"])
      const older = yield* Stream.runCollect(models.list({ cursor: all[2]?.id, direction: "newer" }))
      assert.deepStrictEqual(older, [all[1], all[0]])
      const files = Endpoint.list({ name: "Test.list", path: ["files"], envelope: "cursor", item: Named })
      assert.deepStrictEqual(yield* files.listPage({ pageSize: 1 }), { data: [], cursor: undefined, next: undefined })
      assert.include(yield* calls, "GET /v1/files")
    }).pipe(onEmulator())
  )

  it.effect("sends the query of its options for every page, and no request when nothing can match", () => {
    const pages = [
      { data: [{ id: "a" }], next_page: "p2" },
      { data: [{ id: "b" }], next_page: null }
    ]
    const fake = fakeClient((_, index) => json(pages[index]))
    interface Options extends Endpoint.CursorOptions {
      readonly ids?: ReadonlyArray<string>
    }
    const { list } = Endpoint.list<{ readonly id: string }, Options>({
      name: "Test.list",
      path: ["things", { id: "x" }],
      envelope: "cursor",
      item: Named,
      betas: ["new"],
      query: ({ ids }) => Effect.succeed(ids?.length === 0 ? undefined : { ids })
    })
    return Effect.gen(function* () {
      assert.deepStrictEqual(yield* Stream.runCollect(list({ ids: [] })), [])
      assert.lengthOf(yield* Stream.runCollect(list({ ids: ["a", "b"], pageSize: 1 })), 2)
      assert.deepStrictEqual(
        fake.requests.map(({ headers, url }) => [url.pathname, url.search, headers["anthropic-beta"]]),
        [
          ["/v1/things/x", "?ids%5B%5D=a&ids%5B%5D=b&limit=1", "new"],
          ["/v1/things/x", "?ids%5B%5D=a&ids%5B%5D=b&limit=1&page=p2", "new"]
        ]
      )
      const error = yield* Effect.flip(Stream.runCollect(list({ ids: ["\ud800"] })))
      assert.strictEqual(error._tag, "RequestRefusedError")
    }).pipe(using(fake))
  })

  it.effect("lists the rows of a report with the refresh time of each page, and ends after the last page", () => {
    const pages = [
      { data: [{ id: "a" }], next_page: "p2", has_more: true, data_refreshed_at: "2026-11-20T11:00:00Z" },
      { data: [{ id: "b" }], next_page: "p3", has_more: true, data_refreshed_at: null },
      { data: [], next_page: "p4", has_more: false }
    ]
    const report = Endpoint.list({ name: "Test.list", path: ["report"], envelope: "report", item: Named })
    const fake = fakeClient((_, index) => json(pages[index]))
    const broken = answering(json({ data: [{ id: "a" }], next_page: null, data_refreshed_at: "yesterday" }))
    return Effect.gen(function* () {
      const found = yield* Stream.runCollect(report.listPages()).pipe(using(fake))
      assert.deepStrictEqual(
        found.map(({ cursor, data, next, refreshedAt }) => [data, cursor, next, refreshedAt?.epochMilliseconds]),
        [
          [[{ id: "a" }], undefined, "p2", Date.parse("2026-11-20T11:00:00Z")],
          [[{ id: "b" }], "p2", "p3", undefined],
          [[], "p3", undefined, undefined]
        ]
      )
      const error = yield* Effect.flip(report.listPage()).pipe(using(broken))
      assertFields(error, { _tag: "DecodeError", path: ["data_refreshed_at"] })
      const missing = answering(json({ data: [{ id: "a" }], next_page: null, has_more: true }))
      assertFields(yield* Effect.flip(Stream.runDrain(report.list())).pipe(using(missing)), { _tag: "PaginationError" })
      const none = Endpoint.list({
        name: "Test.list",
        path: ["report"],
        envelope: "report",
        item: Named,
        query: () => Effect.succeed(undefined)
      })
      assert.isUndefined((yield* none.listPage().pipe(using(missing))).refreshedAt)
      assert.lengthOf(missing.requests, 1)
    })
  })

  it.effect("fails with the path of the item of a page that does not fit a plain schema", () => {
    const fake = answering(json({ data: [{ id: "a" }, { id: 7 }], next_page: null }))
    const { listPage } = Endpoint.list({ name: "Test.list", path: ["things"], envelope: "cursor", item: Named })
    return Effect.gen(function* () {
      const error = yield* Effect.flip(listPage())
      assert(error._tag === "DecodeError")
      assert.deepStrictEqual([error.operation, error.path], ["Test.list", ["data", 1, "id"]])
    }).pipe(using(fake))
  })
})
