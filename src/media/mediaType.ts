// Finds the media type that a file is stored with, which decides what the API can use it as.
// The caller's word counts most, then the first bytes, then the name, and what a medium such as a blob reports.
import * as Mime from "effect/http/Mime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { aliases, blocks, extensions, isProse, successors, vague } from "./mediaTypes.ts"

/** Whether a text can stand as a media type in a header. */
export const isMediaType = (text: string): boolean => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+\/[ -~]+$/.test(text)

/** The type without its parameters, by its usual name. */
export const essence = (type: string): string => {
  const name = type.replace(/;.*/s, "").trim().toLowerCase()
  return aliases.get(name) ?? name
}

/**
 * The type by its usual name. Parameters are kept, except those that tell nothing new about a type that the API takes as
 * a document or image, because it may compare the whole text.
 */
export const normalize = (type: string): string => {
  const name = essence(type)
  const parameters = /;.*/s.exec(type)?.[0] ?? ""
  const charset = /charset="?([^";\s]*)/i.exec(parameters)?.[1]?.toLowerCase() ?? "utf-8"
  if (blocks.has(name) && (name !== "text/plain" || /^(utf-?8|us-ascii|ascii|binary)$/.test(charset))) return name
  return name + parameters
}

/** The extension of a name, in lower case and without its dot; a name that only begins with a dot has none. */
const extensionOf = (name: string): string | undefined => /[^/\\]\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase()

const registered = (extension: string): string | undefined => Option.getOrUndefined(Mime.getType(`/x.${extension}`))

/** The media type of a file name, if it tells. */
const fromName = (name: string): string | undefined => {
  const extension = extensionOf(name)
  if (extension === undefined) return undefined
  const type = extensions.get(extension) ?? registered(extension)
  if (type === undefined || vague.has(type)) return undefined
  return isProse(type) ? "text/plain" : type
}

/**
 * The media type that a medium reports, if it tells more than the name does. Browsers find the type of a file in a
 * registry by its name, and report `application/vnd.ms-excel` for CSV where a spreadsheet program is installed.
 */
const fromMedium = (reported: string | undefined, name: string): string | undefined => {
  if (reported === undefined || !isMediaType(reported)) return undefined
  const type = normalize(reported)
  const bare = essence(type)
  if (vague.has(bare) || bare.includes("*")) return undefined
  const extension = extensionOf(name)
  if (extension !== undefined && extensions.has(extension) && registered(extension) === bare) return undefined
  if (bare === "application/vnd.ms-excel" && (extension === "csv" || extension === "tsv")) return undefined
  return isProse(bare) ? normalize(type.replace(bare, "text/plain")) : type
}

/** What files begin with, `?` being any byte. */
const signatures: ReadonlyArray<readonly [type: string, start: string]> = [
  ["application/pdf", "%PDF-"],
  ["image/png", "\x89PNG\r\n\x1a\n"],
  ["image/jpeg", "\xff\xd8\xff"],
  ["image/gif", "GIF87a"],
  ["image/gif", "GIF89a"],
  ["image/webp", "RIFF????WEBP"],
  ["application/gzip", "\x1f\x8b"],
  ["application/zip", "PK\x03\x04"],
  ["application/zip", "PK\x05\x06"]
]

const startsWith = (bytes: Uint8Array, start: string): boolean =>
  bytes.length >= start.length &&
  [...start].every((character, index) => character === "?" || bytes[index] === character.charCodeAt(0))

/** How many bytes `choose` wants to see. */
export const startLength = 1024

/** Text has no control characters but the usual white space; a character cut off at the end does not count. */
const isText = (bytes: Uint8Array): boolean => {
  const decode = () => new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true })
  const text = Result.getOrElse(Result.try(decode), () => "")
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 && code !== 0x1b && !(code >= 0x08 && code <= 0x0d)) return false
  }
  return text !== ""
}

/** Bytes that are text in no usual encoding: UTF-16 has zeros, too, and begins with a mark. */
const isBinary = (bytes: Uint8Array): boolean =>
  bytes.includes(0) && !startsWith(bytes, "\xff\xfe") && !startsWith(bytes, "\xfe\xff")

const isOffice = (type: string): boolean =>
  successors.has(type) || /^application\/vnd\.(openxmlformats-|oasis\.opendocument\.|ms-.*\.12$)/i.test(type)

/** Types whose files cannot be text. */
const isNeverText = (type: string): boolean =>
  isOffice(type) ||
  /^application\/(pdf|zip|gzip)$/.test(type) ||
  (/^(image|audio|video|font)\//.test(type) && !/svg|xml|portable|x-xpixmap|x-xbitmap/.test(type))

/** Types that may be an archive on the inside; the types that show themselves in the first bytes are not. */
const isMaybeArchive = (type: string): boolean =>
  /^(application|model)\//.test(type) && !signatures.some(([shown]) => shown === type) && !/(json|xml)$/.test(type)

/** The type of a zip or gzip file: many formats are one of these on the inside, and only the name tells which. */
const archiveType = (shown: string, told: ReadonlyArray<string | undefined>): string => {
  if (shown === "application/gzip") return told.includes("image/svg+xml") ? "image/svg+xml" : shown
  const type = told.find((type) => type !== undefined && isMaybeArchive(type))
  return type === undefined ? shown : (successors.get(type) ?? type)
}

/**
 * The media type of a file of which the caller says none, or undefined when nothing tells: the API finds one itself then.
 * Bytes that show what they are win over everything else, and what they show not to be is not believed.
 */
export const choose = (file: {
  readonly name: string
  /** The type that a medium reports. */
  readonly reported: string | undefined
  /** The first bytes, up to `startLength`. */
  readonly start: Uint8Array
}): string | undefined => {
  const named = fromName(file.name)
  const reported = fromMedium(file.reported, file.name)
  const shown = signatures.find(([, start]) => startsWith(file.start, start))?.[0]
  if (shown === "application/zip" || shown === "application/gzip") return archiveType(shown, [named, reported])
  if (shown !== undefined) return shown
  const told = [reported, named].filter((type) => type !== undefined)
  if (isText(file.start)) return told.find((type) => !isNeverText(essence(type))) ?? "text/plain"
  return told.find((type) => !(essence(type) === "text/plain" && isBinary(file.start)))
}

const extensionByType: ReadonlyMap<string, string> = new Map(
  [...extensions].reverse().map(([extension, type]) => [type, extension])
)

/** The usual extension of a media type, with its dot, or nothing. */
export const extension = (type: string): string => {
  const bare = essence(type)
  const usual =
    Option.getOrUndefined(Mime.getExtension(bare)) ?? (isOffice(bare) ? extensionByType.get(bare) : undefined)
  return usual === undefined ? "" : `.${usual}`
}
