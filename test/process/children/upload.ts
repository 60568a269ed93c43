/**
 * Uploads 64 MB in pieces to the server of the first argument, and says how many bytes of buffers were alive at most, in MB.
 * The second argument is `known` or `unknown`: whether the size is given.
 */
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as FileSource from "effect-anthropic/FileSource"
import * as Files from "effect-anthropic/Files"

const [baseUrl = "", size = ""] = process.argv.slice(2)

const megabyte = 1_000_000
const megabytes = 64

let most = 0

const pieces = Stream.fromIterable(
  (function* () {
    for (let index = 0; index < megabytes; index++) {
      if (index % 4 === 0) globalThis.gc?.()
      most = Math.max(most, process.memoryUsage().arrayBuffers)
      yield new Uint8Array(megabyte)
    }
  })(),
  { chunkSize: 1 }
)

const source = FileSource.fromStreamOnce(pieces, {
  name: "a.bin",
  type: "application/octet-stream",
  size: size === "known" ? megabytes * megabyte : undefined
})

const layer = Layer.merge(FetchHttpClient.layer, Anthropic.layer({ apiKey: "sk-ant-test-1234", baseUrl }))
const file = await Effect.runPromise(Effect.provide(Files.upload(source), layer))
console.log(JSON.stringify({ received: file.size_bytes, most: Math.round(most / megabyte) }))
