// The functions that call the API, for the resources: `request` and `create` decode a JSON answer, and `openWith` leaves the
// body to a reader. Each repeats its attempts as the retry policy says.
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Schema from "effect/Schema"
import type * as Anthropic from "../Anthropic.ts"
import { type DecodeError, IndeterminateError, type RequestError, ResponseTimeoutError } from "../AnthropicError.ts"
import { withCurrentSettings } from "../settings/inForce.ts"
import { readAnswer } from "./answer.ts"
import { type Deadline, makeDeadline } from "./deadline.ts"
import { type Answered, type Exchanged, exchange } from "./exchange.ts"
import type { ApiResponse, CallSettings, Operation, Repeatable } from "./operation.ts"
import { streamBody } from "./responseBody.ts"
import { type Failure, type SourceFailure, schedule } from "./retry.ts"

export type { ApiResponse, Operation } from "./operation.ts"

interface CodedError {
  readonly isRetryable: boolean
}

/** A failed attempt, and when it began by this machine's clock. */
type Attempted<E, BodyError> = (Failure<E> | SourceFailure<BodyError>) & { readonly startedAt: DateTime.Utc }

const makeAttemptDeadline = (operation: Operation<unknown, unknown>, settings: Anthropic.Settings) =>
  makeDeadline([settings.responseTimeout, settings.idleTimeout], (): Failure<never> => {
    const error = new ResponseTimeoutError({ operation: operation.name, timeout: settings.responseTimeout })
    return { fate: "unknown", error }
  })

/** Repeats an attempt as the settings, the kind of the operation and its body allow. */
const repeated = <A, E extends CodedError, BodyError, R>(
  operation: Operation<unknown, BodyError>,
  attempt: (settings: CallSettings) => Effect.Effect<A, Failure<E> | SourceFailure<BodyError>, R>
): Effect.Effect<A, Attempted<E, BodyError>, HttpClient.HttpClient | R> =>
  withCurrentSettings((current) => {
    const watch = current.observe?.(operation)
    const settings: CallSettings = watch === undefined ? current : { ...current, watch }
    const isRepeatable = operation.body?.isRepeatable !== false
    const authorized =
      settings.authorize === undefined ? attempt(settings) : settings.authorize(settings, attempt, isRepeatable)
    const once = Effect.flatMap(DateTime.now, (startedAt) =>
      Effect.mapError(authorized, (failure) => ({ ...failure, startedAt }))
    )
    const call = isRepeatable ? Effect.retry(once, schedule(operation.kind, settings.retry, watch?.onRetry)) : once
    return watch === undefined ? call : watch.run(call)
  })

/** Sends an operation and reads its whole answer with `read`, which is part of the attempt. */
const exchangeWhole = <A, Coded extends CodedError, BodyError>(
  operation: Operation<Coded, BodyError>,
  read: (
    exchanged: Exchanged,
    settings: Anthropic.Settings,
    deadline: Deadline<Failure<never>>
  ) => Effect.Effect<A, Failure<DecodeError>>
): Effect.Effect<A, Attempted<RequestError | Coded, BodyError>, HttpClient.HttpClient> =>
  repeated(operation, (settings) =>
    Effect.flatMap(makeAttemptDeadline(operation, settings), (deadline) =>
      Effect.raceFirst(
        Effect.flatMap(exchange(operation, settings, deadline), (exchanged) => read(exchanged, settings, deadline)),
        deadline.expired
      )
    )
  )

const exchangeJson = <S extends Schema.ConstraintDecoder<unknown>, Coded extends CodedError, BodyError>(
  operation: Operation<Coded, BodyError>,
  schema: S
): Effect.Effect<S["Type"], Attempted<RequestError | Coded, BodyError>, HttpClient.HttpClient> =>
  exchangeWhole(operation, (exchanged, settings, deadline) => readAnswer(exchanged, schema, settings, deadline))

/** Sends an operation that can be repeated without harm except for its cost, and decodes its JSON answer. */
export const request = <
  S extends Schema.ConstraintDecoder<unknown>,
  Coded extends CodedError = never,
  BodyError = never
>(
  operation: Repeatable<Coded, BodyError>,
  schema: S
): Effect.Effect<S["Type"], RequestError | Coded | BodyError, HttpClient.HttpClient> =>
  Effect.mapError(exchangeJson(operation, schema), ({ error }) => error)

/** Does the same as `request`, and also returns what the error of a later check needs of the response. */
export const requestWithResponse = <S extends Schema.ConstraintDecoder<unknown>>(
  operation: Repeatable<never>,
  schema: S
): Effect.Effect<{ readonly value: S["Type"]; readonly response: Answered }, RequestError, HttpClient.HttpClient> =>
  exchangeWhole(operation, (exchanged, settings, deadline) =>
    Effect.map(readAnswer(exchanged, schema, settings, deadline), (value) => ({
      value,
      response: exchanged.response
    }))
  ).pipe(Effect.mapError(({ error }) => error))

/** Sends an operation that creates something, and decodes its JSON answer. Fails with the error of its body, too. */
export const create = <
  S extends Schema.ConstraintDecoder<unknown>,
  Coded extends CodedError = never,
  BodyError = never
>(
  operation: Operation<Coded, BodyError> & { readonly kind: "creating" },
  schema: S
): Effect.Effect<S["Type"], RequestError | IndeterminateError | Coded | BodyError, HttpClient.HttpClient> =>
  Effect.mapError(exchangeJson(operation, schema), (failure) => {
    if (failure.fate === "unknown" || failure.fate === "answered") {
      return new IndeterminateError({ operation: operation.name, startedAt: failure.startedAt, cause: failure.error })
    }
    return failure.error
  })

/** Opens a response and reads its beginning with `begin`. This is part of the attempt, so its failures are repeated, too. */
export const openWith = <A, E extends CodedError, R, Coded extends CodedError = never, BodyError = never>(
  operation: Repeatable<Coded, BodyError>,
  begin: (response: ApiResponse) => Effect.Effect<A, Failure<E>, R>
): Effect.Effect<A, RequestError | Coded | E | BodyError, HttpClient.HttpClient | R> =>
  Effect.mapError(
    repeated(
      operation,
      (
        settings
      ): Effect.Effect<A, Failure<RequestError | Coded | E> | SourceFailure<BodyError>, HttpClient.HttpClient | R> =>
        Effect.flatMap(makeAttemptDeadline(operation, settings), (deadline) =>
          Effect.raceFirst(exchange(operation, settings, deadline), deadline.expired)
        ).pipe(
          Effect.flatMap(({ body, idle, info, response }) =>
            begin({
              scrub: response.scrub,
              body: streamBody(body, settings.idleTimeout, idle),
              watch: settings.watch,
              ...info
            })
          )
        )
    ),
    ({ error }) => error
  )
