// The published prices, row by row. Each row names the page that states it and the day on which that page was read.
// A price change is a new row here, and `until` in the row that it replaces.
import { namesOf } from "./models.ts"
import type { PriceRow, RefusalRow, ToolRow } from "./PriceRow.ts"
import { pages, type Sourced } from "./Sourced.ts"

/** The factor of every price with `inference_geo: "us"`. Models before Claude 4.6 refuse the parameter. */
const regions = { us: "1.1" }

const row = (
  model: string,
  from: string,
  [input, cacheWrite5m, cacheWrite1h, cacheRead, output]: readonly [string, string, string, string, string],
  sourced: Sourced,
  more: Partial<PriceRow> = {}
): PriceRow => ({
  model,
  aliases: namesOf(model).slice(1),
  from,
  input,
  cacheWrite5m,
  cacheWrite1h,
  cacheRead,
  output,
  ...more,
  ...sourced
})

/**
 * The prices of input, 5-minute cache write, 1-hour cache write, cache read and output, in this order.
 *
 * A change is in force from 00:00 UTC of its day. Models older than the first dated price (2025-08-12) begin on that day:
 * their earlier prices are not in the book. `claude-mythos-preview` has no published price. The cache prices of Fable and
 * Mythos 5.2 and the fast price of Fable 5.2 are from secondary sources that agree.
 */
export const priceRows: ReadonlyArray<PriceRow> = [
  row("claude-fable-5-2", "2026-11-09", ["8", "10", "16", "0.20", "40"], pages.releaseNotes("2026-11-12"), { regions }),
  row("claude-mythos-5-2", "2026-11-09", ["8", "10", "16", "0.20", "40"], pages.releaseNotes("2026-11-12"), {
    regions
  }),
  row("claude-fable-5-2", "2026-11-09", ["16", "20", "32", "0.40", "80"], pages.fastMode("2026-11-12"), {
    speed: "fast",
    regions
  }),
  row("claude-fable-5-1", "2026-09-01", ["10", "12.50", "20", "0.25", "50"], pages.pricing("2026-09-01"), { regions }),
  row("claude-mythos-5-1", "2026-09-01", ["10", "12.50", "20", "0.25", "50"], pages.pricing("2026-09-01"), { regions }),
  row("claude-fable-5", "2026-06-09", ["10", "12.50", "20", "1.00", "50"], pages.pricing("2026-09-01"), { regions }),
  row("claude-mythos-5", "2026-06-09", ["10", "12.50", "20", "1.00", "50"], pages.pricing("2026-09-01"), { regions }),
  row("claude-opus-5-5", "2026-09-22", ["4", "5", "8", "0.20", "20"], pages.pricing("2026-10-07"), { regions }),
  row("claude-opus-5-5", "2026-10-15", ["8", "10", "16", "0.40", "40"], pages.pricing("2026-10-15"), {
    speed: "fast",
    regions
  }),
  row("claude-opus-5", "2026-07-24", ["5", "6.25", "10", "0.50", "25"], pages.pricing("2026-09-01"), { regions }),
  row("claude-opus-5", "2026-07-24", ["10", "12.50", "20", "1.00", "50"], pages.pricing("2026-07-25"), {
    speed: "fast",
    regions
  }),
  row("claude-opus-4-8", "2026-05-28", ["5", "6.25", "10", "0.50", "25"], pages.pricing("2026-09-01"), { regions }),
  row("claude-opus-4-8", "2026-05-28", ["10", "12.50", "20", "1.00", "50"], pages.fastMode("2026-11-01"), {
    until: "2026-11-30",
    speed: "fast",
    regions
  }),
  row("claude-opus-4-7", "2026-04-16", ["5", "6.25", "10", "0.50", "25"], pages.pricing("2026-09-01"), { regions }),
  row("claude-opus-4-7", "2026-05-12", ["30", "37.50", "60", "3.00", "150"], pages.releaseNotes("2026-08-22"), {
    until: "2026-07-24",
    speed: "fast",
    regions
  }),
  row("claude-opus-4-6", "2026-02-05", ["5", "6.25", "10", "0.50", "25"], pages.pricing("2026-09-01"), { regions }),
  row("claude-opus-4-6", "2026-02-05", ["10", "12.50", "20", "1.00", "37.50"], pages.releaseNotes("2026-08-22"), {
    until: "2026-03-13",
    promptOver: 200_000,
    regions
  }),
  row("claude-opus-4-6", "2026-02-07", ["30", "37.50", "60", "3.00", "150"], pages.releaseNotes("2026-08-22"), {
    until: "2026-06-29",
    speed: "fast",
    regions
  }),
  row("claude-opus-4-6", "2026-02-07", ["60", "75", "120", "6.00", "225"], pages.releaseNotes("2026-08-22"), {
    until: "2026-03-13",
    speed: "fast",
    promptOver: 200_000,
    regions
  }),
  row("claude-opus-4-5-20251101", "2025-11-24", ["5", "6.25", "10", "0.50", "25"], pages.pricing("2026-09-01")),
  row("claude-opus-4-1-20250805", "2025-08-12", ["15", "18.75", "30", "1.50", "75"], pages.pricing("2026-08-21")),
  row("claude-opus-4-20250514", "2025-08-12", ["15", "18.75", "30", "1.50", "75"], pages.pricing("2026-08-21")),
  row("claude-sonnet-5-5", "2026-09-28", ["2", "2.50", "4", "0.20", "10"], pages.pricing("2026-10-07"), {
    until: "2026-10-07",
    regions
  }),
  row("claude-sonnet-5-5", "2026-10-07", ["2", "2.50", "4", "0.10", "10"], pages.pricing("2026-10-09"), { regions }),
  row("claude-sonnet-5", "2026-06-30", ["2", "2.50", "4", "0.20", "10"], pages.pricing("2026-08-21"), { regions }),
  row("claude-sonnet-4-6", "2026-02-17", ["3", "3.75", "6", "0.30", "15"], pages.pricing("2026-08-21"), { regions }),
  row("claude-sonnet-4-6", "2026-02-17", ["6", "7.50", "12", "0.60", "22.50"], pages.releaseNotes("2026-08-22"), {
    until: "2026-03-13",
    promptOver: 200_000,
    regions
  }),
  row("claude-sonnet-4-5-20250929", "2025-09-29", ["3", "3.75", "6", "0.30", "15"], pages.pricing("2026-08-21"), {
    promptUpTo: 200_000
  }),
  row("claude-sonnet-4-5-20250929", "2025-09-29", ["6", "7.50", "12", "0.60", "22.50"], pages.pricing("2025-10-01"), {
    until: "2026-04-30",
    promptOver: 200_000
  }),
  row("claude-sonnet-4-20250514", "2025-08-12", ["3", "3.75", "6", "0.30", "15"], pages.pricing("2026-08-21"), {
    promptUpTo: 200_000
  }),
  row("claude-sonnet-4-20250514", "2025-08-12", ["6", "7.50", "12", "0.60", "22.50"], pages.pricing("2025-10-01"), {
    until: "2026-04-30",
    promptOver: 200_000
  }),
  row("claude-3-7-sonnet-20250219", "2025-08-12", ["3", "3.75", "6", "0.30", "15"], pages.pricing("2025-10-01")),
  row("claude-3-5-sonnet-20241022", "2025-08-12", ["3", "3.75", "6", "0.30", "15"], pages.pricing("2025-10-01")),
  row("claude-3-5-sonnet-20240620", "2025-08-12", ["3", "3.75", "6", "0.30", "15"], pages.pricing("2025-10-01")),
  row("claude-haiku-5-5", "2026-10-07", ["0.10", "0.125", "0.20", "0.01", "0.50"], pages.pricing("2026-10-07"), {
    promptUpTo: 100_000,
    regions
  }),
  row("claude-haiku-5-5", "2026-10-07", ["0.50", "0.625", "1.00", "0.05", "2.50"], pages.pricing("2026-10-07"), {
    promptOver: 100_000,
    regions
  }),
  row("claude-haiku-4-5-20251001", "2025-10-15", ["1", "1.25", "2", "0.10", "5"], pages.pricing("2026-08-21")),
  row("claude-3-5-haiku-20241022", "2025-08-12", ["0.80", "1", "1.60", "0.08", "4"], pages.pricing("2026-08-21")),
  row("claude-3-haiku-20240307", "2025-08-12", ["0.25", "0.30", "0.50", "0.03", "1.25"], pages.pricing("2025-10-01")),
  row("claude-3-opus-20240229", "2025-08-12", ["15", "18.75", "30", "1.50", "75"], pages.pricing("2025-10-01"))
]

/** The prices of server tools, in addition to tokens. */
export const toolRows: ReadonlyArray<ToolRow> = [
  { counter: "web_search_requests", from: "2025-08-12", price: "0.01", ...pages.pricing("2026-09-01") },
  { counter: "web_fetch_requests", from: "2025-09-10", price: "0", ...pages.pricing("2026-08-21") },
  { counter: "code_execution_hours", from: "2026-02-17", price: "0.05", ...pages.pricing("2026-09-01") }
]

/** When a refusal before any output is free. */
export const freeRefusals: ReadonlyArray<RefusalRow> = [
  { from: "2026-06-02", until: "2026-09-24", billed: [], ...pages.releaseNotes("2026-08-22") },
  { from: "2026-09-24", billed: ["bio", "frontier_llm", "reasoning_extraction"], ...pages.releaseNotes("2026-09-26") }
]

/** The share of the direct price of every kind of token that a batch pays. */
export const batchShare = { share: "0.5", ...pages.batches("2026-09-26") }
