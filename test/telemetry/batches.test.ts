// What the module Telemetry counts of answers that came from batches: each once, at the price of batches, however it is read.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Batches from "effect-anthropic/Batches"
import * as BatchRun from "effect-anthropic/BatchRun"
import * as BatchWorkflow from "effect-anthropic/BatchWorkflow"
import * as Journal from "effect-anthropic/Journal"
import * as Messages from "effect-anthropic/Messages"
import * as Pool from "effect-anthropic/Pool"
import * as Telemetry from "effect-anthropic/Telemetry"
import type { AnthropicEmulator } from "effect-anthropic/testing"
import { askAll, namesOf, onServer } from "../pool/support.ts"
import { atCreate, creates, Emulator, itemsOf, requestOf, tags } from "../run/support/world.ts"
import { atResults, Fault, request, script, wireMessage } from "../support/batches.ts"
import { onVirtualTime } from "../support/fakeClient.ts"
import { batch } from "../support/fixtures.ts"
import { metricsOf, recorded } from "../support/recorded.ts"
import { live, memorySink, Runs } from "../workflow/support/world.ts"

const usage = {
  input_tokens: 100,
  output_tokens: 50,
  cache_read_input_tokens: 1_000,
  cache_creation_input_tokens: 300,
  cache_creation: { ephemeral_5m_input_tokens: 200, ephemeral_1h_input_tokens: 100 },
  output_tokens_details: { thinking_tokens: 20 }
}

/** Every answer, direct or in a batch, has this usage. */
const answering: AnthropicEmulator.Options = {
  answer: () => ({ usage }),
  outcome: () => ({ type: "succeeded", message: { usage } })
}

/** The lines of metrics that tell tokens and cost. */
const paid = (metrics: ReadonlyArray<string>): ReadonlyArray<string> =>
  metrics.filter((line) => /^effect_anthropic_(?:tokens|cost|unpriced)|token\.usage/.test(line))

/** The lines for so many answers of Haiku 5.5 with `usage`. */
const answersOf = (count: number) => {
  const labels =
    "anthropic.via=batch,gen_ai.operation.name=chat,gen_ai.provider.name=anthropic," +
    "gen_ai.request.model=claude-haiku-5-5,gen_ai.response.model=claude-haiku-5-5"
  const tokens = (name: string, each: number) =>
    `effect_anthropic_tokens{class=${name},model=claude-haiku-5-5,via=batch} ${each * count}`
  return [
    tokens("cache_read", 1_000),
    tokens("cache_write_1h", 100),
    tokens("cache_write_5m", 200),
    tokens("input", 100),
    tokens("output", 30),
    tokens("thinking", 20),
    `gen_ai.client.token.usage{${labels},gen_ai.token.type=input} ${count} sum ${1_400 * count}`,
    `gen_ai.client.token.usage{${labels},gen_ai.token.type=output} ${count} sum ${50 * count}`
  ]
}

const ended = Effect.fnUntraced(function* (count: number) {
  yield* TestClock.setTime(Date.parse("2026-11-22T00:00:00Z"))
  const { id } = yield* Batches.create(Array.from({ length: count }, (_, index) => request(`r-${index}`)))
  yield* TestClock.adjust("1 day")
  return id
})

/** Runs a program as one process with telemetry of its own, and tells what it counted. */
const counting = <A, E, R>(program: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const registry: typeof Metric.MetricRegistry.Service = new Map()
    yield* program.pipe(
      Effect.provide(Layer.fresh(Telemetry.layer())),
      Effect.provideService(Metric.MetricRegistry, registry)
    )
    return paid(yield* metricsOf(registry))
  })

const withoutCost = (lines: ReadonlyArray<string>) => lines.filter((line) => !line.includes("cost_usd"))

describe("answers of a batch", () => {
  it.effect("are counted once at the price of batches, though they are read twice", () =>
    Effect.gen(function* () {
      const program = Effect.gen(function* () {
        const id = yield* ended(3)
        yield* Stream.runDrain(Batches.results(id))
        yield* Stream.runDrain(Batches.resultLines(id))
        yield* Messages.create(request("direct").params)
      })
      const { metrics } = yield* recorded(program, { emulator: answering })
      const lines = paid(metrics)
      assert.includeMembers([...lines], answersOf(3))
      const [batch, direct] = ["batch", "direct"].map((via) =>
        Number(lines.find((line) => line.includes(`cost_usd{model=claude-haiku-5-5,via=${via}}`))?.split(" ")[1])
      )
      assert.isAbove(direct ?? 0, 0)
      // Three answers at half the price of a direct one.
      assert.closeTo(batch ?? 0, ((direct ?? 0) * 3) / 2, 1e-12)
    })
  )

  it.effect("are counted when they are read, and the rest at a later read", () =>
    Effect.gen(function* () {
      let before: ReadonlyArray<string> = []
      const registry: typeof Metric.MetricRegistry.Service = new Map()
      const program = Effect.gen(function* () {
        const id = yield* ended(4)
        yield* script({ ...Fault.dribble(400), when: atResults })
        yield* Stream.runDrain(Stream.take(Batches.results(id), 2))
        before = withoutCost(paid(yield* metricsOf(registry)))
        yield* Stream.runDrain(Batches.results(id))
      }).pipe(Effect.provideService(Metric.MetricRegistry, registry))
      yield* recorded(program, { emulator: answering })
      assert.includeMembers(answersOf(2), [...before])
      assert.deepStrictEqual(withoutCost(paid(yield* metricsOf(registry))), answersOf(4))
    })
  )

  it.effect("are counted once where the download is cut and read again", () =>
    Effect.gen(function* () {
      const program = Effect.gen(function* () {
        const id = yield* ended(4)
        yield* script({ ...Fault.endAfterLines(2), when: atResults })
        yield* onVirtualTime(Stream.runDrain(Batches.results(id)))
      })
      const { metrics } = yield* recorded(program, { emulator: answering })
      assert.deepStrictEqual(withoutCost(paid(metrics)), answersOf(4))
    })
  )

  it.effect(
    "that failed, were canceled or expired cost nothing, and a line that cannot be decoded counts nothing",
    () =>
      Effect.gen(function* () {
        const types = ["errored", "canceled", "expired", "succeeded"] as const
        const emulator: AnthropicEmulator.Options = {
          outcome: (_, index) => {
            const type = types[index % 4] ?? "errored"
            return type === "succeeded" ? { type, message: { usage } } : { type }
          }
        }
        const program = Effect.gen(function* () {
          const id = yield* ended(8)
          yield* script({
            ...Fault.lines((lines) => [...lines, { custom_id: "r-0", result: { type: "succeeded" } }]),
            when: atResults
          })
          yield* Stream.runDrain(Batches.resultLines(id))
        })
        const { metrics } = yield* recorded(program, { emulator })
        assert.deepStrictEqual(withoutCost(paid(metrics)), answersOf(2))
      })
  )

  it.effect("of a model without a price are counted as unpriced", () =>
    Effect.gen(function* () {
      const outcome = () => ({ type: "succeeded", message: { model: "claude-unknown-1" } }) as const
      const program = Effect.flatMap(ended(2), (id) => Stream.runDrain(Batches.results(id)))
      const { metrics } = yield* recorded(program, { emulator: { outcome } })
      assert.include(paid(metrics), "effect_anthropic_unpriced_messages{model=claude-unknown-1,via=batch} 2")
      assert.isFalse(metrics.some((line) => line.includes("cost_usd")))
    })
  )
})

describe("answers of a run", () => {
  const run = BatchRun.run(itemsOf(5), { id: "counted", request: requestOf, chunk: { items: 2 } })

  it.live("are counted once, also after a search for a batch whose create was lost", () =>
    Effect.gen(function* () {
      yield* script({ ...Fault.processedThenReset(), when: atCreate })
      const lines = yield* counting(Effect.provide(Stream.runDrain(run), Journal.layerMemory))
      assert.deepStrictEqual(withoutCost(lines), answersOf(5))
    }).pipe(onServer(answering))
  )

  it.live("are not counted again by a process that resumes the run after its end", () =>
    Effect.gen(function* () {
      const first = yield* counting(Stream.runDrain(run))
      assert.deepStrictEqual(withoutCost(first), answersOf(5))
      assert.deepStrictEqual(yield* counting(Stream.runDrain(run)), [])
    }).pipe(Effect.provide(Layer.fresh(Journal.layerMemory)), onServer(answering))
  )

  it.live("of a durable run are counted once", () =>
    Effect.gen(function* () {
      const sink = memorySink()
      const lines = yield* counting(
        BatchWorkflow.run(Runs, { runId: "counted", source: "5", options: { chunk: { items: 2 } } }).pipe(
          Effect.provide(live(sink).pipe(Layer.provideMerge(Layer.fresh(WorkflowEngine.layerMemory))))
        )
      )
      assert.lengthOf(sink.outcomes("counted"), 5)
      assert.deepStrictEqual(withoutCost(lines), answersOf(5))
    }).pipe(onServer(answering))
  )

  it.live("of a durable run that is canceled before they go again are counted once, though they are read twice", () =>
    Effect.gen(function* () {
      const sink = memorySink()
      const layer = live(sink, { retry: { while: ({ _tag }) => _tag === "Incomplete" } })
      const payload = { runId: "counted", source: "5", options: { chunk: { items: 2 }, window: { batches: 1 } } }
      const lines = yield* counting(
        Effect.gen(function* () {
          yield* BatchWorkflow.start(Runs, payload)
          // The second batch is created when the first is settled. What goes again waits for the third.
          while ((yield* creates) < 2) yield* Effect.sleep("1 second")
          yield* BatchWorkflow.cancel(Runs, "counted")
          yield* BatchWorkflow.run(Runs, payload)
        }).pipe(Effect.provide(layer.pipe(Layer.provideMerge(Layer.fresh(WorkflowEngine.layerMemory)))))
      )
      assert.deepStrictEqual(tags(sink.outcomes("counted")), { Incomplete: 2, Canceled: 2, Unsent: 1 })
      const first = (yield* (yield* Emulator).batches).at(-1)
      const requests = yield* (yield* Emulator).requests
      assert.lengthOf(
        requests.filter(({ path }) => path.endsWith(`${first?.id}/results`)),
        2
      )
      assert.deepStrictEqual(withoutCost(lines), answersOf(2))
    }).pipe(
      onServer({
        plan: { endsAfter: "20 minutes" },
        outcome: () => ({ type: "succeeded", message: { usage, stop_reason: "max_tokens" } })
      })
    )
  )
})

describe("answers of a pool", () => {
  it.live("are counted once, as answers of a batch", () =>
    Effect.gen(function* () {
      const program: Effect.Effect<unknown, unknown, HttpClient.HttpClient> = Effect.flatMap(
        Pool.make({ window: "1 second" }),
        (pool) => askAll(pool, namesOf(3))
      ).pipe(Effect.scoped)
      assert.deepStrictEqual(withoutCost(yield* counting(program)), answersOf(3))
    }).pipe(onServer(answering))
  )
})

describe("the memory of counted answers", () => {
  const message = { ...wireMessage("canary"), usage: { input_tokens: 1, output_tokens: 1 } }
  const result = Schema.decodeUnknownSync(Batches.MessageBatchResult)({ type: "succeeded", message })
  const batchOf = (id: string, succeeded: number) =>
    Schema.decodeUnknownSync(Batches.MessageBatch)({
      ...batch,
      id,
      processing_status: "ended",
      request_counts: { processing: 0, succeeded, errored: 0, canceled: 0, expired: 0 }
    })
  const answers = (count: number) => Array.from({ length: count }, (_, index) => ({ custom_id: `r-${index}`, result }))

  /** How many answers are counted of these readings, one after the other. */
  const countedOf = (readings: ReadonlyArray<readonly [id: string, succeeded: number, read: number]>) =>
    Effect.gen(function* () {
      const registry: typeof Metric.MetricRegistry.Service = new Map()
      yield* Effect.gen(function* () {
        const { observe } = yield* Anthropic.Settings
        const watch = observe?.({ name: "Batches.results", kind: "idempotent", path: ["messages", "batches"] })
        for (const [id, succeeded, read] of readings) {
          yield* watch?.results(batchOf(id, succeeded), answers(read)) ?? Effect.die("nobody watches")
        }
      }).pipe(Effect.provide(Layer.fresh(Telemetry.layer())), Effect.provideService(Metric.MetricRegistry, registry))
      const line = (yield* metricsOf(registry)).find((metric) => /tokens\{class=input/.test(metric))
      return Number(line?.split(" ").at(-1))
    })

  it.effect("has batches that were counted completely, and forgets the oldest", () =>
    Effect.gen(function* () {
      const many = Array.from({ length: 1_001 }, (_, index) => [`b-${index}`, 1, 1] as const)
      assert.strictEqual(yield* countedOf([...many, ["b-1000", 1, 1]]), 1_001)
      assert.strictEqual(yield* countedOf([...many, ["b-0", 1, 1]]), 1_002)
    })
  )

  it.effect("has the answers of partly counted batches, and forgets those of the oldest", () =>
    Effect.gen(function* () {
      const read = (id: string, count: number) => [id, 200_000, count] as const
      const counted = yield* countedOf([
        read("a", 120_000),
        read("b", 1),
        read("a", 1),
        // From here on b and a are forgotten.
        read("c", 90_000),
        read("a", 1),
        read("b", 1),
        read("c", 1)
      ])
      assert.strictEqual(counted, 120_000 + 1 + 90_000 + 1 + 1)
    })
  )
})
