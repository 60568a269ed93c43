// Traces of a program by OpenTelemetry: they are sent to a small server in place of a collector, and printed as a tree.
// Effect exports them. The module Telemetry adds the attributes of the conventions for generative AI.
import { createServer } from "node:http"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Otlp from "effect/observability/Otlp"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Batches from "effect-anthropic/Batches"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as Messages from "effect-anthropic/Messages"
import * as Models from "effect-anthropic/Models"
import * as Telemetry from "effect-anthropic/Telemetry"
import { run } from "./support/example.ts"

const Value = Schema.Record(Schema.String, Schema.Unknown)

const Span = Schema.Struct({
  name: Schema.String,
  spanId: Schema.String,
  parentSpanId: Schema.optionalKey(Schema.String),
  startTimeUnixNano: Schema.String,
  endTimeUnixNano: Schema.String,
  attributes: Schema.Array(Schema.Struct({ key: Schema.String, value: Value }))
})

type Span = typeof Span.Type

const Traces = Schema.fromJsonString(
  Schema.Struct({
    resourceSpans: Schema.Array(
      Schema.Struct({ scopeSpans: Schema.Array(Schema.Struct({ spans: Schema.Array(Span) })) })
    )
  })
)

/** A server that accepts the requests of a collector, and keeps the spans. */
const collector = Effect.acquireRelease(
  Effect.callback<{ readonly url: string; readonly spans: Array<Span>; readonly close: () => void }>((resume) => {
    const spans: Array<Span> = []
    const server = createServer((request, response) => {
      let text = ""
      request.setEncoding("utf8")
      request.on("data", (chunk: string) => {
        text += chunk
      })
      request.on("end", () => {
        if (request.url === "/v1/traces") {
          const { resourceSpans } = Schema.decodeUnknownSync(Traces)(text)
          spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)))
        }
        response.setHeader("content-type", "application/json").end("{}")
      })
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      const close = () => {
        server.close()
        server.closeAllConnections()
      }
      resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, spans, close }))
    })
  }),
  ({ close }) => Effect.sync(close)
)

/** The value of an attribute, which OTLP wraps in its type. */
const textOf = (value: typeof Value.Type): string => {
  const { arrayValue } = value
  if (Predicate.hasProperty(arrayValue, "values") && Array.isArray(arrayValue.values)) {
    return `[${arrayValue.values.map(textOf).join(", ")}]`
  }
  return Object.values(value)
    .map((one) => JSON.stringify(one))
    .join()
}

const shown =
  /^(?:gen_ai\.(?:request\.model|response\.model|usage\.\w+|response\.finish_reasons)|anthropic\.(?:request\.id|message\.batch\.id))$/

/** The lines of a tree of spans, children below their parent in the order of time. */
const linesOf = (spans: ReadonlyArray<Span>, parent: string | undefined, depth: number): ReadonlyArray<string> =>
  spans
    .filter(({ parentSpanId }) => (parentSpanId || undefined) === parent)
    .sort((a, b) => (BigInt(a.startTimeUnixNano) < BigInt(b.startTimeUnixNano) ? -1 : 1))
    .flatMap((span) => {
      const indent = "  ".repeat(depth)
      const millis = Duration.toMillis(Duration.nanos(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)))
      const attributes = span.attributes
        .filter(({ key }) => shown.test(key))
        .map(({ key, value }) => `${indent}    ${key} = ${textOf(value)}`)
      return [
        `${indent}${span.name} (${millis.toFixed(1)} ms)`,
        ...attributes,
        ...linesOf(spans, span.spanId, depth + 1)
      ]
    })

const traced = Effect.gen(function* () {
  const model = yield* Models.retrieve("claude-haiku-5-5")
  const params = { model: model.id, max_tokens: 200, messages: [Messages.user("One sentence about Lyon.")] }
  yield* Messages.create(params)
  yield* Stream.runDrain(Messages.stream(params))
  const batch = yield* Batches.create(["Turin", "Ghent"].map((city) => BatchRequest.make(city, params)))
  yield* Stream.runDrain(Batches.results(yield* Batches.waitUntilEnded(batch)))
}).pipe(Effect.withSpan("write about a city"))

const program = Effect.gen(function* () {
  const { spans, url } = yield* collector
  const exporter = Otlp.layerJson({ baseUrl: url, resource: { serviceName: "tracing-example" } }).pipe(
    Layer.provide(FetchHttpClient.layer)
  )
  // The exporter sends what it has when its layer is closed.
  yield* Effect.provide(traced, Layer.merge(Telemetry.layer(), exporter))
  yield* Console.log(linesOf(spans, undefined, 0).join("\n"))
  yield* Console.log("\nTokens and cost of direct answers and of the answers of the batch")
  const counted = (yield* Metric.snapshot).filter(({ id }) => /^effect_anthropic_(?:tokens|cost_usd)$/.test(id))
  yield* Effect.forEach(counted, ({ attributes, id, state }) =>
    Console.log(`  ${id} ${JSON.stringify(attributes)} ${"count" in state ? state.count : ""}`)
  )
}).pipe(Effect.scoped)

run(program, {
  cost: "It asks for four short answers, two of them in a batch, which may take an hour.",
  emulator: { plan: { endsAfter: "100 millis" } }
})
