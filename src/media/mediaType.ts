// Finds the media type that a file is stored with, which decides what the API can use it for. The caller's type takes
// precedence, then the first bytes, then the type of a blob and the name.
import * as Mime from "effect/http/Mime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { aliases, blocks, extensions, isProse, successors, vague } from "./mediaTypes.ts"

/** Whether a text can be a media type in a header. */
export const isMediaType = (text: string): boolean => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+\/[ -~]+$/.test(text)

/** The usual name of a type, without its parameters. */
export const essence = (type: string): string => {
  const name = type.replace(/;.*/s, "").trim().toLowerCase()
  return aliases.get(name) ?? name
}

/**
 * The type under its usual name. Parameters are kept, except for types that the API takes as a document or image, because it
 * may compare the whole text.
 */
export const normalize = (type: string): string => {
  const name = essence(type)
  const parameters = /;.*/s.exec(type)?.[0] ?? ""
  const charset = /charset="?([^";\s]*)/i.exec(parameters)?.[1]?.toLowerCase() ?? "utf-8"
  if (blocks.has(name) && (name !== "text/plain" || /^(utf-?8|us-ascii|ascii|binary)$/.test(charset))) return name
  return name + parameters
}

/** The extension of a name, in lower case and without its dot. A name whose only dot is at the beginning has none. */
const extensionOf = (name: string): string | undefined => /[^/\\]\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase()

const registered = (extension: string): string | undefined => Option.getOrUndefined(Mime.getType(`/x.${extension}`))

/** The media type of a file name, if it has one. */
const fromName = (name: string): string | undefined => {
  const extension = extensionOf(name)
  if (extension === undefined) return undefined
  const type = extensions.get(extension) ?? registered(extension)
  if (type === undefined || vague.has(type)) return undefined
  return isProse(type) ? "text/plain" : type
}

/**
 * The type of a blob, if it is more specific than the name. Browsers find the type of a file in a registry by its name, and
 * report `application/vnd.ms-excel` for CSV if a spreadsheet program is installed.
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

/** The first bytes of files. `?` is any byte. */
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

/** How many of the first bytes `choose` needs. */
export const startLength = 1024

/**
 * Whether bytes are text: UTF-8 without control characters except the usual white space. A character that is cut off at the
 * end is ignored.
 */
const isText = (bytes: Uint8Array): boolean => {
  const decode = () => new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true })
  const text = Result.getOrElse(Result.try(decode), () => "")
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 && code !== 0x1b && !(code >= 0x08 && code <= 0x0d)) return false
  }
  return text !== ""
}

/** Whether bytes are text in no usual encoding. UTF-16 has zeros, too, but begins with a mark. */
const isBinary = (bytes: Uint8Array): boolean =>
  bytes.includes(0) && !startsWith(bytes, "\xff\xfe") && !startsWith(bytes, "\xfe\xff")

const isOffice = (type: string): boolean =>
  successors.has(type) || /^application\/vnd\.(openxmlformats-|oasis\.opendocument\.|ms-.*\.12$)/i.test(type)

/** Types whose files cannot be text. */
const isNeverText = (type: string): boolean =>
  isOffice(type) ||
  /^application\/(pdf|zip|gzip)$/.test(type) ||
  (/^(image|audio|video|font)\//.test(type) && !/svg|xml|portable|x-xpixmap|x-xbitmap/.test(type))

/** Whether files of a type may be archives internally. Types that the first bytes show are not. */
const isMaybeArchive = (type: string): boolean =>
  /^(application|model)\//.test(type) && !signatures.some(([shown]) => shown === type) && !/(json|xml)$/.test(type)

/** The type of a zip or gzip file. Many formats are one of these internally, and only the name shows which. */
const archiveType = (shown: string, told: ReadonlyArray<string | undefined>): string => {
  if (shown === "application/gzip") return told.includes("image/svg+xml") ? "image/svg+xml" : shown
  const type = told.find((type) => type !== undefined && isMaybeArchive(type))
  return type === undefined ? shown : (successors.get(type) ?? type)
}

/**
 * The media type of a file without a type of the caller, or undefined if nothing shows it: the API then decides. Bytes that
 * show their type take precedence, and a type that the bytes contradict is not used.
 */
export const choose = (file: {
  readonly name: string
  /** The type of a blob or another source. */
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
