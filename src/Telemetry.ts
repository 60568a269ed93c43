/**
 * Spans, metrics and log lines by the OpenTelemetry conventions for generative AI (`gen_ai.…`), and also with the names of
 * the official SDK.
 *
 * The spans of operations exist without this module. It adds attributes and events to them. They contain prompts and answers
 * only with the option `content`, and never a credential. Provide an exporter, for example of `effect/observability`.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Anthropic from "./Anthropic.ts"
import { Changes } from "./settings/inForce.ts"
import { responseAttributes } from "./telemetry/attributes.ts"
import { makeBatchUsage } from "./telemetry/batchUsage.ts"
import { makeWatch } from "./telemetry/watch.ts"

/**
 * Options of `layer`.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /** Whether spans contain prompts and answers. They may hold personal data. Default: false. */
  readonly content?: boolean | undefined
  /** The most bytes of each attribute with content. Longer content is cut. Default: 65 536. */
  readonly maxContentBytes?: number | undefined
}

const annotateResponse = (response: Anthropic.ResponseInfo): Effect.Effect<void> =>
  Effect.map(
    Effect.option(Effect.currentSpan),
    Option.match({
      onNone: () => {},
      onSome: (span) => {
        for (const [name, value] of Object.entries(responseAttributes(response))) span.attribute(name, value)
      }
    })
  )

/**
 * Watches every call that runs with the layer, also those of a client that carries settings.
 *
 * - The span of the operation has the model that was asked and the one that answered, tokens by class, and the stop reason.
 *   It also has the request id, and the id and counts of a batch. Retries are its events. The span of a stream is updated
 *   while the stream runs.
 * - Metrics count calls, errors by tag, retries, tokens, cost in USD by the price book, and waits for a limiter. The metrics
 *   of runs (`effect_anthropic_run_…`) are kept without this layer, too.
 * - Answers of batches are counted when they are read, each once, at the price of batches. The label `via` is then `batch`.
 * - Retries and waits are logged at the level Debug.
 *
 * @example
 * import * as Telemetry from "effect-anthropic/Telemetry"
 * import * as FetchHttpClient from "effect/http/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 * import * as Otlp from "effect/observability/Otlp"
 *
 * const exporter = Otlp.layerJson({ baseUrl: "http://localhost:4318", resource: { serviceName: "translator" } }).pipe(
 *   Layer.provide(FetchHttpClient.layer)
 * )
 * const telemetry = Layer.merge(Telemetry.layer(), exporter)
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options = {}): Layer.Layer<never> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const maxContentBytes = options.content === true ? (options.maxContentBytes ?? 65_536) : undefined
      const countResults = makeBatchUsage()
      const observe: Anthropic.Observe = (call) => makeWatch(call, { maxContentBytes, countResults })
      const settings = yield* Anthropic.Settings
      const changes = yield* Changes
      const outer = yield* Anthropic.OnResponse
      return Context.make(Anthropic.Settings, { ...settings, observe }).pipe(
        Context.add(Changes, [...changes, { observe }]),
        Context.add(Anthropic.OnResponse, (response) => Effect.andThen(annotateResponse(response), outer(response)))
      )
    })
  )
