// Faults that break the connection, or send nothing on it, before the headers of an answer.
// Unless `processedThen` is around them, the request is not carried out.
import * as Effect from "effect/Effect"
import { type Action, Disconnected } from "./model.ts"

/**
 * Breaks the connection before the headers of an answer. The request is not carried out.
 *
 * @category constructors
 * @since 0.1.0
 */
export const resetBeforeHeaders = (): Action => ({
  name: "resetBeforeHeaders",
  run: () => Effect.fail(new Disconnected({}))
})

/**
 * Breaks the connection when `bytes` bytes of the request's body have come. The body must have that many.
 *
 * @category constructors
 * @since 0.1.0
 */
export const resetDuringUpload = (bytes: number): Action => ({
  name: `resetDuringUpload(${bytes})`,
  readAtMost: bytes,
  run: () => Effect.fail(new Disconnected({}))
})

/**
 * Does what `action` does before the request's body is read. Nothing of the body is read then, so the request cannot be
 * carried out.
 *
 * @category combinators
 * @since 0.1.0
 */
export const beforeBody = (action: Action): Action => ({
  ...action,
  name: `beforeBody(${action.name})`,
  readAtMost: 0
})

/**
 * Accepts the request and never answers. The request is not carried out.
 *
 * @category constructors
 * @since 0.1.0
 */
export const stallBeforeHeaders = (): Action => ({ name: "stallBeforeHeaders", run: () => Effect.never })
