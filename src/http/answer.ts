// The JSON answer of a call, read as a whole and decoded by a schema.
// A body that ends early can end cleanly, a compressed one above all: its text then tells that it was cut off.
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Settings } from "../Anthropic.ts"
import { ConnectionError, type DecodeError, type IndeterminateError } from "../AnthropicError.ts"
import { explain, parseJson } from "../decode/json.ts"
import { isCutOff } from "../decode/prefix.ts"
import type { Deadline } from "./deadline.ts"
import { decodeError, type Misfit } from "./decodeError.ts"
import type { Exchanged } from "./exchange.ts"
import { readWhole } from "./responseBody.ts"
import type { Failure } from "./retry.ts"

const utf8 = new TextDecoder()

/** Decodes JSON that was parsed just now and belongs to nobody else. */
const decodeFresh = <S extends Schema.ConstraintDecoder<unknown>>(
  schema: S
): ((value: unknown) => Result.Result<S["Type"], Schema.SchemaError>) => Schema.decodeUnknownResult(schema)

/** The decoded answer. A successful response without it leaves the fate of a creating call unknown: `answered`. */
export const readAnswer = <S extends Schema.ConstraintDecoder<unknown>>(
  { body, idle, info, scrub }: Exchanged,
  schema: S,
  settings: Settings,
  deadline: Deadline<Failure<never>>
): Effect.Effect<S["Type"], Failure<DecodeError>> => {
  const answered = <E extends IndeterminateError["cause"]>(error: E) => ({ fate: "answered" as const, error })
  const misfit = (found: Misfit) => Effect.fail(answered(decodeError(info.operation, { ...info, scrub }, found)))
  const decode = (bytes: Uint8Array): Effect.Effect<S["Type"], Failure<DecodeError>> => {
    const text = utf8.decode(bytes)
    const json = parseJson(text)
    if (Result.isSuccess(json)) {
      const decoded = decodeFresh(schema)(json.success)
      return Result.isSuccess(decoded) ? Effect.succeed(decoded.success) : misfit({ text, ...explain(decoded.failure) })
    }
    if (text.trim() === "" || !isCutOff(text)) return misfit({ text, description: json.failure })
    const description = `the JSON of the response breaks off after ${text.length} characters`
    const { operation, requestId } = info
    return Effect.fail(answered(new ConnectionError({ operation, phase: "body", description, requestId })))
  }
  deadline.start(settings.idleTimeout, () => answered(idle()))
  return Effect.flatMap(Effect.mapError(readWhole(body, deadline), answered), decode)
}
