// The real limits of an organization, in the form that the limiter and runs take.
// Limits of unknown kinds are left out.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Stream from "effect/Stream"
import * as Endpoint from "../Endpoint.ts"
import type { ListError } from "../Pagination.ts"
import { type Limits, modelClass } from "../RateLimit.ts"
import { streamAsAdmin } from "./admin.ts"
import { RateLimit, type WorkspaceRateLimit } from "./schema.ts"

/** The windows of the limiter, by the names of the Rate Limits API. */
const windows: { readonly [type: string]: string } = {
  requests_per_minute: "requests",
  tokens_per_minute: "tokens",
  input_tokens_per_minute: "input_tokens",
  input_tokens_per_minute_cache_aware: "input_tokens",
  output_tokens_per_minute: "output_tokens",
  fast_itpmca: "fast_input_tokens",
  fast_otpm: "fast_output_tokens"
}

/** The pools of the limiter, by the types of groups. */
const pools: { readonly [type: string]: string } = {
  batch: "batches",
  token_count: "count_tokens",
  files: "files",
  skills: "skills"
}

const poolsOf = ({ group, models }: RateLimit | WorkspaceRateLimit): ReadonlyArray<string> => {
  if (group.type === "model_group") return [...new Set((models ?? []).map((model) => `messages:${modelClass(model)}`))]
  const pool = pools[group.type]
  return pool === undefined ? [] : [pool]
}

/**
 * Returns rate limits in the form that `RateLimit.layer` and runs take. Of two limits of one window the lower one is used,
 * so those of a workspace can be passed together with those of its organization.
 *
 * @category getters
 * @since 0.1.0
 */
export const limitsOf = (rateLimits: Iterable<RateLimit | WorkspaceRateLimit>): Limits => {
  const found = new Map<string, Map<string, number>>()
  let queuedBatchRequests: number | undefined
  for (const rateLimit of rateLimits) {
    for (const { type, value } of rateLimit.limits) {
      if (type === "enqueued_batch_requests") queuedBatchRequests = Math.min(value, queuedBatchRequests ?? value)
      const window = windows[type]
      if (window === undefined) continue
      for (const pool of poolsOf(rateLimit)) {
        const limits = found.get(pool) ?? new Map<string, number>()
        found.set(pool, limits.set(window, Math.min(value, limits.get(window) ?? value)))
      }
    }
  }
  return {
    pools: Object.fromEntries([...found].map(([pool, limits]) => [pool, Object.fromEntries(limits)])),
    queuedBatchRequests
  }
}

/**
 * The limits of the organization, for `RateLimit.layer` and for the option `window` of runs. The separate limits of
 * workspaces are not included.
 *
 * @example
 * import * as BatchRequest from "effect-anthropic/BatchRequest"
 * import * as BatchRun from "effect-anthropic/BatchRun"
 * import * as Messages from "effect-anthropic/Messages"
 * import * as Organization from "effect-anthropic/Organization"
 * import * as RateLimit from "effect-anthropic/RateLimit"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const program = Effect.gen(function*() {
 *   const limits = yield* Organization.limits
 *   const run = BatchRun.run(["Lyon", "Turin"], {
 *     window: limits,
 *     request: (city) =>
 *       BatchRequest.make(city, { model: "claude-haiku-5-5", max_tokens: 200, messages: [Messages.user(city)] })
 *   })
 *   yield* Stream.runDrain(run).pipe(Effect.provide(RateLimit.layer({ limits })))
 * })
 *
 * @category operations
 * @since 0.1.0
 */
export const limits: Effect.Effect<Limits, ListError, HttpClient.HttpClient> = Effect.map(
  Stream.runCollect(
    streamAsAdmin(
      Endpoint.list<RateLimit>({
        name: "Organization.rateLimits",
        path: ["organizations", "rate_limits"],
        envelope: "cursor",
        item: RateLimit
      }).list()
    )
  ),
  limitsOf
)
