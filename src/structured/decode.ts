// Decodes the output of the model by a compiled schema, synchronously if every step is synchronous, which is the usual case.
// Otherwise the caller runs the effect.
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { explain } from "../decode/json.ts"
import { compile, type Output } from "./compile.ts"

/** What is wrong with a value. */
export type Problem = ReturnType<typeof explain>

const died = (defect: unknown): Problem => ({
  description: `the schema failed: ${defect instanceof Error ? defect.message : String(defect)}`,
  path: []
})

/** The problem of a step that fails, dies or interrupts itself, so that the answer is not lost. */
const problemOf = (cause: Cause.Cause<Schema.SchemaError>): Problem =>
  Result.match(Cause.findError(cause), {
    onFailure: (rest) => died(Result.getOrElse(Cause.findDefect(rest), () => "it was interrupted")),
    onSuccess: explain
  })

type Decode<A, R> = (value: unknown) => Effect.Effect<A, Schema.SchemaError, R>

interface Decoder<A, R> {
  readonly codec: Output<A, R>
  readonly decode: Decode<A, R>
}

/** A cache by codec. */
const decoders = new WeakMap<object, Decoder<unknown, unknown>>()

const isOf = <A, R>(decoder: Decoder<unknown, unknown>, codec: Output<A, R>): decoder is Decoder<A, R> =>
  decoder.codec === codec

const decoderOf = <A, R>(codec: Output<A, R>): Decode<A, R> => {
  const before = decoders.get(codec)
  if (before !== undefined && isOf(before, codec)) return before.decode
  const decode = Schema.decodeUnknownEffect(codec)
  decoders.set(codec, { codec, decode })
  return decode
}

/** Decodes a value by a schema. The returned effect is an `Exit` already if no step of the schema has effects. */
export const decodeJson = <A, R>(schema: Output<A, R>, value: unknown): Effect.Effect<A, Problem, R> => {
  const decoding = Result.try({ try: () => decoderOf(compile(schema).codec)(value), catch: died })
  return Result.isFailure(decoding)
    ? Effect.fail(decoding.failure)
    : Effect.matchCauseEffectEager(decoding.success, {
        onFailure: (cause) => Effect.fail(problemOf(cause)),
        onSuccess: Effect.succeed
      })
}
