// The query of a call in the form of the API: arrays and objects with brackets. A value that would arrive changed is refused.
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { RequestRefusedError } from "../AnthropicError.ts"
import { refuse } from "../http/refuse.ts"

/**
 * One value of a query. A point in time is sent as RFC 3339.
 *
 * @category models
 * @since 0.1.0
 */
export type QueryValue = string | number | boolean | DateTime.DateTime

/**
 * The query of a call. An array is sent as `name[]=a&name[]=b`, an object as `name[key]=a`. Values that are null or
 * undefined are left out.
 *
 * @category models
 * @since 0.1.0
 */
export interface Query {
  readonly [name: string]: QueryValue | ReadonlyArray<QueryValue> | Query | null | undefined
}

/** The pairs of a query, in their order. */
export type Pairs = ReadonlyArray<readonly [name: string, value: string]>

const isList = (value: Query[string]): value is ReadonlyArray<QueryValue> => Array.isArray(value)

const flatten = (name: string, value: Query[string]): Pairs => {
  if (value === undefined || value === null) return []
  if (isList(value)) return value.flatMap((item) => flatten(`${name}[]`, item))
  if (DateTime.isDateTime(value)) return [[name, DateTime.formatIso(value)]]
  if (typeof value !== "object") return [[name, String(value)]]
  return Object.entries(value).flatMap(([key, member]) => flatten(`${name}[${key}]`, member))
}

/** Whether a value would be changed in a URL, or is a number that is not finite. */
const isWrong = ([name, value]: Pairs[number]): boolean =>
  /[\ud800-\udfff]/u.test(name + value) || /^(NaN|-?Infinity)$/.test(value)

/** Encodes a query, and refuses values that would arrive changed. */
export const encodeQuery = (operation: string, query: Query): Effect.Effect<Pairs, RequestRefusedError> =>
  Effect.suspend(() => {
    const pairs = Object.entries(query).flatMap(([name, value]) => flatten(name, value))
    const wrong = pairs.find(isWrong)
    if (wrong === undefined) return Effect.succeed(pairs)
    const [name, value] = wrong
    return refuse(operation, `query.${name}`, `${JSON.stringify(value)} cannot be sent`)
  })
