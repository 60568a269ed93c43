// The JSON answer of a call, read as a whole and decoded by a schema.
// A body that ends too early can end cleanly, especially a compressed one. Its text then shows that it was cut off.
import * as Bytes from "effect/Bytes"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Settings } from "../Anthropic.ts"
import { ConnectionError, type DecodeError, type IndeterminateError } from "../AnthropicError.ts"
import { parseJson } from "../decode/json.ts"
import { isCutOff } from "../decode/prefix.ts"
import { receive } from "../schema/checked.ts"
import type { Deadline } from "./deadline.ts"
import { decodeError, type Misfit } from "./decodeError.ts"
import type { Answered, Exchanged } from "./exchange.ts"
import type { ApiResponse } from "./operation.ts"
import { readWhole } from "./responseBody.ts"
import type { Failure } from "./retry.ts"

const utf8 = new TextDecoder()

const answered = <E extends IndeterminateError["cause"]>(error: E) => ({ fate: "answered" as const, error })

/** Decodes the text of a successful response. Without the resource, the fate of a creating call is unknown. */
export const decodeText = <S extends Schema.ConstraintDecoder<unknown>>(
  response: Answered,
  schema: S,
  text: string
): Effect.Effect<S["Type"], Failure<DecodeError>> => {
  const { operation, requestId } = response
  const misfit = (found: Misfit) => Effect.fail(answered(decodeError(operation, response, found)))
  const json = parseJson(text)
  if (Result.isSuccess(json)) {
    const decoded = receive(schema)(json.success)
    return Result.isSuccess(decoded) ? Effect.succeed(decoded.success) : misfit({ text, ...decoded.failure })
  }
  if (text.trim() === "" || !isCutOff(text)) return misfit({ text, description: json.failure })
  const description = `the JSON of the response breaks off after ${text.length} characters`
  return Effect.fail(answered(new ConnectionError({ operation, phase: "body", description, requestId })))
}

/** The longest answer that is read, in bytes. Runtimes cannot make a text of twice this length. */
const maxAnswerBytes = 256 * 1024 * 1024

/** Describes an answer of more than `most` bytes. */
export const tooLong = (most: number): string => `the answer is longer than ${most} bytes`

const failTooLong = (response: Answered, most: number): Effect.Effect<never, Failure<DecodeError>> =>
  Effect.fail(answered(decodeError(response.operation, response, { text: "", description: tooLong(most) })))

/** Reads and decodes the answer. */
export const readAnswer = <S extends Schema.ConstraintDecoder<unknown>>(
  { body, idle, response }: Exchanged,
  schema: S,
  settings: Settings,
  deadline: Deadline<Failure<never>>
): Effect.Effect<S["Type"], Failure<DecodeError>> => {
  deadline.start(settings.idleTimeout, () => answered(idle()))
  return Effect.flatMap(Effect.mapError(readWhole(body, maxAnswerBytes, deadline), answered), (bytes) =>
    bytes === undefined ? failTooLong(response, maxAnswerBytes) : decodeText(response, schema, utf8.decode(bytes))
  )
}

/** Reads the text of an opened response, of at most `most` bytes. */
export const readText = (response: ApiResponse, most: number): Effect.Effect<string, Failure<DecodeError>> =>
  Effect.suspend(() => {
    const chunks: Array<Uint8Array> = []
    let size = 0
    return response.body.pipe(
      Stream.takeUntil(({ byteLength }) => {
        size += byteLength
        return size > most
      }),
      Stream.runForEach((chunk) => Effect.sync(() => chunks.push(chunk))),
      Effect.mapError(answered),
      Effect.flatMap(() =>
        size > most ? failTooLong(response, most) : Effect.succeed(utf8.decode(Bytes.concat(chunks)))
      )
    )
  })
