// An item on its way through a run, and how it becomes a request.
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type { BatchRequest, Issue } from "../BatchRequest.ts"
import type { MessageParams } from "../schema/MessageParams.ts"
import type { Outcome } from "./outcome.ts"

type Reason = Pick<Issue, "path" | "description">

/** An item with its place in the run. */
export interface Slot<out A, out B = unknown> {
  readonly item: A
  readonly id: string
  readonly position: number
  /** How often the item was sent, including the current chunk. 0 before the first time. */
  readonly attempts: number
  /** Its last outcome, if it is sent again. */
  readonly last: Outcome<A, B> | undefined
}

/** A request under the caller's id, or why there is none. */
export type Requested =
  | { readonly _tag: "Request"; readonly id: string; readonly params: MessageParams }
  | { readonly _tag: "Refused"; readonly id: string; readonly issues: ReadonlyArray<Reason> }

const maxIdLength = 1_000

const refused = (id: string, path: string, description: string): Requested => ({
  _tag: "Refused",
  id,
  issues: [{ path, description }]
})

/** Calls `request` for an item. If it throws, or returns something else, only this item is refused. */
export const requestOf = <A>(
  request: (item: A) => BatchRequest,
  prepare: (params: MessageParams) => MessageParams,
  item: A
): Requested => {
  const made = Result.try({
    try: (): unknown => request(item),
    catch: (cause) => `\`request\` threw: ${cause instanceof Error ? cause.message : String(cause)}`
  })
  if (Result.isFailure(made)) return refused("", "", made.failure)
  if (!Predicate.isObject(made.success)) return refused("", "", "`request` did not return a request")
  const { custom_id: id, params } = made.success
  if (typeof id !== "string") return refused("", "custom_id", "it is not a string")
  if (id.length > maxIdLength) {
    return refused(id.slice(0, maxIdLength), "custom_id", `it is not a string of at most ${maxIdLength} characters`)
  }
  return isParams(params)
    ? { _tag: "Request", id, params: prepare(params) }
    : refused(id, "params", "it is not an object")
}

/** Checks only that it is an object. Errors in it are found when it is written. */
const isParams = (params: unknown): params is MessageParams => Predicate.isObject(params)

export const baseOf = <A>({ attempts, id, item, position }: Slot<A>, batchId: string | undefined) => ({
  item,
  id,
  position,
  batchId,
  attempts
})

export const unsent = <A>(
  slot: Slot<A>,
  reason: "refused" | "duplicate" | "budget" | "canceled",
  issues: ReadonlyArray<Reason> = []
): Outcome<A, never> => ({ _tag: "Unsent", reason, issues, ...baseOf(slot, undefined) })
