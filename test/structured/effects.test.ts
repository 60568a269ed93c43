// Schemas whose decoding has effects: asynchronous steps, steps that need services, and steps that die.
// Every way to ask for an object takes them, and the services show in its type.
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import * as AnthropicLanguageModel from "effect-anthropic/AnthropicLanguageModel"
import * as Batches from "effect-anthropic/Batches"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as BatchRun from "effect-anthropic/BatchRun"
import * as BatchWorkflow from "effect-anthropic/BatchWorkflow"
import * as Messages from "effect-anthropic/Messages"
import * as StructuredOutput from "effect-anthropic/StructuredOutput"
import { message, params } from "../messages/support.ts"
import { collect, itemsOf, onServer, requestOf, tags } from "../run/support/world.ts"
import { onEmulator } from "../support/batches.ts"
import { memorySink, Runs } from "../workflow/support/world.ts"

class Station extends Context.Service<Station, { readonly degrees: number }>()("test/Station") {}

const later = <R>(decode: (text: string) => Effect.Effect<number, never, R>) =>
  Schema.Struct({
    at: Schema.String.pipe(
      Schema.decodeTo(Schema.Number, {
        decode: SchemaGetter.transformEffect(decode),
        encode: SchemaGetter.transform(String)
      })
    )
  })

/** Needs a service, and takes a second. */
const Degrees = later((text) => Effect.map(Effect.delay(Station, "1 second"), ({ degrees }) => degrees + text.length))

/** Takes a second. */
const Length = later((text) => Effect.delay(Effect.succeed(text.length), "1 second"))

const withStation = Effect.provideService(Station, { degrees: 7 })

const answer = (value: unknown) => message([{ type: "text", text: JSON.stringify(value) }])

const wire = answer({ at: "abc" })

const answers = { outcome: () => ({ type: "succeeded", message: JSON.stringify({ at: "abcde" }) }) as const }

const succeeded = (id: string, text: string): Batches.MessageBatchIndividualResponse => ({
  custom_id: id,
  result: { type: "succeeded", message: message([{ type: "text", text }]) }
})

/** Runs an effect to its end while the virtual clock goes on. */
const passing = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

const dying: ReadonlyArray<readonly [what: string, step: Effect.Effect<never>, told: string]> = [
  ["an error", Effect.die(new Error("boom")), "the schema failed: boom"],
  ["a text", Effect.die("odd"), "the schema failed: odd"],
  ["an error, later", Effect.delay(Effect.die(new Error("late")), "1 second"), "the schema failed: late"],
  ["an interruption of its own", Effect.interrupt, "the schema failed: it was interrupted"],
  [
    "an interruption of its own, later",
    Effect.delay(Effect.interrupt, "1 second"),
    "the schema failed: it was interrupted"
  ],
  [
    "a throw",
    Effect.suspend(() => {
      throw new Error("thrown")
    }),
    "the schema failed: thrown"
  ]
]

describe("a schema with effects", () => {
  it.effect("is decoded with the services that it needs by createAs and decode", () =>
    Effect.gen(function* () {
      const { value } = yield* passing(Messages.createAs(params, Degrees))
      assert.strictEqual(value.at, 12)
      assert.strictEqual((yield* passing(StructuredOutput.decode(wire, Degrees))).at, 10)
      assert.strictEqual((yield* passing(StructuredOutput.decode(Degrees)(wire))).at, 10)
    }).pipe(withStation, onEmulator())
  )

  it.effect("is decoded in results of a batch and in joins, in order and several at once", () =>
    Effect.gen(function* () {
      const fit = yield* passing(StructuredOutput.decodeResult(succeeded("a", '{"at":"abc"}'), Degrees))
      assert(fit.type === "succeeded")
      assert.deepStrictEqual(fit.value, { at: 10 })
      const unfit = yield* passing(StructuredOutput.decodeResult(succeeded("a", '{"at":1}'), Degrees))
      assert(unfit.type === "unfit")
      assert.strictEqual(unfit.error._tag, "AnswerMismatchError")
      const items = Array.from({ length: 100 }, (_, index) => `${index}`)
      let running = 0
      let most = 0
      const Counted = later((text) =>
        Effect.gen(function* () {
          running += 1
          most = Math.max(most, running)
          yield* Effect.sleep(text.length % 2 === 0 ? "2 seconds" : "1 second")
          running -= 1
          return (yield* Station).degrees + text.length
        })
      )
      const results = Stream.fromIterable(
        items.map((id) => succeeded(id, JSON.stringify({ at: "x".repeat(Number(id)) })))
      )
      const rows = yield* passing(
        results.pipe(
          Batches.joinAs(items, (item) => item, StructuredOutput.decodeResult(Counted)),
          Stream.runCollect
        )
      )
      assert.deepStrictEqual(
        rows.map((row) => row._tag === "Joined" && row.result.type === "succeeded" && row.result.value.at - 7),
        items.map(Number)
      )
      assert.isAbove(most, 1)
      assert.isAtMost(most, 16)
    }).pipe(withStation)
  )

  it.live("is decoded in a run of batches", () =>
    Effect.gen(function* () {
      const options = { request: requestOf, output: Degrees, inOrder: true } as const
      const all = yield* collect(BatchRun.run(itemsOf(40), { ...options, chunk: { items: 15 } }))
      assert.deepStrictEqual(tags(all), { Succeeded: 40 })
      assert.deepStrictEqual(
        all.map((outcome) => outcome._tag === "Succeeded" && outcome.value.at),
        Array.from({ length: 40 }, () => 12)
      )
    }).pipe(withStation, onServer(answers))
  )

  it.live("is decoded in the direct calls at the end of a run", () =>
    Effect.gen(function* () {
      const all = yield* collect(
        BatchRun.run(itemsOf(2), {
          request: requestOf,
          output: Degrees,
          retry: { finishWith: { below: 3 } }
        })
      )
      assert.deepStrictEqual(
        all.map((outcome) => outcome._tag === "Succeeded" && outcome.value.at),
        [24, 24]
      )
      assert.isTrue(all.every(({ batchId }) => batchId === undefined))
    }).pipe(withStation, onServer({ outcome: () => ({ type: "expired" }) }))
  )

  it.live("is decoded in a durable run", () => {
    const sink = memorySink<{ readonly id: string }, { readonly at: number }>()
    const live = BatchWorkflow.layer(Runs, {
      source: { items: (reference) => Stream.fromIterable(itemsOf(Number(reference))) },
      sink,
      request: requestOf,
      output: Degrees
    })
    expectTypeOf<Layer.Services<typeof live>>().toEqualTypeOf<
      WorkflowEngine.WorkflowEngine | HttpClient.HttpClient | Station
    >()
    return Effect.gen(function* () {
      yield* BatchWorkflow.run(Runs, { runId: "a", source: "5" })
      assert.deepStrictEqual(
        sink.outcomes("a").map((outcome) => outcome._tag === "Succeeded" && outcome.value.at),
        [12, 12, 12, 12, 12]
      )
    }).pipe(
      Effect.provide(
        live.pipe(
          Layer.provide(Layer.succeed(Station, { degrees: 7 })),
          Layer.provideMerge(Layer.fresh(WorkflowEngine.layerMemory))
        )
      ),
      onServer(answers)
    )
  })

  it.effect("is decoded by a language model, direct and pooled", () =>
    Effect.gen(function* () {
      const ask = LanguageModel.generateObject({ prompt: "Hello", schema: Degrees })
      expectTypeOf<Effect.Services<typeof ask>>().toEqualTypeOf<LanguageModel.LanguageModel | Station>()
      const options = { model: "claude-haiku-5-5", max_tokens: 1024 } as const
      for (const layer of [AnthropicLanguageModel.layer(options), AnthropicLanguageModel.layerPooled(options)]) {
        const { value } = yield* passing(Effect.provide(ask, layer))
        assert.strictEqual(value.at, 12)
      }
    }).pipe(withStation, onEmulator())
  )

  for (const [what, step, told] of dying) {
    it.effect(`fails with an error that has the answer when a step ends with ${what}`, () =>
      Effect.gen(function* () {
        const error = yield* passing(
          Effect.flip(
            StructuredOutput.decode(
              wire,
              later(() => step)
            )
          )
        )
        assert(error._tag === "AnswerMismatchError")
        assert.strictEqual(error.description, told)
        assert.strictEqual(error.answer, wire)
      })
    )
  }

  it.effect("fails with an error that has the answer when a step throws at once", () =>
    Effect.gen(function* () {
      const Throwing = Schema.Struct({
        at: Schema.String.pipe(
          Schema.decodeTo(Schema.String, {
            decode: SchemaGetter.transform((): string => {
              throw new Error("at once")
            }),
            encode: SchemaGetter.passthrough()
          })
        )
      })
      const error = yield* Effect.flip(StructuredOutput.decode(wire, Throwing))
      assert(error._tag === "AnswerMismatchError")
      assert.strictEqual(error.description, "the schema failed: at once")
    })
  )

  it.live("makes an outcome `Invalid` when a step dies, and other items succeed", () =>
    Effect.gen(function* () {
      const Odd = later((text) =>
        text.endsWith("1") ? Effect.delay(Effect.die(new Error("boom")), "1 second") : Effect.succeed(text.length)
      )
      const all = yield* collect(BatchRun.run(itemsOf(3), { request: requestOf, output: Odd, inOrder: true }))
      assert.deepStrictEqual(
        all.map(({ _tag }) => _tag),
        ["Succeeded", "Invalid", "Succeeded"]
      )
      assert(all[1]?._tag === "Invalid" && all[1].error._tag === "AnswerMismatchError")
      assert.include(all[1].error.description, "boom")
    }).pipe(
      onServer({
        outcome: ({ custom_id }) => ({ type: "succeeded", message: JSON.stringify({ at: custom_id }) })
      })
    )
  )

  it.effect("fails with the path of a value that does not fit, and is interrupted with its caller", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(StructuredOutput.decode(answer({ at: 1 }), Length))
      assert(error._tag === "AnswerMismatchError")
      assert.deepStrictEqual(error.path, ["at"])
      let isStopped = false
      const Endless = later(() =>
        Effect.onInterrupt(Effect.never, () =>
          Effect.sync(() => {
            isStopped = true
          })
        )
      )
      const fiber = yield* Effect.forkChild(StructuredOutput.decode(wire, Endless))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      assert.isTrue(isStopped)
      assert.strictEqual((yield* Fiber.await(fiber))._tag, "Failure")
    })
  )

  it("has the services that it needs in its types", () => {
    expectTypeOf(StructuredOutput.decode(wire, Degrees)).toEqualTypeOf<
      Effect.Effect<{ readonly at: number }, StructuredOutput.OutputError, Station>
    >()
    expectTypeOf(StructuredOutput.decode(wire, Length)).toEqualTypeOf<
      Effect.Effect<{ readonly at: number }, StructuredOutput.OutputError>
    >()
    const none: ReadonlyArray<string> = []
    const joined = Batches.joinAs(
      Batches.results("msgbatch_1"),
      none,
      (item) => item,
      StructuredOutput.decodeResult(Degrees)
    )
    expectTypeOf(joined).toEqualTypeOf<
      Stream.Stream<
        Batches.JoinRow<string, StructuredOutput.TypedResult<{ readonly at: number }>>,
        Batches.ResultsError,
        HttpClient.HttpClient | Station
      >
    >()
    const piped = Batches.results("msgbatch_1").pipe(
      Batches.joinAs(none, (item) => item, StructuredOutput.decodeResult(Degrees))
    )
    expectTypeOf(piped).toEqualTypeOf<typeof joined>()
    const request = (id: string) => BatchRequest.make(id, params)
    const run = BatchRun.run(none, { request, output: Degrees })
    expectTypeOf(run).toEqualTypeOf<
      Stream.Stream<
        BatchRun.Outcome<string, { readonly at: number }>,
        BatchRun.RunError,
        HttpClient.HttpClient | Station
      >
    >()
    // A plan decodes nothing.
    expectTypeOf(BatchRun.plan(none, { request, output: Degrees })).toEqualTypeOf<
      Effect.Effect<BatchRun.Plan, BatchRun.RunOptionsError>
    >()
    const file = BatchRun.toFile(none, "out.jsonl", { request, output: Degrees })
    expectTypeOf<Extract<Effect.Services<typeof file>, Station>>().toEqualTypeOf<Station>()
  })
})
