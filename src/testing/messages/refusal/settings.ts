// Checks the settings of a request: its length, thinking, sampling, stop sequences. Requests of batches have additional checks.
import * as Predicate from "effect/Predicate"
import {
  maxTokensOf,
  refusesAtEffort,
  refusesFallbackList,
  refusesFast,
  refusesGeo,
  refusesSampling
} from "../../models/refuses.ts"
import { type Check, invalid, oneOf, type Request } from "./model.ts"

const currentVersion = "2026-10-21"

/** Parameters that no request of a batch may have, in addition to `stream`, `speed` and `max_tokens: 0`. */
const refusedInBatches = [
  "fallbacks",
  "thread",
  "store",
  "previous_thread_event_id",
  "cache_hint",
  "context_hint",
  "research_preview_2026_02"
]

function* checkBatch({ context, params }: Request): Check {
  if (context.kind !== "batch") return
  if (params.stream === true) yield invalid("stream: not supported in a batch")
  if (params.speed !== undefined) yield invalid("speed: not supported in a batch")
  const refused = refusedInBatches.find((name) => params[name] !== undefined && params[name] !== null)
  if (refused !== undefined) yield invalid(`${refused}: not supported in a batch`)
  const { billing_policy: billing } = params
  if (Predicate.isReadonlyObject(billing) && billing.bill_to === "user_profile") {
    yield invalid("billing_policy.bill_to: a user profile cannot be billed for a batch")
  }
}

function* checkMaxTokens({ context, model, params }: Request): Check {
  const { max_tokens: maxTokens } = params
  if (context.kind === "count") return
  if (maxTokens === undefined) return yield invalid("max_tokens: Field required")
  if (typeof maxTokens !== "number") return yield invalid("max_tokens: Input should be a valid integer")
  if (!Number.isInteger(maxTokens)) {
    return yield invalid("max_tokens: Input should be a valid integer, got a number with a fractional part")
  }
  const least = context.kind === "batch" ? 1 : 0
  if (maxTokens < least) return yield invalid(`max_tokens: Input should be greater than or equal to ${least}`)
  const most = maxTokensOf(model, context.kind === "batch" && context.betas.includes("output-300k-2026-03-24"))
  if (maxTokens > most) yield invalid(`max_tokens: ${maxTokens} > ${most}, the maximum of ${model.id}`)
}

function* checkSampling({ context, model, params }: Request): Check {
  const given = ["temperature", "top_p", "top_k"].filter((name) => params[name] !== undefined)
  const refused =
    context.version === currentVersion
      ? given[0]
      : refusesSampling(model)
        ? given.find((name) => name !== "temperature" || params.temperature !== 1)
        : undefined
  if (refused !== undefined) yield invalid(`${refused}: Extra inputs are not permitted`)
}

const thinkingTypes = ["adaptive", "enabled", "disabled", "between_tools"] as const

const isThinkingType = (type: unknown): type is (typeof thinkingTypes)[number] =>
  thinkingTypes.some((known) => known === type)

function* checkThinking({ context, model, params }: Request): Check {
  const { thinking } = params
  if (thinking === undefined || thinking === null) return
  if (!Predicate.isReadonlyObject(thinking)) return yield invalid("thinking: Input should be an object")
  const { budget_tokens: budget, type } = thinking
  if (!isThinkingType(type)) {
    return yield invalid(
      `thinking: Input tag '${String(type)}' found using 'type' does not match any of the expected tags: ${oneOf(thinkingTypes)}`
    )
  }
  if (model.capabilities?.thinking?.types?.[type]?.supported === false) {
    yield invalid(`thinking.type: '${type}' is not supported by ${model.id}`)
  }
  const effort = Predicate.isReadonlyObject(params.output_config) ? params.output_config.effort : undefined
  if (refusesAtEffort(model, type, effort)) {
    yield invalid(`thinking.type: '${type}' is not supported by ${model.id} at effort '${String(effort)}'`)
  }
  if (type !== "enabled") return
  if (typeof budget !== "number" || !Number.isInteger(budget)) {
    return yield invalid("thinking.enabled.budget_tokens: Input should be a valid integer")
  }
  if (budget < 1024) yield invalid("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
  const isBounded = context.kind !== "count" && !context.betas.includes("interleaved-thinking-2025-05-14")
  if (isBounded && typeof params.max_tokens === "number" && params.max_tokens <= budget) {
    yield invalid("`max_tokens` must be greater than `thinking.budget_tokens`")
  }
}

function* checkStopSequences({ params }: Request): Check {
  const { stop_sequences: sequences } = params
  if (sequences === undefined || sequences === null) return
  if (!Array.isArray(sequences)) return yield invalid("stop_sequences: Input should be a valid list")
  for (const [index, sequence] of sequences.entries()) {
    if (typeof sequence !== "string") yield invalid(`stop_sequences.${index}: Input should be a valid string`)
    else if (sequence.trim() === "") yield invalid("stop_sequences: each stop sequence must contain non-whitespace")
  }
}

function* checkPlace({ model, params }: Request): Check {
  if (params.stream !== undefined && typeof params.stream !== "boolean") {
    yield invalid("stream: Input should be a valid boolean")
  }
  if (params.speed === "fast" && refusesFast(model)) yield invalid(`speed: 'fast' is not supported by ${model.id}`)
  if (Array.isArray(params.fallbacks) && refusesFallbackList(model)) {
    yield invalid(`fallbacks: a list is not supported by ${model.id}`)
  }
  if (typeof params.inference_geo === "string" && refusesGeo(model)) {
    yield invalid(`inference_geo: not supported by ${model.id}`)
  }
}

export function* checkSettings(request: Request): Check {
  yield* checkBatch(request)
  yield* checkMaxTokens(request)
  yield* checkSampling(request)
  yield* checkThinking(request)
  yield* checkStopSequences(request)
  yield* checkPlace(request)
}
