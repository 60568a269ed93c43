// The rows of usage and cost, summed by the requested dimensions, and the checks of a request.
import * as Effect from "effect/Effect"
import { type ApiError, invalidRequest, timestamp } from "../server/wire.ts"
import type { Billed } from "./state.ts"

const dimensions: ReadonlyArray<string> = [
  "model",
  "service_tier",
  "workspace_id",
  "api_key_id",
  "context_window",
  "inference_geo",
  "speed",
  "product",
  "actor",
  "actor_type",
  "user_profile_id",
  "organization_id",
  "agent_id",
  "deployment_id",
  "environment_id",
  "session_id",
  "rbac_group_id",
  "slack_channel_id",
  "claude_tag_category",
  "claude_tag_user_id"
]

const free: ReadonlyArray<string> = ["cost_type", "token_type"]

const day = 86_400_000

const widths: { readonly [width: string]: number } = { "1m": 60_000, "1h": 3_600_000, "1d": day }

export interface Question {
  readonly from: number
  readonly to: number
  readonly width: number | undefined
  readonly groupBy: ReadonlyArray<string>
  readonly filters: ReadonlyArray<readonly [dimension: string, values: ReadonlyArray<string>]>
}

const time = (text: string): number | undefined =>
  /(?:Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text)) ? Date.parse(text) : undefined

export const readQuestion = (
  query: URLSearchParams,
  now: number,
  resource: "usage" | "cost"
): Effect.Effect<Question, ApiError> =>
  Effect.gen(function* () {
    const from = time(query.get("starting_at") ?? "")
    if (from === undefined) return yield* invalidRequest("starting_at: a timestamp with a zone is required")
    if (from < now - 365 * day || from < Date.parse("2026-01-01T00:00:00Z")) {
      return yield* invalidRequest("starting_at: within the last 365 days, and not before 2026-01-01")
    }
    const bucket = query.get("time_bucket_width")
    const width = bucket === null ? undefined : widths[bucket]
    if (bucket !== null && width === undefined) return yield* invalidRequest("time_bucket_width: 1m, 1h or 1d")
    const until = query.get("ending_at")
    if (until === null && width !== undefined) {
      return yield* invalidRequest("ending_at: required with time_bucket_width")
    }
    const to = until === null ? Math.min(now, from + 31 * day) : time(until)
    if (to === undefined || to <= from) return yield* invalidRequest("ending_at: has to be after starting_at")
    if (to - from > 31 * day) return yield* invalidRequest("ending_at: a range of at most 31 days")
    if (bucket === "1m" && to - from > day) return yield* invalidRequest("time_bucket_width: 1m takes at most 24 hours")
    const groupBy = query.getAll("group_by[]")
    const known = resource === "cost" ? [...dimensions, ...free] : dimensions
    const unknown = groupBy.find((dimension) => !known.includes(dimension))
    if (unknown !== undefined) return yield* invalidRequest(`group_by: ${unknown}`)
    if (groupBy.filter((dimension) => !free.includes(dimension)).length > 5) {
      return yield* invalidRequest("group_by: at most 5 dimensions")
    }
    const filters = dimensions
      .map((dimension) => [dimension, query.getAll(`${dimension}s[]`)] as const)
      .filter(([, values]) => values.length > 0)
    return { from, to, width, groupBy, filters }
  })

/** A decimal text as a bigint of a common scale, so that sums are exact. */
const scale = 18

const toUnits = (text: string): bigint => {
  const [whole = "0", fraction = ""] = text.split(".")
  return BigInt(whole + fraction.padEnd(scale, "0").slice(0, scale))
}

const fromUnits = (units: bigint): string => {
  const text = units.toString().padStart(scale + 1, "0")
  const fraction = text.slice(-scale).replace(/0+$/, "")
  return fraction === "" ? text.slice(0, -scale) : `${text.slice(0, -scale)}.${fraction}`
}

const sum = (rows: ReadonlyArray<Billed>, of: (row: Billed) => number): number =>
  rows.reduce((total, row) => total + of(row), 0)

const usageOf = (rows: ReadonlyArray<Billed>) => {
  const long = sum(rows, ({ usage }) => usage.cache_creation?.ephemeral_1h_input_tokens ?? 0)
  const written = sum(rows, ({ usage }) => usage.cache_creation_input_tokens ?? 0)
  const uncached = sum(rows, ({ usage }) => usage.input_tokens)
  const read = sum(rows, ({ usage }) => usage.cache_read_input_tokens ?? 0)
  const output = sum(rows, ({ usage }) => usage.output_tokens)
  return {
    uncached_input_tokens: uncached,
    output_tokens: output,
    cache_read_input_tokens: read,
    total_tokens: uncached + output + read + written,
    cache_creation: { ephemeral_5m_input_tokens: written - long, ephemeral_1h_input_tokens: long },
    server_tool_use: { web_search_requests: sum(rows, ({ usage }) => usage.server_tool_use?.web_search_requests ?? 0) },
    requests: rows.length
  }
}

const costOf = (rows: ReadonlyArray<Billed>) => ({
  amount: fromUnits(rows.reduce((total, { amount }) => total + toUnits(amount), 0n)),
  list_amount: fromUnits(rows.reduce((total, { listAmount }) => total + toUnits(listAmount), 0n)),
  currency: "USD",
  requests: rows.length
})

/** The rows of an answer, by time. Each has an id, for the cursor. */
export const answer = (question: Question, billed: ReadonlyArray<Billed>, resource: "usage" | "cost") => {
  const { filters, from, groupBy, to, width } = question
  const groups = new Map<string, { readonly start: number; readonly group: object; readonly rows: Array<Billed> }>()
  for (const row of billed) {
    if (row.at < from || row.at >= to) continue
    if (!filters.every(([dimension, values]) => values.includes(row.group[dimension] ?? ""))) continue
    const start = width === undefined ? from : from + Math.floor((row.at - from) / width) * width
    const values = groupBy.map((dimension) => row.group[dimension] ?? null)
    const key = JSON.stringify([start, values])
    const group = Object.fromEntries([
      ...[...dimensions, ...(resource === "cost" ? free : [])].map((dimension) => [dimension, null]),
      ...groupBy.map((dimension, index) => [dimension, values[index] ?? null])
    ])
    const known = groups.get(key)
    if (known === undefined) groups.set(key, { start, group, rows: [row] })
    else known.rows.push(row)
  }
  return [...groups]
    .sort(([, a], [, b]) => a.start - b.start)
    .map(([id, { group, rows, start }]) => ({
      id,
      row: {
        starting_at: timestamp(start),
        ending_at: timestamp(Math.min(to, start + (width ?? to - from))),
        group,
        ...(resource === "usage" ? { usage: usageOf(rows) } : { cost: costOf(rows) })
      }
    }))
}
