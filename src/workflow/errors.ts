// The errors of a durable run, and how they pass through an engine that supports only defects.
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

/**
 * A step of a durable run failed. Its earlier steps are kept, and `resume` continues at this step.
 *
 * No text of the API is stored, because it may quote a prompt. `error` names the kind of the failure, and the layer's
 * `onFailure` is called with the failure itself.
 *
 * @category errors
 * @since 0.1.0
 */
export class StepFailedError extends Schema.TaggedError<StepFailedError>()("StepFailedError", {
  runId: Schema.String,
  /** `open`, `plan`, `split`, `create`, `search`, `poll`, `settle`, `rest` or `unknown`. */
  step: Schema.String,
  /** The chunk of the step. */
  chunk: Schema.optionalKey(Schema.Int),
  /** The tag of the failure, such as `AuthenticationError`, or the name of a defect. */
  error: Schema.String,
  /** Whether the same call may succeed later, as far as the failure says so. */
  isRetryable: Schema.Boolean,
  requestId: Schema.optionalKey(Schema.String),
  /** How often the run had been resumed before. */
  resumed: Schema.Int
}) {
  override get message(): string {
    const chunk = this.chunk === undefined ? "" : ` of chunk ${this.chunk}`
    const request = this.requestId === undefined ? "" : ` (request ${this.requestId})`
    return `run ${JSON.stringify(this.runId)}: step ${this.step}${chunk} failed with ${this.error}${request}`
  }
}

/**
 * A run with this id was started before, and with another source or other options.
 *
 * @category errors
 * @since 0.1.0
 */
export class PayloadMismatchError extends Schema.TaggedError<PayloadMismatchError>()("PayloadMismatchError", {
  runId: Schema.String
}) {
  readonly isRetryable = false

  override get message(): string {
    return `run ${JSON.stringify(this.runId)} was started with another source or other options`
  }
}

/**
 * Where in a run something failed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Where {
  readonly runId: string
  readonly step: string
  readonly chunk?: number
}

/** The name of an error. */
export const nameOf = (error: unknown): string => {
  if (Predicate.hasProperty(error, "_tag") && typeof error._tag === "string") return error._tag
  return error instanceof Error ? error.name : "unknown"
}

/** Makes the error of a failure from the parts that may be stored. */
export const stepFailed = (where: Where, error: unknown, resumed: number): StepFailedError => {
  const requestId = Predicate.hasProperty(error, "requestId") ? error.requestId : undefined
  return new StepFailedError({
    ...where,
    error: nameOf(error),
    isRetryable: Predicate.hasProperty(error, "isRetryable") && error.isRetryable === true,
    ...(typeof requestId === "string" ? { requestId } : {}),
    resumed
  })
}

const codec = Schema.toCodecJson(StepFailedError)

/**
 * Fails a run so that it is suspended and can be resumed. The engine keeps name, message and cause of a defect, so the cause
 * carries the error.
 */
export const raise = (error: StepFailedError): Effect.Effect<never> =>
  Effect.flatMap(Effect.orDie(Schema.encodeEffect(codec)(error)), (cause) =>
    Effect.die(new Error(error.message, { cause }))
  )

const decode = Schema.decodeUnknownOption(codec)

/** The error of a suspended run. For a defect of other code, only its name is kept. */
export const raised = (runId: string, cause: Cause.Cause<unknown>): StepFailedError => {
  for (const reason of cause.reasons) {
    if (!Cause.isDieReason(reason)) continue
    const { defect } = reason
    const carried = Predicate.hasProperty(defect, "cause") ? decode(defect.cause) : Option.none()
    if (Option.isSome(carried)) return carried.value
  }
  return stepFailed({ runId, step: "unknown" }, Cause.squash(cause), 0)
}
