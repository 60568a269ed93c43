import { createHash } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Files from "effect-anthropic/Files"
import { AnthropicEmulator } from "effect-anthropic/testing"

export const { Emulator } = AnthropicEmulator

export const sha256 = (...pieces: ReadonlyArray<Uint8Array>): string => {
  const hash = createHash("sha256")
  for (const piece of pieces) hash.update(piece)
  return hash.digest("hex")
}

/** Bytes without a pattern that a lost or doubled piece would fit into; always the same. */
export const noise = (length: number): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(length)
  let word = 1
  for (let i = 0; i < length; i++) {
    word = (Math.imul(word, 1_103_515_245) + 12_345) & 0x7fffffff
    bytes[i] = word >>> 16
  }
  return bytes
}

export const piecesOf = (bytes: Uint8Array, size: number): Stream.Stream<Uint8Array> =>
  Stream.fromIterable(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size)
    ),
    { chunkSize: 1 }
  )

/** The requests that the emulator has had. */
export const requests = Effect.flatMap(Emulator, (emulator) => emulator.requests)

/** What has arrived of a file, and how it was named. */
export const stored = Effect.fnUntraced(function* (file: Files.FileMetadata) {
  const { sha256, size } = yield* (yield* Emulator).fileContent(file.id)
  return { filename: file.filename, type: file.mime_type, size, sha256 }
})

/** Puts one file in and gives its metadata, as a program knows it. */
export const seed = (file: AnthropicEmulator.FileSeed = {}) =>
  Effect.gen(function* () {
    const [seeded] = yield* (yield* Emulator).seedFiles([file])
    return yield* Files.retrieve(seeded?.id ?? "none")
  }).pipe(Effect.orDie)

/** A directory that is gone afterwards. */
export const directory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-anthropic-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)
