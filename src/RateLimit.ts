/**
 * Rate limits (https://platform.claude.com/docs/en/api/rate-limits): the latest values of the server, and a limiter that
 * respects them.
 *
 * Limits are per organization and pool. Each class of models is a pool. Batches, files, token counts and models are one pool
 * each.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as Anthropic from "./Anthropic.ts"
import type * as AnthropicError from "./AnthropicError.ts"
import { limitClasses } from "./facts/limits.ts"
import { namesOf } from "./facts/models.ts"
import { type Call, CurrentCall, type Demand } from "./http/call.ts"
import { type ResponseHeaders, rateLimit, retryAfter } from "./http/headers.ts"
import { periodMillis, type Reading } from "./rateLimit/bucket.ts"
import { type Amounts, makePool, type Pool } from "./rateLimit/pool.ts"

/**
 * Returns the class of models that a model shares its limits with. A model that shares none is a separate class.
 *
 * That Fable 5.2 and Mythos 5.2 share the limits of their lines is likely, not documented.
 * Source: https://platform.claude.com/docs/en/api/rate-limits.
 *
 * @category getters
 * @since 0.1.0
 */
export const modelClass = (model: string): string => {
  const [id = model] = namesOf(model)
  return limitClasses.find(({ models }) => models.includes(id))?.name ?? model
}

/**
 * Returns the pool that a call draws from: `batches`, `files`, `models`, `count_tokens`, or `messages:` and a class of
 * models.
 *
 * @category getters
 * @since 0.1.0
 */
export const poolOf = (call: { readonly operation: string; readonly model?: string | undefined }): string => {
  const [resource = "", method] = call.operation.split(".")
  if (resource !== "Messages") return resource.toLowerCase()
  if (method === "countTokens") return "count_tokens"
  return `messages:${modelClass(call.model ?? "")}`
}

/**
 * The limits of a pool, by one response.
 *
 * @category models
 * @since 0.1.0
 */
export interface Snapshot {
  readonly pool: string
  readonly windows: AnthropicError.RateLimit
  /** The time of the response, by this machine's clock. */
  readonly at: DateTime.Utc
  /** How far the server's clock is ahead of this machine's, by the `date` header. Default: 0. */
  readonly skewMillis: number
  readonly requestId: string | undefined
}

const skewOf = (headers: ResponseHeaders, now: number): number => {
  const date = Date.parse(headers.date ?? "")
  return Number.isNaN(date) ? 0 : date - now
}

/**
 * Returns how long it takes, from `at`, until a window is full again, by the server's clock. Returns `undefined` if the
 * response does not say.
 *
 * @category getters
 * @since 0.1.0
 */
export const untilReset: {
  (window: string, at: DateTime.DateTime): (snapshot: Snapshot) => Duration.Duration | undefined
  (snapshot: Snapshot, window: string, at: DateTime.DateTime): Duration.Duration | undefined
} = dual(3, (snapshot: Snapshot, window: string, at: DateTime.DateTime): Duration.Duration | undefined => {
  const reset = snapshot.windows[window]?.reset
  if (reset === undefined) return undefined
  const serverNow = DateTime.toEpochMillis(at) + snapshot.skewMillis
  return Duration.millis(Math.max(0, DateTime.toEpochMillis(reset) - serverNow))
})

/**
 * The service that has the latest snapshot of each pool. A response without limits in its headers changes nothing.
 *
 * @category services
 * @since 0.1.0
 */
export class Latest extends Context.Service<
  Latest,
  {
    readonly get: Effect.Effect<ReadonlyMap<string, Snapshot>>
    /** Emits the current snapshots, then every change. A reader that is more than 16 changes behind skips the oldest. */
    readonly changes: Stream.Stream<ReadonlyMap<string, Snapshot>>
  }
>()("effect-anthropic/RateLimit/Latest") {}

/** How many changes may wait for a reader. */
const waitingChanges = 16

/**
 * Keeps the latest snapshots of all calls that run with this layer, successful or failed.
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
 * @category layers
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
    // Without a limit, a slow reader would make memory grow with every response.
    const changes = Stream.buffer(SubscriptionRef.changes(ref), { capacity: waitingChanges, strategy: "sliding" })
    return Context.make(Latest, { get: SubscriptionRef.get(ref), changes }).pipe(
      Context.add(Anthropic.OnResponse, onResponse)
    )
  })
)

/**
 * Limits a minute by pool (see `poolOf`) and window: `requests`, `tokens`, `input_tokens`, `output_tokens`,
 * `fast_input_tokens`, `fast_output_tokens`.
 *
 * @category models
 * @since 0.1.0
 */
export interface PoolLimits {
  readonly [pool: string]: { readonly [window: string]: number }
}

/**
 * The limits of an organization. `Organization.limits` reads them; `layer` takes them, and so does the option `window` of runs.
 *
 * @category models
 * @since 0.1.0
 */
export interface Limits {
  readonly pools: PoolLimits
  /** How many requests of batches may wait at once. Undefined if it is unknown. */
  readonly queuedBatchRequests?: number | undefined
}

/**
 * Options of `layer`.
 *
 * @category options
 * @since 0.1.0
 */
export interface LimiterOptions {
  /** The requests per minute of each pool, until a response has its limit. Default: unlimited. */
  readonly requestsPerMinute?: number | undefined
  /** The limits of each pool, until a response has others. `Organization.limits` reads them. Default: none. */
  readonly limits?: Limits | undefined
  /** The longest pause for an exhausted limit or a `retry-after`. Default: 1 minute. */
  readonly maxPause?: Duration.Input | undefined
}

/** Whether an option limits anything. A bucket cannot count to infinity, which means unlimited. */
const isLimit = (limit: number | undefined): limit is number =>
  limit !== undefined && limit > 0 && Number.isFinite(limit)

/** The precision of reset times. */
const resetPrecisionMillis = 1_000

/** What a call uses of the limits. */
interface Draws {
  /** The windows that it uses. */
  readonly windows: ReadonlyArray<string>
  /** How much it uses, if known before. Output is unknown; the remaining amount that the server reports accounts for it. */
  readonly amounts: Amounts
}

/** An estimate that can be counted. That of a custom endpoint may be any number. */
const counted = (estimate: number): number => (estimate > 0 ? Math.min(estimate, Number.MAX_SAFE_INTEGER) : 0)

const drawsOf = (demand: Demand | undefined): Draws => {
  const input = demand === undefined ? undefined : counted(demand.inputTokens)
  if (demand?.speed === "fast") {
    return {
      windows: ["requests", "fast_input_tokens", "fast_output_tokens"],
      amounts: new Map([["requests", 1], ...(input === undefined ? [] : [["fast_input_tokens", input] as const])])
    }
  }
  return {
    windows: ["requests", "tokens", "input_tokens", "output_tokens"],
    amounts: new Map([
      ["requests", 1],
      ...(input === undefined ? [] : [["tokens", input] as const, ["input_tokens", input] as const])
    ])
  }
}

type Answer = { readonly status: number; readonly headers: ResponseHeaders }

/** The values of an answer for each window that its call uses, by this machine's clock. */
const readingsOf = (windows: AnthropicError.RateLimit, skew: number): ReadonlyMap<string, Reading> => {
  const readings = new Map<string, Reading>()
  for (const [name, { limit, remaining, reset }] of Object.entries(windows)) {
    // A limit of zero would stop all calls for good, so only a pause can express it.
    if (limit === undefined || limit <= 0) continue
    // A reset time has the precision of a second, so the bucket may be full up to a second later.
    const fullAt = reset === undefined ? undefined : DateTime.toEpochMillis(reset) + resetPrecisionMillis - skew
    readings.set(name, { limit, remaining: remaining === undefined ? undefined : Math.max(0, remaining), fullAt })
  }
  return readings
}

/**
 * Milliseconds that a pool has to pause, by the values of the server.
 *
 * An exhausted limit pauses the pool until its reset. No pause is needed if the bucket has the same effect: the call uses
 * it, and the reset is as far away as a bucket that refills by the minute needs to be full.
 */
const pauseOf = ({ headers, status }: Answer, windows: AnthropicError.RateLimit, draws: Draws, now: number): number => {
  const serverNow = now + skewOf(headers, now)
  const asked = status === 429 ? retryAfter(headers, serverNow) : undefined
  let pause = asked === undefined ? 0 : Duration.toMillis(asked)
  for (const name of draws.windows) {
    const { limit = 0, remaining, reset } = windows[name] ?? {}
    if (remaining === undefined || remaining > 0 || reset === undefined) continue
    const untilReset = DateTime.toEpochMillis(reset) - serverNow
    const isRefilling = draws.amounts.has(name) && limit > 0 && untilReset > periodMillis - resetPrecisionMillis
    if (!isRefilling) pause = Math.max(pause, untilReset)
  }
  return pause
}

/**
 * A limiter around the `HttpClient`: calls of this package wait instead of failing with 429.
 *
 * - It learns the limits of each pool from the responses, and shares them between all fibers.
 * - Each call counts as a request. A call of a model also counts an estimate of its input tokens, but at most the limit of a
 *   minute. The remaining amounts in a response replace the estimates.
 * - A pool pauses while the server reports that a limit is exhausted, and after a 429 with `retry-after`.
 * - Calls of a pool are sent in the order of their arrival. A call that is interrupted while it waits uses nothing.
 * - Waiting does not count towards the response timeout.
 *
 * Requests of other code are not limited. One layer is for one organization.
 *
 * @example
 * import * as RateLimit from "effect-anthropic/RateLimit"
 * import * as FetchHttpClient from "effect/http/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 *
 * const client = RateLimit.layer().pipe(Layer.provide(FetchHttpClient.layer))
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: LimiterOptions = {}): Layer.Layer<HttpClient.HttpClient, never, HttpClient.HttpClient> =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.gen(function* () {
      const client = yield* HttpClient.HttpClient
      const maxPause = Duration.toMillis(Duration.fromInputUnsafe(options.maxPause ?? "1 minute"))
      const first = options.requestsPerMinute
      const limits = new Map(isLimit(first) ? [["requests", first]] : [])
      const pools = new Map<string, Pool>()
      const poolFor = (name: string, now: number): Pool => {
        const known = pools.get(name)
        if (known !== undefined) return known
        const told = Object.entries(options.limits?.pools[name.replace(/:fast$/, "")] ?? {}).filter(([, limit]) =>
          isLimit(limit)
        )
        const pool = makePool(new Map([...limits, ...told]), now)
        pools.set(name, pool)
        return pool
      }

      const send = <E, R>(call: Call, effect: Effect.Effect<HttpClientResponse.HttpClientResponse, E, R>) =>
        Effect.flatMap(Clock.currentTimeMillis, (start) => {
          const demand = call.demand?.()
          const draws = drawsOf(demand)
          // Fast mode has separate limits, so its calls neither wait for others nor make them wait.
          const name = demand?.speed === "fast" ? `${poolOf(call)}:fast` : poolOf(call)
          return poolFor(name, start).run(effect, {
            amounts: draws.amounts,
            onWait: call.onWait,
            read: (response, now) => {
              const windows = rateLimit(response.headers) ?? {}
              const pause = Math.min(pauseOf(response, windows, draws, now), maxPause)
              return {
                readings: readingsOf(windows, skewOf(response.headers, now)),
                pausedUntil: pause > 0 ? now + pause : 0
              }
            }
          })
        })

      return HttpClient.transform(client, (effect) =>
        Effect.flatMap(CurrentCall, (call) => (call === undefined ? effect : send(call, effect)))
      )
    })
  )
