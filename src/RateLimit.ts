/**
 * Rate limits (https://platform.claude.com/docs/en/api/rate-limits): what the server last told of them, by pool, and a
 * limiter that keeps to them.
 *
 * Limits are per organization and pool: one for each class of models, and one each for batches, files, counting tokens and
 * the models API.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpBody from "effect/http/HttpBody"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as RateLimiter from "effect/persistence/RateLimiter"
import type * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as Anthropic from "./Anthropic.ts"
import type * as AnthropicError from "./AnthropicError.ts"
import { limitClasses } from "./facts/limits.ts"
import { namesOf } from "./facts/models.ts"
import { type Call, CurrentCall } from "./http/call.ts"
import { type ResponseHeaders, rateLimit, retryAfter } from "./http/headers.ts"

/**
 * The class that a model shares its limits with; a model that is not documented to share any is a class of its own.
 *
 * That Fable 5.2 and Mythos 5.2 share those of their lines is likely, not documented.
 * Source: https://platform.claude.com/docs/en/api/rate-limits.
 *
 * @since 0.1.0
 */
export const modelClass = (model: string): string => {
  const [id = model] = namesOf(model)
  return limitClasses.find(({ models }) => models.includes(id))?.name ?? model
}

/**
 * The pool that a call draws from: `batches`, `files`, `models`, `count_tokens`, or `messages:` and a class of models.
 *
 * @since 0.1.0
 */
export const poolOf = (call: { readonly operation: string; readonly model?: string | undefined }): string => {
  const [resource = "", method] = call.operation.split(".")
  if (resource !== "Messages") return resource.toLowerCase()
  if (method === "countTokens") return "count_tokens"
  return `messages:${modelClass(call.model ?? "")}`
}

/**
 * What a response told of the limits of its pool.
 *
 * @since 0.1.0
 */
export interface Snapshot {
  readonly pool: string
  readonly windows: AnthropicError.RateLimit
  /** When it came, by this machine's clock. */
  readonly at: DateTime.Utc
  /** How far the server's clock is ahead of this machine's, by the `date` header: zero without one. */
  readonly skewMillis: number
  readonly requestId: string | undefined
}

const skewOf = (headers: ResponseHeaders, now: number): number => {
  const date = Date.parse(headers.date ?? "")
  return Number.isNaN(date) ? 0 : date - now
}

/**
 * How long, from `at`, until a window is full again, by the server's clock; undefined when it did not tell.
 *
 * @since 0.1.0
 */
export const untilReset = (
  snapshot: Snapshot,
  window: string,
  at: DateTime.DateTime
): Duration.Duration | undefined => {
  const reset = snapshot.windows[window]?.reset
  if (reset === undefined) return undefined
  const serverNow = DateTime.toEpochMillis(at) + snapshot.skewMillis
  return Duration.millis(Math.max(0, DateTime.toEpochMillis(reset) - serverNow))
}

/**
 * The latest snapshot of each pool. A response without limits in its headers changes nothing.
 *
 * @since 0.1.0
 */
export class Latest extends Context.Service<
  Latest,
  {
    readonly get: Effect.Effect<ReadonlyMap<string, Snapshot>>
    /** What there is, then every change. */
    readonly changes: Stream.Stream<ReadonlyMap<string, Snapshot>>
  }
>()("effect-anthropic/RateLimit/Latest") {}

/**
 * Keeps the latest snapshots, of successful and failed calls alike, of everything that runs with this layer.
 *
 * @example
 * import * as Models from "effect-anthropic/Models"
 * import * as RateLimit from "effect-anthropic/RateLimit"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   yield* Models.retrieve("claude-opus-5-5")
 *   const snapshots = yield* RateLimit.Latest.use((latest) => latest.get)
 *   yield* Effect.log(snapshots.get("models")?.windows.requests?.remaining)
 * }).pipe(Effect.provide(RateLimit.layerLatest))
 *
 * @since 0.1.0
 */
export const layerLatest: Layer.Layer<Latest> = Layer.effectContext(
  Effect.gen(function* () {
    const ref = yield* SubscriptionRef.make<ReadonlyMap<string, Snapshot>>(new Map())
    const outer = yield* Anthropic.OnResponse
    const onResponse = Effect.fnUntraced(function* (response: Anthropic.ResponseInfo) {
      const windows = response.rateLimit
      if (windows !== undefined) {
        const at = yield* DateTime.now
        const snapshot: Snapshot = {
          pool: poolOf(response),
          windows,
          at,
          skewMillis: skewOf(response.headers, DateTime.toEpochMillis(at)),
          requestId: response.requestId
        }
        yield* SubscriptionRef.update(ref, (all) => new Map(all).set(snapshot.pool, snapshot))
      }
      yield* outer(response)
    })
    return Context.make(Latest, { get: SubscriptionRef.get(ref), changes: SubscriptionRef.changes(ref) }).pipe(
      Context.add(Anthropic.OnResponse, onResponse)
    )
  })
)

/**
 * How the limiter begins, and how long it waits at most.
 *
 * @since 0.1.0
 */
export interface LimiterOptions {
  /** Requests per minute of a pool before the server told any: unlimited when left out. */
  readonly requestsPerMinute?: number | undefined
  /** The longest wait for an exhausted window or a `retry-after`: a minute when left out. */
  readonly maxPause?: Duration.Input | undefined
}

/** What the limiter knows of one pool. */
interface Pool {
  requests: number | undefined
  inputTokens: number | undefined
  /** In milliseconds since the epoch. */
  pausedUntil: number
}

/** Windows that a standard call draws from. */
const drawn = ["requests", "tokens", "input_tokens", "output_tokens"] as const

/** How many bytes of a request make a token, roughly. The server's own count corrects what is wrong about it. */
const bytesPerToken = 4

const lengthOf = (body: HttpBody.HttpBody): number => ("contentLength" in body ? (body.contentLength ?? 0) : 0)

/** The limits are per minute, refilled continuously. */
const period = "1 minute"

/** Changes what is known of a pool by what a response told. */
const learn = (pool: Pool, response: { readonly status: number; readonly headers: ResponseHeaders }, now: number) => {
  const { headers, status } = response
  const windows = rateLimit(headers) ?? {}
  // A limit of zero would stop all calls for good: not what a bucket can express, and the server will say so itself.
  const positive = (limit: number | undefined) => (limit !== undefined && limit > 0 ? limit : undefined)
  pool.requests = positive(windows.requests?.limit) ?? pool.requests
  pool.inputTokens = positive(windows.input_tokens?.limit) ?? pool.inputTokens
  const serverNow = now + skewOf(headers, now)
  const waits = drawn.map((name) => {
    const { remaining, reset } = windows[name] ?? {}
    return remaining !== undefined && remaining <= 0 && reset !== undefined
      ? DateTime.toEpochMillis(reset) - serverNow
      : 0
  })
  const asked = status === 429 ? retryAfter(headers, serverNow) : undefined
  return Math.max(...waits, asked === undefined ? 0 : Duration.toMillis(asked))
}

/**
 * A limiter around the `HttpClient`: calls of this package wait for their turn instead of running into 429.
 *
 * It learns the limits of each pool from the responses and shares them between all fibers: requests are spaced by a token
 * bucket, calls of a model also by their input (a token for four bytes, until the server tells better); when the server
 * says that a window is exhausted, or answers 429 with `retry-after`, the pool pauses for that long. Waiting does not
 * count towards the response timeout. Other requests pass unchanged. One layer is for one organization.
 *
 * @example
 * import * as RateLimit from "effect-anthropic/RateLimit"
 * import * as FetchHttpClient from "effect/http/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 *
 * const client = RateLimit.layer().pipe(Layer.provide(FetchHttpClient.layer))
 *
 * @since 0.1.0
 */
export const layer = (options: LimiterOptions = {}): Layer.Layer<HttpClient.HttpClient, never, HttpClient.HttpClient> =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.gen(function* () {
      const client = yield* HttpClient.HttpClient
      const limiter = yield* RateLimiter.RateLimiter
      const maxPause = Duration.toMillis(Duration.fromInputUnsafe(options.maxPause ?? "1 minute"))
      const pools = new Map<string, Pool>()
      const poolFor = (name: string): Pool => {
        const known = pools.get(name)
        const pool = known ?? { requests: options.requestsPerMinute, inputTokens: undefined, pausedUntil: 0 }
        if (known === undefined) pools.set(name, pool)
        return pool
      }

      const wait = Effect.fnUntraced(function* (call: Call, millis: number) {
        call.holdTimeout((yield* Clock.currentTimeMillis) + millis)
        yield* Effect.sleep(Duration.millis(millis))
      })

      const draw = Effect.fnUntraced(function* (call: Call, key: string, limit: number | undefined, tokens: number) {
        if (limit === undefined || tokens === 0) return
        const { delay } = yield* limiter
          .consume({ algorithm: "token-bucket", onExceeded: "delay", window: period, limit, key, tokens })
          // With "delay" and a store in memory there is nothing to fail.
          .pipe(Effect.orDie)
        if (Duration.toMillis(delay) > 0) yield* wait(call, Duration.toMillis(delay))
      })

      return HttpClient.transform(client, (effect, request) =>
        Effect.gen(function* () {
          const call = yield* CurrentCall
          if (call === undefined) return yield* effect
          const name = poolOf(call)
          const pool = poolFor(name)
          const bytes = call.model === undefined ? 0 : lengthOf(request.body)
          yield* draw(call, `${name}:requests`, pool.requests, 1)
          yield* draw(call, `${name}:input_tokens`, pool.inputTokens, Math.ceil(bytes / bytesPerToken))
          while (true) {
            const left = pool.pausedUntil - (yield* Clock.currentTimeMillis)
            if (left <= 0) break
            yield* wait(call, left)
          }
          const response = yield* effect
          const now = yield* Clock.currentTimeMillis
          const pause = learn(pool, response, now)
          if (pause > 0) pool.pausedUntil = Math.max(pool.pausedUntil, now + Math.min(pause, maxPause))
          return response
        })
      )
    })
  ).pipe(Layer.provide(RateLimiter.layer.pipe(Layer.provide(RateLimiter.layerStoreMemory))))
