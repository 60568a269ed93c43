// The line of an outcome in a file of outcomes.
import type { Outcome } from "./outcome.ts"

/** The fields of an outcome that follow those that a run needs. */
const fieldsOf = (outcome: Outcome<unknown, unknown>): object => {
  const { attempts, batchId } = outcome
  const sent = { attempts, batchId }
  switch (outcome._tag) {
    case "Succeeded":
      return { ...sent, message: outcome.message, value: outcome.value }
    case "Invalid":
      return { ...sent, error: outcome.error.message, message: outcome.message }
    case "Incomplete":
      return { ...sent, message: outcome.message }
    case "Errored":
      return { ...sent, error: outcome.error }
    case "Unsent":
      return { issues: outcome.issues }
    default:
      return sent
  }
}

/**
 * Makes the fields of a line from an outcome.
 *
 * @category models
 * @since 0.1.0
 */
export type LineOf<A, B> = (outcome: Outcome<A, B>) => { readonly [field: string]: unknown }

/** Writes an outcome as a line. The fields that a run needs come first. */
export const writeLine = <A, B>(outcome: Outcome<A, B>, lineOf: LineOf<A, B> | undefined): string => {
  const reason = "reason" in outcome ? { reason: outcome.reason } : {}
  const head = { position: outcome.position, id: outcome.id, outcome: outcome._tag, ...reason }
  const rest = lineOf === undefined ? fieldsOf(outcome) : lineOf(outcome)
  return `${JSON.stringify({ ...head, ...rest, ...head })}\n`
}
