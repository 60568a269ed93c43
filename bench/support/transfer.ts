// Moves files with one of the two SDKs and tells its parent what that took of time and memory.
import { createReadStream, openAsBlob } from "node:fs"
import { open } from "node:fs/promises"
import { dirname, join } from "node:path"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import type OfficialAnthropic from "@anthropic-ai/sdk"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as FileSource from "effect-anthropic/FileSource"
import * as Files from "effect-anthropic/Files"
import { official, ours } from "./clients.ts"
import { peakResident, resetPeak, settledResident } from "./memory.ts"

export interface TransferCost {
  /** Peak of the resident memory over what it was before. */
  readonly extraBytes: number
  readonly milliseconds: number
}

/** Ours, the official SDK as it does best, and the official SDK as its documentation shows. */
export type Side = "ours" | "official" | "documented"

const [side = "", direction = "", baseUrl = "", path = "", size = ""] = process.argv.slice(2)

const layer = Layer.merge(ours({ baseUrl }), NodeFileSystem.layer)
const client = official({ baseUrl })

const program = <A, E>(effect: Effect.Effect<A, E, HttpClient.HttpClient | FileSystem.FileSystem>) =>
  Effect.runPromise(Effect.provide(effect, layer))

const save = async (response: Response, target: string) => {
  if (response.body === null) throw new Error("no body")
  const file = await open(target, "w")
  await pipeline(
    Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]),
    file.createWriteStream({ flush: true })
  )
}

const upload = (file: string): Promise<unknown> => {
  const send = (uploadable: OfficialAnthropic.FileUploadParams["file"]) => client.files.upload({ file: uploadable })
  if (side === "ours") return program(Files.upload(FileSource.fromPath(file)))
  if (side === "documented") return send(createReadStream(file))
  return openAsBlob(file).then((blob) => send(new File([blob], "bench.bin")))
}

const download = (bytes: number, target: string): Promise<unknown> =>
  side === "ours"
    ? program(Files.downloadTo(`file_${bytes}`, target))
    : client.files.download(`file_${bytes}`).then((response) => save(response, target))

const target = join(dirname(path), `${side}.out`)
const transfer = async (rounds: number, from: string, bytes: number): Promise<void> => {
  for (let i = 0; i < rounds; i++) await (direction === "upload" ? upload(from) : download(bytes, target))
}

await transfer(1, join(dirname(path), "small.bin"), 1_000_000)
const base = await settledResident()
resetPeak()
const start = performance.now()
await (direction === "upload" ? transfer(3, path, 0) : transfer(1, "", Number(size)))
const milliseconds = performance.now() - start
const cost: TransferCost = { extraBytes: peakResident() - base, milliseconds }
process.send?.(cost)
process.disconnect?.()
