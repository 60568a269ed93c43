// Decides about an item before it is part of a chunk: already delivered, a duplicate, refused, or a request.
import * as Effect from "effect/Effect"
import { ItemsChangedError } from "../run/errors.ts"
import type { Outcome } from "../run/outcome.ts"
import { requestOf, type Slot, unsent } from "../run/slot.ts"
import type { MessageParams } from "../schema/MessageParams.ts"
import type { Context } from "./context.ts"
import type { Read } from "./source.ts"

/** An item that can be sent, with its parameters. */
export interface Ready<out A, out B> {
  readonly slot: Slot<A, B>
  readonly params: MessageParams
}

export type Admitted<A, B> =
  | { readonly _tag: "Ready"; readonly ready: Ready<A, B> }
  | { readonly _tag: "Outcome"; readonly outcome: Outcome<A, B> }
  /** An earlier run stored its outcome. */
  | { readonly _tag: "Told" }

/** The error when an earlier run stored the outcome of another item at this position. */
export const itemsChanged = <A, B, E, R>({ config }: Context<A, B, E, R>, position: number): ItemsChangedError =>
  new ItemsChangedError({ runId: config.runId, reason: "different", from: position, to: position })

const decide = <A, B, E, R>(
  context: Context<A, B, E, R>,
  { isDuplicate, requested, slot }: Read<A, B>
): Admitted<A, B> => {
  if (context.delivery.isTold(slot.position)) return { _tag: "Told" }
  if (requested._tag === "Refused") return { _tag: "Outcome", outcome: unsent(slot, "refused", requested.issues) }
  if (isDuplicate) return { _tag: "Outcome", outcome: unsent(slot, "duplicate") }
  if (context.stopped !== undefined) return { _tag: "Outcome", outcome: unsent(slot, context.stopped) }
  return { _tag: "Ready", ready: { slot, params: requested.params } }
}

export const admit = <A, B, E, R>(
  context: Context<A, B, E, R>,
  read: Read<A, B>
): Effect.Effect<Admitted<A, B>, ItemsChangedError> =>
  context.delivery.isOther(read.slot.position, read.slot.id)
    ? Effect.fail(itemsChanged(context, read.slot.position))
    : Effect.succeed(decide(context, read))

/** Makes the request of an item again, for a chunk that is sent again. */
export const renew = <A, B, E, R>({ config }: Context<A, B, E, R>, slot: Slot<A, B>): Admitted<A, B> => {
  const requested = requestOf(config.request, config.prepare, slot.item)
  return requested._tag === "Request"
    ? { _tag: "Ready", ready: { slot, params: requested.params } }
    : { _tag: "Outcome", outcome: unsent(slot, "refused", requested.issues) }
}

/** The outcome of an item that is not sent (again): its last outcome, or `Unsent`. */
export const finalOutcome = <A, B>(
  slot: Slot<A, B>,
  reason: "budget" | "canceled" | "refused",
  issues: Parameters<typeof unsent>[2] = []
): Outcome<A, B> => slot.last ?? unsent(slot, reason, issues)
