// The metrics of calls. Those named `gen_ai.…` are of the OpenTelemetry conventions.
// The metrics of runs are kept by the runs themselves.
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"

const calls = Metric.counter("effect_anthropic_calls", {
  description: "Calls of the API that came to an end, by operation and outcome",
  incremental: true
})

const errors = Metric.counter("effect_anthropic_errors", {
  description: "Calls of the API that failed, by operation and tag of the error",
  incremental: true
})

const retries = Metric.counter("effect_anthropic_retries", {
  description: "Attempts after the first, by operation and tag of the error before them",
  incremental: true
})

const queueWait = Metric.histogram("effect_anthropic_queue_wait_seconds", {
  description: "How long calls waited for a limiter, by operation",
  boundaries: [0.01, 0.1, 0.5, 1, 5, 10, 30, 60, 300]
})

const duration = Metric.histogram("gen_ai.client.operation.duration", {
  description: "How long a message took to its end, in seconds",
  boundaries: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
})

interface Attributes {
  readonly [name: string]: string
}

export const countCall = (operation: string, errorType: string | undefined): Effect.Effect<void> => {
  const outcome = errorType === undefined ? "succeeded" : "failed"
  const counted = Metric.update(Metric.withAttributes(calls, { operation, outcome }), 1)
  if (errorType === undefined) return counted
  return Effect.andThen(
    counted,
    Metric.update(Metric.withAttributes(errors, { operation, "error.type": errorType }), 1)
  )
}

export const countRetry = (operation: string, errorType: string): Effect.Effect<void> =>
  Metric.update(Metric.withAttributes(retries, { operation, "error.type": errorType }), 1)

export const countWait = (operation: string, millis: number): Effect.Effect<void> =>
  Metric.update(Metric.withAttributes(queueWait, { operation }), millis / 1000)

export const countDuration = (attributes: Attributes, millis: number): Effect.Effect<void> =>
  Metric.update(Metric.withAttributes(duration, attributes), millis / 1000)

/** How an answer was received: by a direct call, or among the results of a batch. */
export type Via = "direct" | "batch"

/** The labels of the conventions, for an answer of a model. */
export const labelsOf = (via: Via, requestModel: string, responseModel?: string): Attributes => ({
  "gen_ai.provider.name": "anthropic",
  "gen_ai.operation.name": "chat",
  "gen_ai.request.model": requestModel,
  ...(responseModel === undefined ? {} : { "gen_ai.response.model": responseModel }),
  "anthropic.via": via
})

const tokenBoundaries = [
  1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864
]

/** The usage and cost of answers. */
export interface Used {
  /** Tokens by classes that exclude each other. Their sum is the usage. */
  readonly classes: { readonly [tokenClass: string]: number }
  /** The tokens of each answer. */
  readonly answers: ReadonlyArray<{ readonly input: number; readonly output: number }>
  readonly usd: number
  /** How many of the answers have no price in the price book. */
  readonly unpriced: number
}

/**
 * Makes a function that counts the usage of answers of a model. Its metrics are made once: with attributes at each update,
 * an update would cost as much as decoding an answer.
 */
export const makeUsage = (via: Via, requestModel: string, model: string): ((used: Used) => Effect.Effect<void>) => {
  const ofModel = (id: string, description: string, more: Attributes = {}) =>
    Metric.counter(id, { description, incremental: true, attributes: { via, model, ...more } })
  const ofDirection = (direction: string) =>
    Metric.histogram("gen_ai.client.token.usage", {
      description: "Tokens of an answer, by direction",
      boundaries: tokenBoundaries,
      attributes: { ...labelsOf(via, requestModel, model), "gen_ai.token.type": direction }
    })
  const tokens = new Map<string, Metric.Counter<number>>()
  const tokensOf = (tokenClass: string): Metric.Counter<number> => {
    const known = tokens.get(tokenClass)
    if (known !== undefined) return known
    const description = "Tokens of answers, by model and class, and whether they came directly or from a batch"
    const made = ofModel("effect_anthropic_tokens", description, { class: tokenClass })
    tokens.set(tokenClass, made)
    return made
  }
  const cost = ofModel(
    "effect_anthropic_cost_usd",
    "What answers cost by the price book, in USD, by model, and whether they came directly or from a batch"
  )
  const withoutPrice = ofModel(
    "effect_anthropic_unpriced_messages",
    "Answers that the price book has no price for, by model, and whether they came directly or from a batch"
  )
  const input = ofDirection("input")
  const output = ofDirection("output")
  return ({ answers, classes, unpriced, usd }) =>
    Effect.contextWith((context: Context.Context<never>) =>
      Effect.sync(() => {
        for (const [tokenClass, count] of Object.entries(classes)) {
          if (count > 0) tokensOf(tokenClass).updateUnsafe(count, context)
        }
        for (const answer of answers) {
          input.updateUnsafe(answer.input, context)
          output.updateUnsafe(answer.output, context)
        }
        if (usd > 0) cost.updateUnsafe(usd, context)
        if (unpriced > 0) withoutPrice.updateUnsafe(unpriced, context)
      })
    )
}
