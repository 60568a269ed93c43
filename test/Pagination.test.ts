import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Batches from "effect-anthropic/Batches"
import * as Models from "effect-anthropic/Models"
import * as Pagination from "effect-anthropic/Pagination"
import { calls, Emulator, Fault, onEmulator, script, seedEnded } from "./support/batches.ts"

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
  it.effect("goes from page to page until there is no next one", () => {
    const { asked, fetch } = pager({ start: [[1, 2], "a"], a: [[3], "b"], b: [[4, 5], undefined] })
    return Effect.gen(function* () {
      assert.deepStrictEqual(yield* items(Pagination.paginate(fetch)), [1, 2, 3, 4, 5])
      assert.deepStrictEqual(asked, [undefined, "a", "b"])
      assert.deepStrictEqual(yield* items(Pagination.paginate(fetch, { cursor: "b" })), [4, 5])
    })
  })

  it.effect("goes on over an empty page", () => {
    const { fetch } = pager({ start: [[], "a"], a: [[], "b"], b: [[1], "c"], c: [[], undefined] })
    return Effect.gen(function* () {
      assert.deepStrictEqual(yield* items(Pagination.paginate(fetch)), [1])
      assert.lengthOf(yield* Stream.runCollect(Pagination.paginate(fetch)), 4)
    })
  })

  it.effect("fetches no page that is not asked for", () => {
    const { asked, fetch } = pager({ start: [[1, 2], "a"], a: [[3], "b"], b: [[4], undefined] })
    return Effect.gen(function* () {
      const stream = Pagination.items(Pagination.paginate(fetch))
      assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(stream, 2)), [1, 2])
      assert.lengthOf(asked, 1)
    })
  })

  it.effect("fails when a cursor comes back: at once, after two, and where it began", () =>
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
        assert.deepInclude(error, { cursor, isRetryable: false })
        assert.include(error.message, `the cursor ${cursor} came back`)
        assert.lengthOf(asked, requests)
      }
    })
  )

  it.effect("starts anew each time it runs", () => {
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

  it.effect("makes one request for one item, and names its parameters as the API does", () =>
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

  it.effect("goes on over an empty page with more to come", () =>
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

  it.effect("fails when there is more but no cursor to it", () =>
    Effect.gen(function* () {
      for (const [fields, direction] of [
        [{ has_more: true, first_id: "x" }, "older"],
        [{ has_more: true, last_id: "x" }, "newer"],
        [{ has_more: true, last_id: "" }, "older"]
      ] as const) {
        yield* script(page(fields))
        const error = yield* Effect.flip(Stream.runDrain(Batches.list({ direction, cursor: "c" })))
        assert(error._tag === "PaginationError")
        assert.deepInclude(error, { cursor: "c", description: "there is more, but no cursor to it" })
      }
    }).pipe(onEmulator())
  )

  it.effect("fails when the server goes round", () =>
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

  it.effect("refuses page sizes that the API does not have, and a direction that leads nowhere", () =>
    Effect.gen(function* () {
      for (const pageSize of [0, -1, 1001, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        const error = yield* Effect.flip(Batches.listPage({ pageSize }))
        assert(error._tag === "RequestRefusedError")
        assert.deepStrictEqual(error.reasons, [
          { path: "pageSize", description: `${pageSize} is not a whole number from 1 to 1000` }
        ])
      }
      for (const options of [{ direction: "newer" }, { cursor: "" }] as const) {
        const error = yield* Effect.flip(Stream.runDrain(Models.list(options)))
        assert(error._tag === "RequestRefusedError")
        assert.strictEqual(error.reasons[0]?.path, "cursor")
      }
      assert.deepStrictEqual(yield* calls, [])
    }).pipe(onEmulator())
  )

  it.effect("is repeated page by page when a page fails", () =>
    Effect.gen(function* () {
      yield* (yield* Emulator).seedBatches(10)
      yield* script({ skip: 2, ...Fault.status(529) })
      assert.lengthOf(yield* Stream.runCollect(Batches.list({ pageSize: 3 })), 10)
      assert.lengthOf(yield* calls, 5)
    }).pipe(onEmulator())
  )
})
