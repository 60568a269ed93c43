import * as Mime from "effect/http/Mime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"

/** What files begin with, `?` being any byte: the types that the API takes as documents and images, and containers. */
const signatures: ReadonlyArray<readonly [type: string, start: string]> = [
  ["application/pdf", "%PDF-"],
  ["image/png", "\x89PNG\r\n\x1a\n"],
  ["image/jpeg", "\xff\xd8\xff"],
  ["image/gif", "GIF87a"],
  ["image/gif", "GIF89a"],
  ["image/webp", "RIFF????WEBP"],
  ["application/gzip", "\x1f\x8b"],
  ["application/zip", "PK\x03\x04"]
]

const startsWith = (bytes: Uint8Array, start: string): boolean =>
  bytes.length >= start.length &&
  [...start].every((character, index) => character === "?" || bytes[index] === character.charCodeAt(0))

/** Text has no control characters but the usual white space; a character cut off at the end does not count. */
const isText = (bytes: Uint8Array): boolean => {
  const decode = () => new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true })
  const text = Result.getOrElse(Result.try(decode), () => "")
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 && !(code >= 0x09 && code <= 0x0d)) return false
  }
  return text !== ""
}

/** What an extension stands for says nothing: any bytes, and for `.ts` a film where a program is more likely. */
const vague = new Set(["application/octet-stream", "video/mp2t"])

/** The media type of a file name, if it tells. */
export const fromName = (name: string): string | undefined =>
  // Without a slash before it, a name without a dot would be taken for an extension.
  Option.getOrUndefined(Option.filter(Mime.getType(`/${name}`), (type) => !vague.has(type)))

/** The usual extension of a media type, with its dot, or nothing. */
export const extension = (type: string): string =>
  Option.match(Mime.getExtension(type), { onNone: () => "", onSome: (extension) => `.${extension}` })

/** How many bytes `fromBytes` wants to see. */
export const startLength = 1024

/** The media type that the first bytes of a file show, if they do. */
export const fromBytes = (start: Uint8Array): string | undefined =>
  signatures.find(([, signature]) => startsWith(start, signature))?.[0] ?? (isText(start) ? "text/plain" : undefined)
