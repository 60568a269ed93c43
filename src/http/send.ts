// Sends one request through the `HttpClient` and returns the head of its response, or the fate of the request. The deadline
// of the attempt watches the time.
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import { type ConnectionError, ResponseTimeoutError } from "../AnthropicError.ts"
import { CurrentCall } from "./call.ts"
import { breakOf, connectionError, diagnose, FetchError } from "./connection.ts"
import type { Deadline } from "./deadline.ts"
import { wrapFetch } from "./fetch.ts"
import type { CallSettings, Operation } from "./operation.ts"
import type { Failure, SourceFailure } from "./retry.ts"
import type { Scrub } from "./scrub.ts"
import { addTracing, hideHeaders } from "./tracing.ts"

/** The target of a request. After a redirect to another origin it is not at home. */
export interface Target {
  readonly url: URL
  readonly headers: Record<string, string>
  readonly isHome: boolean
}

/** What may be shown of a request, in addition to its target. */
interface Discretion {
  readonly scrub: Scrub
  readonly secret: ReadonlyArray<string>
}

const failed = (
  operation: Operation<unknown, unknown>,
  error: HttpClientError.HttpClientError,
  waited: number,
  scrub: Scrub
): Failure<ConnectionError> => {
  const broken = breakOf(error)
  if (broken.kind === "headers") {
    const timeout = Duration.millis(waited)
    return { fate: "unknown", error: new ResponseTimeoutError({ operation: operation.name, timeout }) }
  }
  const told = connectionError(operation.name, broken, { phase: "request", scrub })
  if (told.phase !== "connect") return { fate: "unknown", error: told }
  return { fate: told.isRetryable ? "unsent" : "final", error: told }
}

/** Sends a request. The deadline waits for the response while this runs, and for nothing when it ends. */
export const send = <BodyError>(
  operation: Operation<unknown, BodyError>,
  settings: CallSettings,
  { headers, isHome, url }: Target,
  { scrub, secret }: Discretion,
  deadline: Deadline<unknown>
): Effect.Effect<
  HttpClientResponse.HttpClientResponse,
  Failure<ConnectionError> | SourceFailure<BodyError>,
  HttpClient.HttpClient
> =>
  Effect.flatMap(HttpClient.HttpClient, (client) => {
    const { body } = operation
    let sourceCause: Cause.Cause<BodyError> | undefined
    const onFailure = (cause: Cause.Cause<BodyError>): void => {
      sourceCause = cause
    }
    let isAnswered = false
    const pause = (isPaused: boolean): void => {
      if (isAnswered) return
      if (isPaused) deadline.stop()
      else deadline.start(settings.responseTimeout)
    }
    const bare = HttpClientRequest.make(operation.method)(url.href, { headers })
    // While the source makes the next piece, the server has nothing to answer.
    const request =
      body === undefined ? bare : HttpClientRequest.setBody(bare, body.toHttpBody({ onAsk: pause, onFailure }))
    const describe = (cause: unknown): Error => new FetchError(diagnose(cause), scrub)
    const inContext = (context: Context.Context<never>): Context.Context<never> =>
      addTracing(context, {
        spanName: `${operation.method} ${operation.name}`,
        propagates: settings.propagateTraces && isHome,
        secret
      }).pipe(
        Context.add(
          FetchHttpClient.Fetch,
          wrapFetch(body?.length, describe)(Context.get(context, FetchHttpClient.Fetch))
        ),
        Context.add(FetchHttpClient.StreamBodyFallback, "buffer"),
        Context.add(CurrentCall, {
          operation: operation.name,
          model: operation.model,
          demand: operation.demand,
          onWait: (isWaiting, now) => {
            settings.watch?.onWait(isWaiting, now)
            pause(isWaiting)
          }
        })
      )
    deadline.start(settings.responseTimeout)
    return client.execute(secret.length > 1 ? hideHeaders(request, secret) : request).pipe(
      Effect.updateContext(inContext),
      Effect.catch((error): Effect.Effect<never, Failure<ConnectionError> | SourceFailure<BodyError>> => {
        if (sourceCause === undefined) return Effect.fail(failed(operation, error, deadline.waited, scrub))
        return Effect.failCause(Cause.map(sourceCause, (own) => ({ fate: "source" as const, error: own })))
      }),
      Effect.tap(() =>
        Effect.sync(() => {
          isAnswered = true
          deadline.stop()
        })
      )
    )
  })
