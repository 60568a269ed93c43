import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Batches from "effect-anthropic/Batches"
import * as Files from "effect-anthropic/Files"
import * as Models from "effect-anthropic/Models"
import * as Pagination from "effect-anthropic/Pagination"
import { calls, Emulator, Fault, onEmulator, script, seedEnded } from "./support/batches.ts"
import * as fixtures from "./support/fixtures.ts"

/** Pages by cursor; what is asked for without one is at `start`. */
const pager = (pages: { readonly [cursor: string]: readonly [ReadonlyArray<number>, string | undefined] }) => {
  const asked: Array<string | undefined> = []
  return {
    asked,
    fetch: (cursor: string | undefined) =>
      Effect.sync((): Pagination.Page<number> => {
        asked.push(cursor)
        const [data, next] = pages[cursor ?? "start"] ?? [[], undefined]
        return { data, cursor, next }
      })
  }
}

const items = <E, R>(pages: Stream.Stream<Pagination.Page<number>, E, R>) => Stream.runCollect(Pagination.items(pages))

describe("Pagination.paginate", () => {
  it.effect("fetches page after page until there is no next one", () => {
    const { asked, fetch } = pager({ start: [[1, 2], "a"], a: [[3], "b"], b: [[4, 5], undefined] })
    return Effect.gen(function* () {
      assert.deepStrictEqual(yield* items(Pagination.paginate(fetch)), [1, 2, 3, 4, 5])
      assert.deepStrictEqual(asked, [undefined, "a", "b"])
      assert.deepStrictEqual(yield* items(Pagination.paginate(fetch, { cursor: "b" })), [4, 5])
    })
  })

  it.effect("continues after an empty page", () => {
    const { fetch } = pager({ start: [[], "a"], a: [[], "b"], b: [[1], "c"], c: [[], undefined] })
    return Effect.gen(function* () {
      assert.deepStrictEqual(yield* items(Pagination.paginate(fetch)), [1])
      assert.lengthOf(yield* Stream.runCollect(Pagination.paginate(fetch)), 4)
    })
  })

  it.effect("fetches only the pages that are pulled", () => {
    const { asked, fetch } = pager({ start: [[1, 2], "a"], a: [[3], "b"], b: [[4], undefined] })
    return Effect.gen(function* () {
      const stream = Pagination.items(Pagination.paginate(fetch))
      assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(stream, 2)), [1, 2])
      assert.lengthOf(asked, 1)
    })
  })

  it.effect("fails when a cursor comes twice: at once, after two pages, or as the first cursor", () =>
    Effect.gen(function* () {
      for (const [pages, options, cursor, requests] of [
        [{ start: [[1], "a"], a: [[2], "a"] }, undefined, "a", 2],
        [{ start: [[1], "a"], a: [[2], "b"], b: [[3], "a"] }, undefined, "a", 3],
        [{ s: [[1], "s"] }, { cursor: "s" }, "s", 1],
        [{ s: [[1], "a"], a: [[2], "s"] }, { cursor: "s" }, "s", 2]
      ] as const) {
        const { asked, fetch } = pager(pages)
        const error = yield* Effect.flip(items(Pagination.paginate(fetch, options)))
        assert(error._tag === "PaginationError")
        assert.deepInclude(error, { operation: "Pagination.paginate", cursor, isRetryable: false })
        assert.include(error.message, `the cursor ${cursor} was repeated`)
        assert.lengthOf(asked, requests)
      }
    })
  )

  it.effect("emits the items of the page whose next cursor repeats, and then fails", () =>
    Effect.gen(function* () {
      for (const [pages, expected] of [
        [{ start: [[1], "a"], a: [[2], "a"] }, [1, 2]],
        [{ start: [[1], "a"], a: [[2], "b"], b: [[3, 4], "a"] }, [1, 2, 3, 4]],
        [{ start: [[1], "a"], a: [[], "a"] }, [1]]
      ] as const) {
        const { fetch } = pager(pages)
        const seen: Array<number> = []
        const stream = Pagination.items(Pagination.paginate(fetch))
        const error = yield* Effect.flip(Stream.runForEach(stream, (item) => Effect.sync(() => seen.push(item))))
        assert.strictEqual(error._tag, "PaginationError")
        assert.deepStrictEqual(seen, [...expected])
        // Who has enough before the error does not meet it.
        assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(stream, expected.length)), [...expected])
      }
    })
  )

  it.effect("starts again each time it runs", () => {
    const { fetch } = pager({ start: [[1], "a"], a: [[2], undefined] })
    const pages = Pagination.paginate(fetch)
    return Effect.gen(function* () {
      assert.deepStrictEqual(
        [yield* items(pages), yield* items(pages)],
        [
          [1, 2],
          [1, 2]
        ]
      )
    })
  })
})

describe("a listing", () => {
  const page = (fields: Record<string, unknown>) =>
    Fault.body(JSON.stringify({ data: [], has_more: false, first_id: null, last_id: null, ...fields }))

  it.effect("makes one request for one item, with the query of the API", () =>
    Effect.gen(function* () {
      yield* (yield* Emulator).seedBatches(10)
      const [newest] = yield* Stream.runCollect(Stream.take(Batches.list({ pageSize: 2 }), 1))
      yield* Stream.runCollect(Stream.take(Batches.list({ cursor: newest?.id }), 1))
      yield* Stream.runDrain(Batches.list({ cursor: newest?.id, direction: "newer" }))
      const log = yield* (yield* Emulator).requests
      assert.deepStrictEqual(
        log.map(({ query }) => query),
        [[["limit", "2"]], [["after_id", newest?.id ?? ""]], [["before_id", newest?.id ?? ""]]]
      )
    }).pipe(onEmulator())
  )

  it.effect("makes no request before it runs", () =>
    Effect.gen(function* () {
      Batches.list()
      Models.listPages()
      assert.deepStrictEqual(yield* calls, [])
    }).pipe(onEmulator())
  )

  it.effect("continues after an empty page with more to come", () =>
    Effect.gen(function* () {
      const { id } = yield* seedEnded()
      yield* (yield* Emulator).seedBatches(2)
      const [, newest] = yield* (yield* Emulator).batches
      yield* script(page({ has_more: true, last_id: newest?.id }))
      const listed = yield* Stream.runCollect(Batches.list())
      assert.deepStrictEqual(
        listed.map((batch) => batch.id),
        [id]
      )
    }).pipe(onEmulator())
  )

  it.effect("fails when there is more and no cursor to it", () =>
    Effect.gen(function* () {
      for (const [fields, direction] of [
        [{ has_more: true, first_id: "x" }, "older"],
        [{ has_more: true, last_id: "x" }, "newer"],
        [{ has_more: true, last_id: "" }, "older"]
      ] as const) {
        yield* script(page(fields))
        const error = yield* Effect.flip(Stream.runDrain(Batches.list({ direction, cursor: "c" })))
        assert(error._tag === "PaginationError")
        assert.deepInclude(error, { cursor: "c", description: "there are more items, but no cursor" })
      }
    }).pipe(onEmulator())
  )

  it.effect("fails when a cursor of the server comes back", () =>
    Effect.gen(function* () {
      yield* script(
        page({ has_more: true, last_id: "x" }),
        page({ has_more: true, last_id: "y" }),
        page({ has_more: true, last_id: "x" })
      )
      const error = yield* Effect.flip(Stream.runDrain(Models.list()))
      assert.strictEqual(error._tag, "PaginationError")
      assert.lengthOf(yield* calls, 3)
    }).pipe(onEmulator())
  )

  it.effect("refuses page sizes and cursors that the API does not take", () =>
    Effect.gen(function* () {
      for (const pageSize of [0, -1, 1001, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        const error = yield* Effect.flip(Batches.listPage({ pageSize }))
        assert(error._tag === "RequestRefusedError")
        assert.deepStrictEqual(error.reasons, [
          { path: "pageSize", description: `${pageSize} is not a whole number from 1 to 1000` }
        ])
      }
      for (const options of [{ direction: "newer" }, { cursor: "" }, { cursor: "a\ud800" }] as const) {
        const error = yield* Effect.flip(Stream.runDrain(Models.list(options)))
        assert(error._tag === "RequestRefusedError")
        assert.strictEqual(error.reasons[0]?.path, "cursor")
      }
      assert.deepStrictEqual(yield* calls, [])
    }).pipe(onEmulator())
  )

  it.effect("repeats only the page that failed", () =>
    Effect.gen(function* () {
      yield* (yield* Emulator).seedBatches(10)
      yield* script({ skip: 2, ...Fault.status(529) })
      assert.lengthOf(yield* Stream.runCollect(Batches.list({ pageSize: 3 })), 10)
      assert.lengthOf(yield* calls, 5)
    }).pipe(onEmulator())
  )
})

describe("a page with an unusual envelope", () => {
  const batch = (id: string) => ({ ...fixtures.batch, id })
  const file = (id: string) => ({
    id,
    type: "file",
    filename: "a.txt",
    mime_type: "text/plain",
    size_bytes: 1,
    created_at: "2026-01-01T00:00:00Z",
    downloadable: false,
    expires_at: null
  })

  /** The items of a listing up to its failure, and the failure. */
  const read = Effect.fnUntraced(function* <A extends { readonly id: string }, E, R>(list: Stream.Stream<A, E, R>) {
    const seen: Array<string> = []
    const error = yield* Effect.flip(Stream.runForEach(list, ({ id }) => Effect.sync(() => seen.push(id))))
    return { seen, error }
  })

  for (const [name, fields, field, expected] of [
    ["no has_more", { last_id: "b" }, "has_more", "a boolean"],
    ["a has_more that is null", { has_more: null, last_id: "b" }, "has_more", "a boolean"],
    ["a has_more that is a text", { has_more: "false", last_id: "b" }, "has_more", "a boolean"],
    ["a cursor that is a number", { has_more: true, last_id: 5 }, "last_id", "a string"],
    ["a cursor that is an object", { has_more: true, last_id: { id: "b" } }, "last_id", "a string"]
  ] as const) {
    it.effect(`emits its items and then fails: ${name}, listed by id`, () =>
      Effect.gen(function* () {
        const page = JSON.stringify({ data: [batch("a"), batch("b")], ...fields })
        yield* script({ times: 2, ...Fault.body(page) })
        const { error, seen } = yield* read(Batches.list())
        assert.deepStrictEqual(seen, ["a", "b"])
        assert(error._tag === "DecodeError")
        assert.deepStrictEqual([error.path, error.description], [[field], `Expected ${expected}`])
        assert.deepStrictEqual(JSON.parse(error.snippet), fields)
        assert.strictEqual((yield* Effect.flip(Batches.listPage()))._tag, "DecodeError")
        assert.lengthOf(yield* calls, 2)
      }).pipe(onEmulator())
    )
  }

  it.effect("emits its items and then fails: newer items, listed by id", () =>
    Effect.gen(function* () {
      yield* script(Fault.body(JSON.stringify({ data: [batch("b"), batch("a")], has_more: true, first_id: [] })))
      const { error, seen } = yield* read(Batches.list({ cursor: "0", direction: "newer" }))
      assert.deepStrictEqual(seen, ["a", "b"])
      assert.deepInclude(error, { _tag: "DecodeError", path: ["first_id"] })
    }).pipe(onEmulator())
  )

  for (const [name, fields, tag] of [
    ["a cursor that is a number", { next_page: 5 }, "DecodeError"],
    ["a cursor that is an object", { next_page: {} }, "DecodeError"],
    ["a cursor that is false", { next_page: false }, "DecodeError"],
    ["more to come without a cursor", { has_more: true }, "PaginationError"],
    ["more to come with a cursor of null", { has_more: true, next_page: null }, "PaginationError"],
    ["the envelope of another listing", { has_more: true, last_id: "b" }, "PaginationError"]
  ] as const) {
    it.effect(`emits its items and then fails: ${name}, listed by page`, () =>
      Effect.gen(function* () {
        yield* script({ times: 2, ...Fault.body(JSON.stringify({ data: [file("a"), file("b")], ...fields })) })
        const { error, seen } = yield* read(Files.list())
        assert.deepStrictEqual(seen, ["a", "b"])
        assert.strictEqual(error._tag, tag)
        assert.strictEqual((yield* Effect.flip(Files.listPage()))._tag, tag)
      }).pipe(onEmulator())
    )
  }

  for (const body of [
    "{}",
    "[]",
    "null",
    `{"has_more":false}`,
    `{"data":null,"has_more":false}`,
    `{"data":{}}`,
    "<html>"
  ]) {
    it.effect(`fails when it has no items: ${body}`, () =>
      Effect.gen(function* () {
        yield* script({ times: 3, ...Fault.body(body) })
        for (const listed of [
          Stream.runDrain(Batches.list()),
          Stream.runDrain(Models.list()),
          Stream.runDrain(Files.list())
        ]) {
          const error = yield* Effect.flip(listed)
          assert.strictEqual(error._tag, "DecodeError")
        }
      }).pipe(onEmulator())
    )
  }

  for (const fields of [{}, { next_page: null }, { next_page: "" }, { has_more: false }]) {
    it.effect(`ends the listing when the API documents that envelope as the last: ${JSON.stringify(fields)}`, () =>
      Effect.gen(function* () {
        yield* script(Fault.body(JSON.stringify({ data: [file("a")], ...fields })))
        assert.lengthOf(yield* Stream.runCollect(Files.list()), 1)
      }).pipe(onEmulator())
    )
  }
})

describe("a page without its cursors", () => {
  for (const [name, fault] of [
    ["left out", Fault.omitFields("first_id", "last_id")],
    ["null", Fault.rewriteJson((page) => ({ ...Object(page), first_id: null, last_id: null }))],
    ["empty", Fault.rewriteJson((page) => ({ ...Object(page), first_id: "", last_id: "" }))]
  ] as const) {
    it.effect(`is followed by the id of an item, in both directions: ${name}`, () =>
      Effect.gen(function* () {
        const newestFirst = (yield* (yield* Emulator).seedBatches(10)).map(({ id }) => id).reverse()
        yield* script({ times: 8, ...fault })
        const older = yield* Stream.runCollect(Batches.list({ pageSize: 3 }))
        assert.deepStrictEqual(
          older.map(({ id }) => id),
          newestFirst
        )
        const cursor = newestFirst.at(-1)
        const newer = yield* Stream.runCollect(Batches.list({ pageSize: 3, cursor, direction: "newer" }))
        assert.deepStrictEqual(
          newer.map(({ id }) => id),
          newestFirst.slice(0, -1).reverse()
        )
        yield* (yield* Emulator).clearFaults
      }).pipe(onEmulator())
    )
  }

  it.effect("returns the id of an item as its next cursor", () =>
    Effect.gen(function* () {
      yield* (yield* Emulator).seedBatches(5)
      yield* script(Fault.omitFields("last_id"))
      const page = yield* Batches.listPage({ pageSize: 2 })
      assert.strictEqual(page.next, page.data.at(-1)?.id)
    }).pipe(onEmulator())
  )
})

describe("a cursor that contains the credential", () => {
  const key = "sk-ant-secret-0123456789abcdef"

  for (const [name, listed, fields] of [
    ["by id", Stream.runDrain(Batches.list({ cursor: "start" })), { has_more: true, last_id: `after ${key}` }],
    ["by page", Stream.runDrain(Files.list({ cursor: "start" })), { next_page: encodeURIComponent(`{"key":"${key}"}`) }]
  ] as const) {
    it.effect(`is neither sent nor shown: listed ${name}`, () =>
      Effect.gen(function* () {
        yield* script(Fault.body(JSON.stringify({ data: [], ...fields })))
        const error = yield* Effect.flip(listed)
        assert.deepInclude(error, {
          _tag: "PaginationError",
          operation: name === "by id" ? "Batches.list" : "Files.list",
          cursor: "start",
          description: "the cursor of the next page contains the credential"
        })
        assert.notInclude(JSON.stringify(error) + error.message + String(error), key)
        assert.lengthOf(yield* calls, 1)
      }).pipe(onEmulator({}, { apiKey: key }))
    )
  }

  it.effect("is not shown when the caller gave it", () =>
    Effect.gen(function* () {
      yield* script(Fault.body(`{"data":[],"has_more":true}`))
      const error = yield* Effect.flip(Batches.listPage({ cursor: key }))
      assert.strictEqual(error._tag, "PaginationError")
      assert.notInclude(JSON.stringify(error) + error.message + String(error), key)
    }).pipe(onEmulator({}, { apiKey: key }))
  )
})
