import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Batches from "effect-anthropic/Batches"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as Messages from "effect-anthropic/Messages"
import * as StructuredOutput from "effect-anthropic/StructuredOutput"
import { message, params } from "./messages/support.ts"
import { Emulator, onEmulator } from "./support/batches.ts"

const City = Schema.Struct({
  name: Schema.String.annotate({ description: "In English" }),
  population: Schema.Int.check(Schema.isGreaterThan(0)),
  founded: Schema.optionalKey(Schema.DateTimeUtcFromString),
  tags: Schema.Record(Schema.String, Schema.Boolean)
})

const wire = { name: "Lyon", population: 5, founded: "2026-01-01T00:00:00Z", tags: [{ 0: "old", 1: true }] }

const answer = (text: string, fields: Record<string, unknown> = {}) => message([{ type: "text", text }], fields)

/** Decodes at once: no step of these schemas has effects. */
const decodeBy = <A>(schema: StructuredOutput.Output<A>, answer: Messages.Message) =>
  Effect.runSync(Effect.result(StructuredOutput.decode(answer, schema)))

const decode = (answer: Messages.Message) => decodeBy(City, answer)

describe("StructuredOutput", () => {
  it("asks for the JSON Schema that the API takes", () => {
    const { output_config } = StructuredOutput.withSchema({ ...params, output_config: { effort: "low" } }, City)
    assert.strictEqual(output_config?.effort, "low")
    const format = StructuredOutput.format(City)
    assert.deepStrictEqual(output_config?.format, format)
    assert.deepInclude(format.schema, {
      type: "object",
      additionalProperties: false,
      required: ["name", "population", "founded", "tags"]
    })
    assert.notInclude(JSON.stringify(format), "minimum")
  })

  it("decodes an answer", () => {
    const city = Result.getOrThrow(decode(answer(JSON.stringify(wire))))
    assert.strictEqual(city.name, "Lyon")
    assert.deepStrictEqual(city.tags, { old: true })
    assert.strictEqual(Option.getOrThrow(Option.fromNullishOr(city.founded)).pipe(DateTime.getPartUtc("year")), 2026)
  })

  it("distinguishes a refusal, an incomplete answer and one that does not fit, and keeps the message", () => {
    const details = { type: "refusal", category: "cyber", explanation: null }
    const refused = answer("No.", { stop_reason: "refusal", stop_details: details })
    const refusal = decode(refused)
    assert(Result.isFailure(refusal))
    assert.strictEqual(refusal.failure._tag, "AnswerRefusedError")
    assert.strictEqual(refusal.failure.answer, refused)
    assert.include(refusal.failure.message, "refused (cyber)")
    const silent = decode(answer("", { stop_reason: "refusal" }))
    assert(Result.isFailure(silent) && silent.failure.message.endsWith("refused"))

    // It would fit, and yet nobody knows what came next.
    for (const stop_reason of ["max_tokens", "tool_use", "pause_turn", "model_context_window_exceeded", null]) {
      const cut = decode(answer(JSON.stringify(wire), { stop_reason }))
      assert(Result.isFailure(cut))
      assert.strictEqual(cut.failure._tag, "AnswerIncompleteError")
      assert.include(cut.failure.message, String(stop_reason))
    }

    for (const text of ["", "Sure: {}", JSON.stringify({ ...wire, population: "many" })]) {
      const unfit = decode(answer(text))
      assert(Result.isFailure(unfit))
      assert.strictEqual(unfit.failure._tag, "AnswerMismatchError", text)
      assert.strictEqual(unfit.failure.answer.content.length, 1)
    }
    const negative = decode(answer(JSON.stringify({ ...wire, population: -1 })))
    assert(Result.isFailure(negative) && negative.failure._tag === "AnswerMismatchError")
    assert.deepStrictEqual(negative.failure.path, ["population"])
    assert.include(negative.failure.message, "at population")
    assert.isFalse(negative.failure.isRetryable)
  })

  it("describes in its error what was expected, and nothing that the model wrote", () => {
    const describe = (schema: Schema.ConstraintCodec<unknown, unknown>, value: unknown): string => {
      const unfit = decodeBy(schema, answer(typeof value === "string" ? value : JSON.stringify(value)))
      assert(Result.isFailure(unfit) && unfit.failure._tag === "AnswerMismatchError")
      assert.notInclude(unfit.failure.message, "s3cret")
      assert.notMatch(unfit.failure.message, /[ :]$|at $|<filter>/)
      return unfit.failure.description
    }
    const Field = <S extends Schema.Constraint>(a: S) => Schema.Struct({ a })
    const isLoud = Schema.makeFilter((text: string) => text === text.toUpperCase())
    for (const [schema, value, expected] of [
      [Field(Schema.Int), { a: 1.5 }, "Expected an integer"],
      [Field(Schema.Int.check(Schema.isGreaterThan(3))), { a: 2 }, "Expected a value greater than 3"],
      [Field(Schema.Finite), { a: "s3cret" }, "Expected number"],
      [Field(Schema.Literals(["x", "y"])), { a: "s3cret" }, 'Expected "x" | "y"'],
      [Field(Schema.String.check(isLoud)), { a: "s3cret" }, "Expected a value that its schema accepts"],
      [Field(Schema.DateTimeUtcFromString), { a: "s3cret" }, "Expected a valid UTC DateTime string"],
      [Field(Schema.String), {}, "Missing key"],
      [Schema.Array(Schema.Int), ["s3cret"], "Expected number"],
      [Field(Schema.String), "s3cret", "it is not JSON"],
      [Field(Schema.String), "", "it has no text"],
      [Field(Schema.String), " \n", "it has no text"]
    ] as const) {
      assert.strictEqual(describe(schema, value), expected)
    }
  })

  it("compiles a schema once", () => {
    assert.strictEqual(StructuredOutput.format(City), StructuredOutput.format(City))
    assert.strictEqual(StructuredOutput.withSchema(params, City).output_config?.format, StructuredOutput.format(City))
    const Other = City.annotate({ description: "Another one" })
    assert.notStrictEqual(StructuredOutput.format(Other), StructuredOutput.format(City))
  })

  it("can be called with the data first or last", () => {
    assert.deepStrictEqual(StructuredOutput.withSchema(City)(params), StructuredOutput.withSchema(params, City))
    const good = answer(JSON.stringify(wire))
    const decoded = StructuredOutput.decode(good, City)
    assert.deepStrictEqual(StructuredOutput.decode(City)(good), decoded)
    assert.isTrue(Exit.isExit(decoded))
    const expired = Schema.decodeUnknownSync(Batches.MessageBatchIndividualResponse)({
      custom_id: "a",
      result: { type: "expired" }
    })
    assert.deepStrictEqual(StructuredOutput.decodeResult(expired, City), StructuredOutput.decodeResult(City)(expired))
  })

  it("reports the path of an error in a list with the index", () => {
    const unfit = decodeBy(Schema.Array(Schema.Int), answer('[1, "x"]'))
    assert(Result.isFailure(unfit) && unfit.failure._tag === "AnswerMismatchError")
    assert.deepStrictEqual(unfit.failure.path, [1])
  })

  it.effect("returns the decoded answer of one call", () =>
    Effect.gen(function* () {
      const { value, message } = yield* Messages.createAs(params, City)
      assert.strictEqual(value.name, "Hello")
      assert.strictEqual(value.population, 1)
      assert.strictEqual(message.stop_reason, "end_turn")
      const streamed = yield* Messages.accumulate(Messages.stream(StructuredOutput.withSchema(params, City)))
      assert.deepStrictEqual(Result.getOrThrow(decode(streamed)).name, "Hello")
      const error = yield* Effect.flip(
        Messages.createAs({ ...params, max_tokens: 1, messages: [Messages.user("Hello you")] }, City)
      )
      assert.strictEqual(error._tag, "AnswerIncompleteError")
    }).pipe(onEmulator())
  )

  it.effect("decodes the results of a batch, and keeps unfit answers apart from failed requests", () =>
    Effect.gen(function* () {
      const ids = ["good", "odd", "refused", "broken", "expired", "canceled", "strange"]
      const batch = yield* Batches.create(
        ids.map((id) => BatchRequest.make(id, StructuredOutput.withSchema(params, City)))
      )
      yield* (yield* Emulator).endBatch(batch.id)
      const results = yield* Stream.runCollect(
        Stream.mapEffect(Batches.results(batch.id), StructuredOutput.decodeResult(City))
      )
      const byId = new Map(results.map((result) => [result.custom_id, result]))
      const good = byId.get("good")
      assert(good?.type === "succeeded")
      assert.strictEqual(good.value.name, "Hello")
      assert.strictEqual(good.message.role, "assistant")
      const odd = byId.get("odd")
      assert(odd?.type === "unfit")
      assert.strictEqual(odd.error._tag, "AnswerMismatchError")
      const refused = byId.get("refused")
      assert(refused?.type === "unfit")
      assert.strictEqual(refused.error._tag, "AnswerRefusedError")
      const broken = byId.get("broken")
      assert(broken?.type === "errored")
      assert.strictEqual(broken.error.error.type, "api_error")
      assert.strictEqual(byId.get("expired")?.type, "expired")
      assert.strictEqual(byId.get("canceled")?.type, "canceled")
    }).pipe(
      onEmulator({
        outcome: ({ custom_id }) => {
          if (custom_id === "odd") return { type: "succeeded", message: "not JSON" }
          if (custom_id === "refused") return { type: "succeeded", message: { stop_reason: "refusal" } }
          if (custom_id === "broken") return { type: "errored", error: { type: "api_error", message: "m" } }
          if (custom_id === "expired") return { type: "expired" }
          if (custom_id === "canceled") return { type: "canceled" }
          return undefined
        }
      })
    )
  )

  it("keeps a result of an unknown kind", () => {
    const unknown = Schema.decodeUnknownSync(Batches.MessageBatchIndividualResponse)({
      custom_id: "a",
      result: { type: "paused", until: 3 }
    })
    assert.deepStrictEqual(Effect.runSync(StructuredOutput.decodeResult(City)(unknown)), {
      type: "unknown",
      custom_id: "a",
      raw: { type: "paused", until: 3 }
    })
  })
})
