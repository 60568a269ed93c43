// Lists all batches of a workspace, 1000 a page.
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Batches from "effect-anthropic/Batches"
import { type Endpoint, official, ours } from "./support/clients.ts"
import { fetchOf } from "./support/memoryFetch.ts"
import { withOpenStreams } from "./support/open.ts"
import { type Budget, type Report, ratioColumns } from "./support/report.ts"
import { alternate, median, ratioOf } from "./support/rounds.ts"
import { batch } from "./support/wire.ts"

const baseUrl = "http://bench.invalid"
const pageSize = 1000

const idOf = (page: number, item: number): string => `msgbatch_01bench${page * pageSize + item}`

const writePage = (page: number, isLast: boolean): string =>
  JSON.stringify({
    data: Array.from({ length: pageSize }, (_, item) => ({ ...batch(baseUrl, 0, 1000), id: idOf(page, item) })),
    has_more: !isLast,
    first_id: idOf(page, 0),
    last_id: idOf(page, pageSize - 1)
  })

/** A fetch that gives the page behind the cursor. */
const endpoint = (pages: number): Endpoint => {
  const bodies = new Map<string | null, string>()
  for (let page = 0; page < pages; page++) {
    bodies.set(page === 0 ? null : idOf(page - 1, pageSize - 1), writePage(page, page === pages - 1))
  }
  return {
    baseUrl,
    fetch: fetchOf(
      ({ searchParams }) =>
        new Response(bodies.get(searchParams.get("after_id")) ?? null, {
          headers: { "content-type": "application/json" }
        })
    )
  }
}

const readOurs = async (source: Endpoint): Promise<number> => {
  let seen = 0
  const count = Effect.sync(() => {
    seen += 1
  })
  await Batches.list({ pageSize }).pipe(
    Stream.runForEach(() => count),
    Effect.provide(ours(source)),
    Effect.runPromise
  )
  return seen
}

const readOfficial = async (source: Endpoint): Promise<number> => {
  let seen = 0
  for await (const _ of official(source).messages.batches.list({ limit: pageSize })) seen += 1
  return seen
}

const measure = (pages: number, rounds: number, budget: Budget): Promise<Report> =>
  withOpenStreams(async () => {
    const source = endpoint(pages)
    const expectAll = async (seen: Promise<number>): Promise<void> => {
      if ((await seen) !== pages * pageSize) throw new Error(`${await seen} batches instead of ${pages * pageSize}`)
    }
    const times = await alternate(rounds, {
      ours: () => expectAll(readOurs(source)),
      official: () => expectAll(readOfficial(source))
    })
    const time = (side: "ours" | "official") => `${((median(times(side)) * 1000) / pages / pageSize).toFixed(2)} us`
    return {
      rows: [
        {
          what: `listing ${pages} pages of 1000 batches, a batch`,
          ours: time("ours"),
          official: time("official"),
          ...ratioColumns(ratioOf(times("official"), times("ours")), budget)
        }
      ],
      notes: [
        "listing: from memory. Ours checks every field and makes dates of timestamps; the official SDK does neither."
      ]
    }
  })

export const ten = () => measure(10, 15, { atLeast: 0.55, aim: 1 })

export const hundred = () => measure(100, 7, { atLeast: 0.4, aim: 1 })
