// The files of one emulator: the checks of an upload, its name and type, and its lifetime. The caller passes the time.
import * as Effect from "effect/Effect"
import * as Mime from "effect/http/Mime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { ApiError, invalidRequest, serial, timestamp } from "../server/wire.ts"
import type { ReceivedFile } from "./form.ts"
import { Sha256 } from "./sha256.ts"

/**
 * A file as the API writes it: timestamps are strings.
 *
 * @category models
 * @since 0.1.0
 */
export interface WireFile {
  readonly id: string
  readonly type: "file"
  readonly filename: string
  readonly mime_type: string
  readonly size_bytes: number
  readonly created_at: string
  readonly downloadable: boolean
  readonly expires_at: string | null
}

/** The bytes of a file. `pieces` is absent if there were too many to keep. */
export interface Content {
  readonly size: number
  readonly sha256: () => string
  readonly pieces: (() => Iterable<Uint8Array>) | undefined
}

export interface StoredFile {
  readonly id: string
  readonly number: number
  readonly workspaceId: string
  readonly filename: string
  readonly mimeType: string
  readonly content: Content
  readonly downloadable: boolean
  readonly createdAt: number
  readonly expiresAt: number | undefined
  isDeleted: boolean
}

const day = 86_400_000

export const isExpired = (file: StoredFile, now: number): boolean =>
  file.expiresAt !== undefined && file.expiresAt <= now

/** Whether a file is deleted, or has been expired for 30 days. */
export const isGone = (file: StoredFile, now: number): boolean =>
  file.isDeleted || (file.expiresAt !== undefined && file.expiresAt + 30 * day <= now)

export const viewFile = (file: StoredFile): WireFile => ({
  id: file.id,
  type: "file",
  filename: file.filename,
  mime_type: file.mimeType,
  size_bytes: file.content.size,
  created_at: timestamp(file.createdAt, file.number),
  downloadable: file.downloadable,
  expires_at: file.expiresAt === undefined ? null : timestamp(file.expiresAt, file.number)
})

const pieceBytes = 65_536

/** Bytes that look random and are always the same, 64 KiB at a time. */
function* generate(size: number): Generator<Uint8Array> {
  let word = 0x9e3779b9
  for (let made = 0; made < size; made += pieceBytes) {
    const words = new Int32Array(pieceBytes / 4)
    for (let i = 0; i < words.length; i++) {
      word ^= word << 13
      word ^= word >>> 17
      word ^= word << 5
      words[i] = word
    }
    yield new Uint8Array(words.buffer, 0, Math.min(pieceBytes, size - made))
  }
}

const sha256 = (pieces: Iterable<Uint8Array>): string => {
  const hash = new Sha256()
  for (const piece of pieces) hash.update(piece)
  return hash.digest()
}

/** The content of a seeded file: text, bytes, or a number of bytes that are made when they are read. */
export const contentOf = (content: string | Uint8Array | number): Content => {
  if (typeof content === "number") {
    const pieces = () => generate(content)
    return { size: content, pieces, sha256: () => sha256(pieces()) }
  }
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content.slice()
  return { size: bytes.length, pieces: () => [bytes], sha256: () => sha256([bytes]) }
}

export const bytesOf = (content: Content): Stream.Stream<Uint8Array, ApiError> =>
  content.pieces === undefined
    ? Stream.fail(
        new ApiError({
          status: 500,
          type: "api_error",
          message: `The emulator kept only the hash of these ${content.size} bytes: raise keepFileBytes`
        })
      )
    : Stream.fromIterable(content.pieces(), { chunkSize: 1 })

const nameProblem = (name: string): string | undefined => {
  if ([...name].length > 255) return "filename: String should have at most 255 characters"
  return [...name].some((character) => character < " " || '<>:"|?*'.includes(character))
    ? "filename: contains a forbidden character"
    : undefined
}

/** The first bytes of files. */
const signatures = {
  "%PDF-": "application/pdf",
  "\x89PNG": "image/png",
  "\xff\xd8\xff": "image/jpeg",
  GIF8: "image/gif"
}

const typeOfBytes = (start: Uint8Array): string => {
  const begin = String.fromCharCode(...start.subarray(0, 8))
  for (const [signature, type] of Object.entries(signatures)) if (begin.startsWith(signature)) return type
  const text = Result.try(() => new TextDecoder("utf-8", { fatal: true }).decode(start, { stream: true }))
  return Result.isSuccess(text) && text.success !== "" && !text.success.includes("\0")
    ? "text/plain"
    : "application/octet-stream"
}

const typeOf = (file: ReceivedFile): string => {
  if (file.type !== undefined && file.type !== "application/octet-stream") return file.type
  return Option.getOrElse(Mime.getType(file.filename), () => typeOfBytes(file.start))
}

const extensionOf = (type: string): string =>
  Option.match(Mime.getExtension(type), { onNone: () => "", onSome: (extension) => `.${extension}` })

const readLifetime = (text: string | undefined): number | undefined | ApiError => {
  if (text === undefined) return undefined
  const seconds = /^\d+$/.test(text) ? Number(text) : 0
  return seconds >= 3600 && seconds <= 7_776_000
    ? seconds
    : invalidRequest("expires_in_seconds: Input should be an integer between 3600 and 7776000")
}

export interface Files {
  /** The facts about a file of a workspace that a message needs. Undefined if there is no such file. */
  readonly factsOf: (
    id: string,
    workspaceId: string,
    now: number
  ) => { readonly mimeType: string; readonly isExpired: boolean } | undefined
  /** All files, newest first, including those that are gone. */
  readonly all: () => ReadonlyArray<StoredFile>
  /** A file that is not gone. */
  readonly find: (id: string, now: number) => StoredFile | undefined
  readonly upload: (
    file: ReceivedFile,
    lifetime: string | undefined,
    now: number,
    workspaceId: string
  ) => Effect.Effect<StoredFile, ApiError>
  readonly add: (file: Omit<StoredFile, "id" | "number" | "isDeleted">) => StoredFile
}

export const makeFiles = (options: {
  readonly maxFileBytes: number
  readonly storageQuotaBytes: number
  readonly uploadsDownloadable: boolean
}): Files => {
  const newestFirst: Array<StoredFile> = []
  const byId = new Map<string, StoredFile>()

  const add: Files["add"] = (fields) => {
    const number = newestFirst.length + 1
    const file = { ...fields, id: serial("file_", number, 24), number, isDeleted: false }
    newestFirst.unshift(file)
    byId.set(file.id, file)
    return file
  }

  const stored = (now: number): number =>
    newestFirst.reduce((sum, file) => (file.isDeleted || isExpired(file, now) ? sum : sum + file.content.size), 0)

  const find: Files["find"] = (id, now) => {
    const file = byId.get(id)
    return file === undefined || isGone(file, now) ? undefined : file
  }

  return {
    all: () => newestFirst,
    find,
    factsOf: (id, workspaceId, now) => {
      const file = find(id, now)
      return file?.workspaceId === workspaceId
        ? { mimeType: file.mimeType, isExpired: isExpired(file, now) }
        : undefined
    },
    add,
    upload: Effect.fnUntraced(function* (file, lifetime, now, workspaceId) {
      if (file.size > options.maxFileBytes) {
        return yield* new ApiError({ status: 413, type: "request_too_large", message: "File exceeds the maximum size" })
      }
      const mimeType = typeOf(file)
      const filename = file.filename.split(/[/\\]/).at(-1) || `unnamed${extensionOf(mimeType)}`
      const problem = nameProblem(filename)
      if (problem !== undefined) return yield* invalidRequest(problem)
      const seconds = readLifetime(lifetime)
      if (seconds instanceof ApiError) return yield* seconds
      if (stored(now) + file.size > options.storageQuotaBytes) {
        return yield* new ApiError({
          status: 400,
          type: "invalid_request_error",
          message: "The file storage of the organization is full",
          details: { error_code: "storage_quota_exceeded" }
        })
      }
      const { pieces, sha256, size } = file
      return add({
        workspaceId,
        filename,
        mimeType,
        content: { size, sha256: () => sha256, pieces: pieces === undefined ? undefined : () => pieces },
        downloadable: options.uploadsDownloadable,
        createdAt: now,
        expiresAt: seconds === undefined ? undefined : now + seconds * 1000
      })
    })
  }
}
