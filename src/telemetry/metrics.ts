// The metrics of calls. Those named `gen_ai.…` are of the OpenTelemetry conventions.
// The metrics of runs are kept by the runs themselves.
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

const tokens = Metric.counter("effect_anthropic_tokens", {
  description: "Tokens of messages that were answered directly, by model and class",
  incremental: true
})

const cost = Metric.counter("effect_anthropic_cost_usd", {
  description: "What messages that were answered directly cost by the price book, in USD, by model",
  incremental: true
})

const unpriced = Metric.counter("effect_anthropic_unpriced_messages", {
  description: "Messages that the price book has no price for, by model",
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

const usage = Metric.histogram("gen_ai.client.token.usage", {
  description: "Tokens of a message, by direction",
  boundaries: [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864]
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

/** `classes` are exclusive: their sum is what was used. */
export const countTokens = (
  model: string,
  classes: { readonly [tokenClass: string]: number },
  attributes: Attributes,
  totals: { readonly input: number; readonly output: number }
): Effect.Effect<void> =>
  Effect.all(
    [
      ...Object.entries(classes)
        .filter(([, count]) => count > 0)
        .map(([tokenClass, count]) =>
          Metric.update(Metric.withAttributes(tokens, { model, class: tokenClass }), count)
        ),
      ...Object.entries(totals).map(([direction, count]) =>
        Metric.update(Metric.withAttributes(usage, { ...attributes, "gen_ai.token.type": direction }), count)
      )
    ],
    { discard: true }
  )

/** `usd` is undefined where the price book has no price. */
export const countCost = (model: string, usd: number | undefined): Effect.Effect<void> =>
  usd === undefined
    ? Metric.update(Metric.withAttributes(unpriced, { model }), 1)
    : Metric.update(Metric.withAttributes(cost, { model }), usd)
