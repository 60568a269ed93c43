// Faults that lose the answer of a request that is carried out: before the fault, or some time after it.
// They make the result of a create call unknown to its caller.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { type StatusOptions, status } from "./answers.ts"
import { resetBeforeHeaders, stallBeforeHeaders } from "./connections.ts"
import type { Action } from "./model.ts"

/**
 * Carries the request out, then answers as `action` does, such as `Fault.processedThen(Fault.empty(204))`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const processedThen = (action: Action): Action => ({
  ...action,
  name: `processedThen(${action.name})`,
  run: (delivery) =>
    Effect.flatMap(delivery.normal, (answer) => action.run({ ...delivery, normal: Effect.succeed(answer) }))
})

const twice = Effect.die(new Error("processedLater takes an action that does not carry the request out by itself"))

/**
 * Answers as `action` does, and carries the request out later, after the duration `after` on the `Clock`.
 *
 * `action` must not carry the request out: use a status, a reset or a stall. The test fails if the emulator closes before
 * the request was carried out.
 *
 * @example
 * import { AnthropicEmulator } from "effect-anthropic/testing"
 *
 * const { Fault } = AnthropicEmulator
 *
 * // The connection breaks, and 40 seconds later there is a batch.
 * const late = { when: { method: "POST" }, ...Fault.processedLater("40 seconds", Fault.resetBeforeHeaders()) }
 *
 * @category combinators
 * @since 0.1.0
 */
export const processedLater = (after: Duration.Input, action: Action): Action => ({
  ...action,
  name: `processedLater(${Duration.format(Duration.fromInputUnsafe(after))}, ${action.name})`,
  run: (delivery) => Effect.andThen(delivery.later(after), action.run({ ...delivery, normal: twice }))
})

/**
 * Carries the request out, then breaks the connection before the headers of the answer.
 *
 * @category constructors
 * @since 0.1.0
 */
export const processedThenReset = (): Action => ({ ...processedThen(resetBeforeHeaders()), name: "processedThenReset" })

/**
 * Carries the request out, then never answers.
 *
 * @category constructors
 * @since 0.1.0
 */
export const processedThenStall = (): Action => ({ ...processedThen(stallBeforeHeaders()), name: "processedThenStall" })

/**
 * Carries the request out, then answers with an error of the API.
 *
 * @category constructors
 * @since 0.1.0
 */
export const processedThenStatus = (code: number, options: StatusOptions = {}): Action => ({
  ...processedThen(status(code, options)),
  name: `processedThenStatus(${code})`
})
