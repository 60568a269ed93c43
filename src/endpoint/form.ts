// A form as the body of a call: text fields and files, whose names keep their directories.
// All of it is in memory, so that it can be sent again.
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { fromPieces } from "../http/body.ts"
import { refuse } from "../http/refuse.ts"
import type { Body } from "./body.ts"

/**
 * One part of a form: a text field, or a file. A `filename` may have directories.
 *
 * @category models
 * @since 0.1.0
 */
export type FormPart =
  | { readonly name: string; readonly value: string }
  | {
      readonly name: string
      readonly filename: string
      readonly bytes: Uint8Array
      /** Default: `application/octet-stream`. */
      readonly type?: string | undefined
    }

/** Escapes a name as the HTML standard does. */
const escape = (name: string): string =>
  name.replace(/[\r\n"]/g, (character) => ({ "\r": "%0D", "\n": "%0A" })[character] ?? "%22")

const isText = (text: string): boolean => !/[\ud800-\udfff]/u.test(text)

const isMediaType = (type: string): boolean => /^[\x20-\x7e]+\/[\x20-\x7e]+$/.test(type)

/** What is wrong with a part, if anything. */
const problemOf = (part: FormPart): string | undefined => {
  if (!isText(part.name)) return "the name is not well-formed Unicode"
  if ("value" in part) return isText(part.value) ? undefined : "the value is not well-formed Unicode"
  if (!isText(part.filename)) return "the file name is not well-formed Unicode"
  return part.type === undefined || isMediaType(part.type)
    ? undefined
    : `${JSON.stringify(part.type)} is not a media type`
}

const headOf = (part: FormPart): string => {
  const disposition = `Content-Disposition: form-data; name="${escape(part.name)}"`
  if ("value" in part) return `${disposition}\r\n\r\n`
  const type = part.type ?? "application/octet-stream"
  return `${disposition}; filename="${escape(part.filename)}"\r\nContent-Type: ${type}\r\n\r\n`
}

const randomDigits = Effect.map(Random.nextIntBetween(0, 2 ** 48), (digits) => digits.toString(36))

/**
 * Sends a form (`multipart/form-data`). Its files are in memory: send large files with `Files.upload`.
 *
 * The call fails with `RequestRefusedError` for names and values that are not well-formed Unicode, and for a `type` that is not
 * a media type.
 *
 * @category bodies
 * @since 0.1.0
 */
export const form =
  (parts: ReadonlyArray<FormPart>): Body =>
  (operation) =>
    Effect.gen(function* () {
      const encoder = new TextEncoder()
      const boundary = `effect-anthropic-${(yield* randomDigits) + (yield* randomDigits) + (yield* randomDigits)}`
      const pieces: Array<Uint8Array> = []
      for (const [index, part] of parts.entries()) {
        const problem = problemOf(part)
        if (problem !== undefined) return yield* refuse(operation, `body[${index}]`, problem)
        pieces.push(encoder.encode(`--${boundary}\r\n${headOf(part)}`))
        pieces.push("value" in part ? encoder.encode(part.value) : part.bytes, encoder.encode("\r\n"))
      }
      pieces.push(encoder.encode(`--${boundary}--\r\n`))
      // An empty piece would look like the end of the body to some clients.
      const filled = pieces.filter((piece) => piece.byteLength > 0)
      return fromPieces(`multipart/form-data; boundary=${boundary}`, filled)
    })
