// What a program with telemetry tells: its spans, its metrics and its log lines.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as RateLimit from "effect-anthropic/RateLimit"
import * as Telemetry from "effect-anthropic/Telemetry"
import { AnthropicEmulator } from "effect-anthropic/testing"

export const key = "sk-ant-api03-canary-0123456789"

/** The metrics of a registry as lines. Effect's own are left out. */
export const metricsOf = Effect.fnUntraced(function* (registry: typeof Metric.MetricRegistry.Service) {
  const states = yield* Effect.provideService(Metric.snapshot, Metric.MetricRegistry, registry)
  return states
    .filter(({ id }) => !id.startsWith("effect_fiber"))
    .map(({ attributes, id, state }) => {
      const labels = Object.entries(attributes ?? {}).map(([name, value]) => `${name}=${value}`)
      const count = "count" in state ? state.count : "value" in state ? state.value : undefined
      const sum = "sum" in state ? ` sum ${state.sum}` : ""
      return `${id}{${labels.sort().join(",")}} ${count}${sum}`
    })
    .sort()
})

/** Runs an effect and tells its spans, metrics and log lines. Effect's own and those of the HTTP client are left out. */
export const recorded = Effect.fnUntraced(function* <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  options: Telemetry.Options & { readonly emulator?: AnthropicEmulator.Options; readonly limits?: boolean } = {}
) {
  const spans: Array<Tracer.NativeSpan> = []
  const lines: Array<string> = []
  const tracer = Tracer.make({
    span: (made) => {
      const span = new Tracer.NativeSpan(made)
      spans.push(span)
      return span
    }
  })
  const logger = Logger.make(({ logLevel, message }) => {
    lines.push(`${logLevel} ${String(message)}`)
  })
  const client = options.limits === true ? RateLimit.layer() : Layer.empty
  const layer = client.pipe(
    Layer.provideMerge(AnthropicEmulator.layer(options.emulator)),
    Layer.merge(Telemetry.layer(options)),
    Layer.provideMerge(Anthropic.layer({ apiKey: key }))
  )
  const registry = new Map()
  const exit = yield* Effect.exit(effect).pipe(
    Effect.tap(() => Effect.yieldNow),
    Effect.provide(layer),
    Effect.withTracer(tracer),
    Effect.provide(Logger.layer([logger])),
    Effect.provideService(References.MinimumLogLevel, "Debug"),
    Effect.provideService(Metric.MetricRegistry, registry)
  )
  const metrics = yield* metricsOf(registry)
  const told = spans
    .filter(({ name }) => !/^(?:GET|POST|DELETE) /.test(name))
    .map(({ attributes, events, name }) => ({ name, attributes: Object.fromEntries(attributes), events }))
  return { exit, lines, metrics, spans: told, all: spans }
})
