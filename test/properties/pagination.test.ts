import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Batches from "effect-anthropic/Batches"
import * as Pagination from "effect-anthropic/Pagination"
import { Emulator, onEmulator } from "../support/batches.ts"

const Int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

describe("a listing", () => {
  it.effect.prop(
    "has the same items for any page size, direction and start",
    {
      count: Int(0, 40),
      pageSize: Int(1, 45),
      start: Int(0, 50),
      isNewer: Schema.Boolean,
      deleted: Schema.Array(Int(0, 39))
    },
    ({ count, deleted, isNewer, pageSize, start }) =>
      Effect.gen(function* () {
        const newestFirst = (yield* (yield* Emulator).seedBatches(count)).map(({ id }) => id).reverse()
        for (const index of new Set(deleted)) {
          const id = newestFirst[index]
          if (id !== undefined) yield* Batches.delete(id)
        }
        const left = newestFirst.filter((_, index) => !deleted.includes(index))
        const cursor = newestFirst[start]
        const older = cursor === undefined ? left : left.filter((id) => id < cursor)
        const newer = cursor === undefined ? [] : left.filter((id) => id > cursor).reverse()
        const direction = isNewer && cursor !== undefined ? "newer" : "older"
        const options = { pageSize, cursor, direction } as const
        const expected = direction === "newer" ? newer : older
        const listed = yield* Stream.runCollect(Batches.list(options))
        assert.deepStrictEqual(
          listed.map(({ id }) => id),
          expected
        )
        // Each page can be gone on from.
        const pages = yield* Stream.runCollect(Batches.listPages(options))
        for (const [index, page] of pages.entries()) {
          const rest = yield* Stream.runCollect(Batches.list({ ...options, cursor: page.cursor }))
          assert.deepStrictEqual(
            rest.map(({ id }) => id),
            pages.slice(index).flatMap(({ data }) => data.map(({ id }) => id))
          )
        }
      }).pipe(onEmulator()),
    { timeout: 60_000, arbitrary: { runs: 60 } }
  )

  it.effect.prop(
    "has the items of any pages, also empty ones, and fails when a cursor repeats",
    { pages: Schema.Array(Schema.Array(Schema.Int)).check(Schema.isMaxLength(12)), back: Int(0, 20) },
    ({ back, pages }) =>
      Effect.gen(function* () {
        let fetched = 0
        const fetch = (goesBack: boolean) => (cursor: string | undefined) =>
          Effect.sync((): Pagination.Page<number> => {
            fetched += 1
            const index = Number(cursor ?? 0)
            const isLast = index >= pages.length - 1
            const next = isLast ? (goesBack ? String(back) : undefined) : String(index + 1)
            return { data: pages[index] ?? [], cursor, next }
          })
        const listed = yield* Stream.runCollect(Pagination.items(Pagination.paginate(fetch(false))))
        assert.deepStrictEqual(listed, pages.flat())
        fetched = 0
        if (back >= 1 && back < pages.length) {
          const error = yield* Effect.flip(Stream.runDrain(Pagination.paginate(fetch(true))))
          assert.deepInclude(error, { _tag: "PaginationError", cursor: String(back) })
          assert.strictEqual(fetched, pages.length)
        }
      }),
    { arbitrary: { runs: 300 } }
  )
})
