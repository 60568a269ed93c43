// What the module Telemetry tells: spans and metrics against a recorded list, and nothing of a prompt, an answer or a key.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Batches from "effect-anthropic/Batches"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as Endpoint from "effect-anthropic/Endpoint"
import * as FileSource from "effect-anthropic/FileSource"
import * as Files from "effect-anthropic/Files"
import * as Messages from "effect-anthropic/Messages"
import * as Models from "effect-anthropic/Models"
import * as Telemetry from "effect-anthropic/Telemetry"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { wireMessage } from "./support/batches.ts"
import { Fault, script } from "./support/emulator.ts"
import { everythingSaid } from "./support/everythingSaid.ts"
import { answering, json, onVirtualTime } from "./support/fakeClient.ts"
import { key, recorded } from "./support/recorded.ts"

const params = {
  model: "claude-opus-5-5",
  max_tokens: 64,
  system: "canary of the system",
  messages: [Messages.user("canary of the prompt")]
}

const answered = {
  "http.response.status_code": 200,
  "anthropic.request.id": "req_000001",
  "anthropic.organization.id": "b1a0c5de-0000-4000-8000-000000000001",
  "anthropic.workspace.id": "wrkspc_000000000000000000000001"
}

describe("the span of a message", () => {
  it.effect("has exactly the expected attributes", () =>
    Effect.gen(function* () {
      const { metrics, spans } = yield* recorded(
        Messages.create({
          ...params,
          service_tier: "auto",
          thinking: { type: "adaptive" },
          output_config: { effort: "high" }
        })
      )
      assert.deepStrictEqual(spans, [
        {
          name: "Messages.create",
          events: [],
          attributes: {
            "gen_ai.provider.name": "anthropic",
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "claude-opus-5-5",
            "gen_ai.request.max_tokens": 64,
            "gen_ai.request.reasoning.level": "high",
            "anthropic.request.service_tier": "auto",
            "anthropic.thinking.type": "adaptive",
            ...answered,
            "gen_ai.response.id": spans[0]?.attributes["gen_ai.response.id"],
            "gen_ai.response.model": "claude-opus-5-5",
            "gen_ai.response.finish_reasons": ["end_turn"],
            "anthropic.message.stop_reason": "end_turn",
            "gen_ai.usage.input_tokens": 10,
            "gen_ai.usage.output_tokens": 5,
            "gen_ai.usage.cache_read.input_tokens": 0,
            "gen_ai.usage.cache_write.input_tokens": 0,
            "anthropic.usage.cache_creation.ephemeral_5m_input_tokens": 0,
            "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 0,
            "anthropic.response.service_tier": "standard"
          }
        }
      ])
      assert.lengthOf(metrics, 7)
    })
  )

  it.effect("has no attributes that the answer lacks, and has the requested thinking and format", () =>
    Effect.gen(function* () {
      const broken = Stream.concat(Stream.make(new Uint8Array(100_000)), Stream.fail("the disk"))
      const fake = answering(json({ ...wireMessage("canary"), usage: { input_tokens: 3, output_tokens: 2 } }))
      const { metrics, spans } = yield* recorded(
        Effect.andThen(
          Effect.provide(
            Messages.create({
              ...params,
              model: "claude-haiku-4-5-20251001",
              thinking: { type: "enabled", budget_tokens: 1_024 },
              max_tokens: 2_048,
              output_config: { format: { type: "json_schema", schema: { type: "object" } } }
            }),
            fake.layer
          ),
          Effect.exit(Files.upload(FileSource.fromStreamOnce(broken, { name: "a.txt" })))
        )
      )
      const [message, upload] = spans
      assert.deepInclude(message?.attributes, {
        "gen_ai.output.type": "json",
        "anthropic.thinking.type": "enabled",
        "anthropic.thinking.budget_tokens": 1_024,
        "gen_ai.usage.input_tokens": 3
      })
      assert.notProperty(message?.attributes, "gen_ai.usage.cache_read.input_tokens")
      assert.include(metrics, "effect_anthropic_tokens{class=input,model=claude-haiku-5-5,via=direct} 3")
      assert.isFalse(metrics.some((line) => line.includes("class=cache")))
      // An error of the caller's own, which has no tag.
      assert.deepInclude(upload?.attributes, { "error.type": "_OTHER" })
    })
  )

  it.effect("of a stream has the time to its first event, and lasts until the last", () =>
    Effect.gen(function* () {
      const { spans, all } = yield* recorded(
        Effect.gen(function* () {
          const fiber = yield* Effect.forkChild(Stream.runDrain(Messages.stream(params)))
          yield* TestClock.adjust("1 minute")
          yield* Fiber.join(fiber)
        }),
        { emulator: { pace: "500 millis" } }
      )
      const [span] = spans
      assert.deepInclude(span?.attributes, {
        ...answered,
        "gen_ai.request.stream": true,
        "gen_ai.response.time_to_first_chunk": 0.5,
        "gen_ai.response.finish_reasons": ["end_turn"],
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 5
      })
      const status = all.find(({ name }) => name === "Messages.stream")?.status
      assert.strictEqual(status?._tag, "Ended")
      if (status?._tag === "Ended") assert.isAbove(Number(status.endTime - status.startTime), 3_000_000_000)
    })
  )

  it.effect("of a stream that breaks off has the attributes that came, and the error", () =>
    Effect.gen(function* () {
      const { metrics, spans } = yield* recorded(
        Effect.gen(function* () {
          yield* script(Fault.cutAfterEvents(3, "reset"))
          yield* Effect.flip(Stream.runDrain(Messages.stream(params)))
        })
      )
      assert.deepInclude(spans[0]?.attributes, {
        "error.type": "MessageInterruptedError",
        "gen_ai.response.model": "claude-opus-5-5",
        "gen_ai.usage.input_tokens": 10
      })
      assert.include(metrics, "effect_anthropic_errors{error.type=MessageInterruptedError,operation=Messages.stream} 1")
      assert.isFalse(metrics.some((line) => line.startsWith("effect_anthropic_tokens")))
    })
  )

  it.effect("of a stream that its reader leaves has no error", () =>
    Effect.gen(function* () {
      const { metrics, spans } = yield* recorded(Stream.runDrain(Stream.take(Messages.stream(params), 1)))
      assert.notProperty(spans[0]?.attributes, "error.type")
      assert.isFalse(metrics.some((line) => line.startsWith("effect_anthropic_errors")))
    })
  )

  it.effect("of a stream that is interrupted between events has no error", () =>
    Effect.gen(function* () {
      const { metrics, spans } = yield* recorded(
        Effect.gen(function* () {
          const fiber = yield* Effect.forkChild(Stream.runDrain(Messages.stream(params)))
          yield* TestClock.adjust("700 millis")
          yield* Fiber.interrupt(fiber)
        }),
        { emulator: { pace: "500 millis" } }
      )
      assert.strictEqual(spans[0]?.attributes["gen_ai.response.model"], "claude-opus-5-5")
      assert.notProperty(spans[0]?.attributes, "error.type")
      assert.isFalse(metrics.some((line) => line.startsWith("effect_anthropic_errors")))
    })
  )

  it.effect("has retries as events, which are counted and logged at Debug", () =>
    Effect.gen(function* () {
      const { lines, metrics, spans } = yield* recorded(
        Effect.gen(function* () {
          yield* script({ ...Fault.status(529), times: 1 })
          yield* script(Fault.resetBeforeHeaders())
          return yield* onVirtualTime(Messages.create(params))
        })
      )
      const [span] = spans
      assert.deepInclude(span?.attributes, { "http.request.resend_count": 2, "http.response.status_code": 200 })
      assert.deepStrictEqual(
        span?.events.map(([name, at, attributes]) => [name, Number(at) / 1e6, attributes]),
        [
          ["anthropic.retry", 0, { "error.type": "OverloadedError", "anthropic.retry.delay_ms": 500, attempt: 1 }],
          ["anthropic.retry", 500, { "error.type": "ConnectionError", "anthropic.retry.delay_ms": 1000, attempt: 2 }]
        ]
      )
      assert.deepStrictEqual(lines, [
        "Debug Messages.create: attempt 1 failed (OverloadedError), the next one is in 500 ms",
        "Debug Messages.create: attempt 2 failed (ConnectionError), the next one is in 1000 ms"
      ])
      assert.includeMembers(metrics, [
        "effect_anthropic_calls{operation=Messages.create,outcome=succeeded} 1",
        "effect_anthropic_retries{error.type=ConnectionError,operation=Messages.create} 1",
        "effect_anthropic_retries{error.type=OverloadedError,operation=Messages.create} 1"
      ])
    })
  )

  it.effect("has the time of waiting for the limiter, which is counted and logged at Debug", () =>
    Effect.gen(function* () {
      const { lines, metrics, spans } = yield* recorded(
        Effect.gen(function* () {
          yield* script({ ...Fault.status(429, { headers: { "retry-after": "20" } }), when: { path: "/v1/models" } })
          const first = Models.retrieve("claude-opus-5-5").pipe(Anthropic.withSettings({ retry: { maxRetries: 0 } }))
          yield* Effect.flip(first)
          return yield* onVirtualTime(Models.retrieve("claude-opus-5-5"))
        }),
        { limits: true }
      )
      assert.deepInclude(spans[0]?.attributes, {
        "error.type": "RateLimitError",
        "anthropic.model.id": "claude-opus-5-5"
      })
      assert.strictEqual(spans[1]?.attributes["anthropic.queue.wait_ms"], 20_000)
      assert.deepStrictEqual(lines, ["Debug Models.retrieve: waited 20000 ms for the limiter"])
      assert.include(metrics, "effect_anthropic_queue_wait_seconds{operation=Models.retrieve} 1 sum 20")
    })
  )

  it.effect("of a call that is interrupted while it waits has no error", () =>
    Effect.gen(function* () {
      const { metrics, spans } = yield* recorded(
        Effect.gen(function* () {
          yield* script(Fault.stallBeforeHeaders())
          const fiber = yield* Effect.forkChild(Messages.create(params))
          yield* TestClock.adjust("1 second")
          yield* Fiber.interrupt(fiber)
        })
      )
      assert.notProperty(spans[0]?.attributes, "error.type")
      assert.deepStrictEqual(metrics, [])
    })
  )
})

describe("the span of a batch", () => {
  const request = BatchRequest.make("canary-id", { ...params, model: "claude-haiku-5-5" })

  it.effect("has its id and counts", () =>
    Effect.gen(function* () {
      const { exit, metrics, spans } = yield* recorded(
        Effect.gen(function* () {
          const { id } = yield* Batches.create([request])
          yield* TestClock.adjust("1 hour")
          yield* Batches.retrieve(id)
          yield* Stream.runDrain(Batches.results(id))
          return id
        })
      )
      const id = Exit.isSuccess(exit) ? exit.value : ""
      const [created, retrieved, results] = spans
      assert.deepStrictEqual(created?.attributes, {
        "gen_ai.provider.name": "anthropic",
        ...answered,
        "anthropic.message.batch.id": id,
        "anthropic.message.batch.processing_status": "in_progress",
        "anthropic.message.batch.request_counts.processing": 1,
        "anthropic.message.batch.request_counts.succeeded": 0,
        "anthropic.message.batch.request_counts.errored": 0,
        "anthropic.message.batch.request_counts.canceled": 0,
        "anthropic.message.batch.request_counts.expired": 0
      })
      assert.deepInclude(retrieved?.attributes, {
        "anthropic.message.batch.processing_status": "ended",
        "anthropic.message.batch.request_counts.succeeded": 1
      })
      assert.deepInclude(results?.attributes, { "anthropic.message.batch.id": id, "http.response.status_code": 200 })
      const counted = metrics.filter((line) => line.startsWith("effect_anthropic_calls"))
      assert.deepStrictEqual(counted, [
        "effect_anthropic_calls{operation=Batches.create,outcome=succeeded} 1",
        "effect_anthropic_calls{operation=Batches.results,outcome=succeeded} 1",
        "effect_anthropic_calls{operation=Batches.retrieve,outcome=succeeded} 2"
      ])
    })
  )

  it.effect("whose create has an unknown outcome has the error IndeterminateError, which is counted", () =>
    Effect.gen(function* () {
      const { metrics, spans } = yield* recorded(
        Effect.gen(function* () {
          yield* script(Fault.status(500))
          yield* Effect.flip(Batches.create([request]))
          yield* script(Fault.status(400))
          yield* Effect.flip(Batches.create([request]))
        })
      )
      assert.deepStrictEqual(
        spans.map(({ attributes }) => attributes["error.type"]),
        ["IndeterminateError", "InvalidRequestError"]
      )
      assert.include(metrics, "effect_anthropic_errors{error.type=IndeterminateError,operation=Batches.create} 1")
    })
  )
})

describe("the metrics of messages", () => {
  it.effect("are exactly calls, duration, tokens by class and cost", () =>
    Effect.gen(function* () {
      const usage = {
        input_tokens: 100,
        output_tokens: 50,
        cache_read_input_tokens: 1_000,
        cache_creation_input_tokens: 300,
        cache_creation: { ephemeral_5m_input_tokens: 200, ephemeral_1h_input_tokens: 100 },
        output_tokens_details: { thinking_tokens: 20 }
      }
      const { metrics } = yield* recorded(
        Effect.gen(function* () {
          yield* TestClock.setTime(Date.parse("2026-11-22T00:00:00Z"))
          yield* Messages.create(params)
          yield* Stream.runDrain(Messages.stream(params))
        }),
        { emulator: { answer: () => ({ content: [{ type: "text", text: "canary" }], usage }) } }
      )
      const labels =
        "anthropic.via=direct,gen_ai.operation.name=chat,gen_ai.provider.name=anthropic,gen_ai.request.model=claude-opus-5-5"
      assert.deepStrictEqual(metrics, [
        "effect_anthropic_calls{operation=Messages.create,outcome=succeeded} 1",
        "effect_anthropic_calls{operation=Messages.stream,outcome=succeeded} 1",
        "effect_anthropic_cost_usd{model=claude-opus-5-5,via=direct} 0.0068",
        "effect_anthropic_tokens{class=cache_read,model=claude-opus-5-5,via=direct} 2000",
        "effect_anthropic_tokens{class=cache_write_1h,model=claude-opus-5-5,via=direct} 200",
        "effect_anthropic_tokens{class=cache_write_5m,model=claude-opus-5-5,via=direct} 400",
        "effect_anthropic_tokens{class=input,model=claude-opus-5-5,via=direct} 200",
        "effect_anthropic_tokens{class=output,model=claude-opus-5-5,via=direct} 60",
        "effect_anthropic_tokens{class=thinking,model=claude-opus-5-5,via=direct} 40",
        `gen_ai.client.operation.duration{${labels}} 2 sum 0`,
        `gen_ai.client.token.usage{${labels},gen_ai.response.model=claude-opus-5-5,gen_ai.token.type=input} 2 sum 2800`,
        `gen_ai.client.token.usage{${labels},gen_ai.response.model=claude-opus-5-5,gen_ai.token.type=output} 2 sum 100`
      ])
    })
  )

  it.effect("count messages that the price book has no price for", () =>
    Effect.gen(function* () {
      const models = AnthropicEmulator.models.slice(0, 1).map((model) => ({ ...model, id: "claude-unknown-1" }))
      const unknown = Messages.create({ ...params, model: "claude-unknown-1" })
      const { metrics } = yield* recorded(unknown, { emulator: { models } })
      assert.include(metrics, "effect_anthropic_unpriced_messages{model=claude-unknown-1,via=direct} 1")
    })
  )
})

describe("content", () => {
  const conversation = {
    ...params,
    tools: [{ name: "weather", input_schema: { type: "object" as const } }],
    messages: [
      Messages.user("canary of the prompt"),
      Messages.assistant([
        { type: "thinking", thinking: "canary of a thought", signature: "s" },
        { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "canary" } }
      ]),
      Messages.user([
        { type: "tool_result", tool_use_id: "toolu_1", content: "canary of a tool" },
        { type: "image", source: { type: "base64", media_type: "image/png", data: "Y2FuYXJ5" } }
      ])
    ]
  }

  it.effect("is in no span, metric or log line by default, and neither is the key", () =>
    Effect.gen(function* () {
      const program = Effect.gen(function* () {
        yield* Messages.create(conversation)
        yield* Stream.runDrain(Messages.stream(params))
        yield* script({ ...Fault.status(400, { message: key }) })
        yield* Effect.flip(Messages.create(params))
      })
      const said = yield* everythingSaid(
        program.pipe(
          Effect.provide(
            Layer.merge(Telemetry.layer(), AnthropicEmulator.layer()).pipe(
              Layer.provideMerge(Anthropic.layer({ apiKey: key }))
            )
          )
        )
      )
      assert.isTrue(Exit.isSuccess(said.exit))
      assert.notInclude(said.text, "canary")
      const { lines, metrics } = yield* recorded(program)
      assert.notInclude(JSON.stringify([lines, metrics]), "canary")
    })
  )

  it.effect("is recorded in the form of the OpenTelemetry conventions when it is enabled", () =>
    Effect.gen(function* () {
      const { spans } = yield* recorded(Messages.create(conversation), { content: true })
      const { attributes = {} } = spans[0] ?? {}
      const told = (name: string): unknown => JSON.parse(String(attributes[name]))
      assert.deepStrictEqual(told("gen_ai.system_instructions"), [{ type: "text", content: "canary of the system" }])
      assert.deepStrictEqual(told("gen_ai.input.messages"), [
        { role: "user", parts: [{ type: "text", content: "canary of the prompt" }] },
        {
          role: "assistant",
          parts: [
            { type: "reasoning", content: "canary of a thought" },
            { type: "tool_call", id: "toolu_1", name: "weather", arguments: { city: "canary" } }
          ]
        },
        {
          role: "user",
          parts: [
            { type: "tool_call_response", id: "toolu_1", response: [{ type: "text", content: "canary of a tool" }] },
            { type: "image" }
          ]
        }
      ])
      assert.deepInclude(Object(told("gen_ai.output.messages"))[0], { role: "assistant", finish_reason: "end_turn" })
      assert.notInclude(JSON.stringify(attributes), key)
      assert.notProperty(attributes, "anthropic.content.truncated")
    })
  )

  it.effect("that is long is cut at a whole character", () =>
    Effect.gen(function* () {
      const long = { ...params, messages: [Messages.user("ж".repeat(1_000))] }
      const { spans } = yield* recorded(Stream.runDrain(Messages.stream(long)), { content: true, maxContentBytes: 100 })
      const { attributes = {} } = spans[0] ?? {}
      const text = String(attributes["gen_ai.input.messages"])
      assert.isAtMost(new TextEncoder().encode(text).length, 100)
      assert.match(text, /ж$/)
      assert.isTrue(attributes["anthropic.content.truncated"])
    })
  )

  it.effect("is not recorded when its length may be negative", () =>
    Effect.gen(function* () {
      const { spans } = yield* recorded(Stream.runDrain(Messages.stream(params)), {
        content: true,
        maxContentBytes: -1
      })
      assert.deepInclude(spans[0]?.attributes, { "gen_ai.input.messages": "", "gen_ai.output.messages": "" })
    })
  )

  it.effect("of an unknown form is recorded as its types", () =>
    Effect.gen(function* () {
      const bodies = [
        {
          messages: [
            { role: "user", content: [{}, "text", { type: 5 }, { type: "new" }] },
            { role: 5, content: 5 }
          ]
        },
        {},
        "no object"
      ]
      const { spans } = yield* recorded(
        Effect.forEach([...bodies.map(Endpoint.json), undefined], (body) =>
          Effect.flip(
            Endpoint.request({
              name: "Own.send",
              method: "POST",
              kind: "generating",
              path: ["messages"],
              body,
              response: Schema.Struct({ id: Schema.String })
            })
          )
        ),
        { content: true }
      )
      const told = spans.map(({ attributes }) => attributes["gen_ai.input.messages"])
      assert.deepStrictEqual(told.slice(1), [undefined, undefined, undefined])
      assert.deepStrictEqual(JSON.parse(String(told[0])), [
        {
          role: "user",
          parts: [{ type: "unknown" }, { type: "text", content: "text" }, { type: "unknown" }, { type: "new" }]
        },
        { role: 5, parts: [] }
      ])
    })
  )

  it.effect("is absent for calls that are not messages", () =>
    Effect.gen(function* () {
      const { spans } = yield* recorded(Models.retrieve("claude-opus-5-5"), { content: true })
      assert.deepStrictEqual(
        Object.keys(spans[0]?.attributes ?? {}).filter((name) => /message/.test(name)),
        []
      )
    })
  )
})

describe("the layer", () => {
  it.effect("records calls of a client with settings, and of any endpoint", () =>
    Effect.gen(function* () {
      const Profile = Schema.Struct({ id: Schema.String })
      const { metrics, spans } = yield* recorded(
        Effect.gen(function* () {
          const own = Anthropic.layerClient({ apiKey: "sk-ant-api03-own-01234" })
          yield* Effect.provide(Models.retrieve("claude-opus-5-5"), own)
          const path = ["models", "claude-opus-5-5"]
          yield* Endpoint.request({ name: "Own.retrieve", method: "GET", path, response: Profile })
        })
      )
      assert.lengthOf(spans, 2)
      assert.deepStrictEqual(metrics, [
        "effect_anthropic_calls{operation=Models.retrieve,outcome=succeeded} 1",
        "effect_anthropic_calls{operation=Own.retrieve,outcome=succeeded} 1"
      ])
    })
  )

  it.effect("leaves other observers of responses in place", () =>
    Effect.gen(function* () {
      const { exit } = yield* recorded(Anthropic.withResponse(Models.retrieve("claude-opus-5-5")))
      assert.strictEqual(Exit.isSuccess(exit) ? exit.value.requestId : undefined, "req_000001")
    })
  )

  it.effect("works when tracing is disabled", () =>
    Effect.gen(function* () {
      const layer = Telemetry.layer({ content: true }).pipe(Layer.provideMerge(Anthropic.layer({ apiKey: key })))
      const program = Stream.runDrain(Messages.stream(params)).pipe(
        Effect.provide(layer),
        Effect.provide(AnthropicEmulator.layer())
      )
      assert.isUndefined(yield* program.pipe(Effect.withTracerEnabled(false)))
    })
  )
})
