// How much of a streamed body is alive at once, in real processes: Node's fetch copies every body unless it is kept from it.
import { rmSync } from "node:fs"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { rawServer } from "../support/rawServer.ts"
import { bundle, nodes, run } from "./support.ts"

const Report = Schema.fromJsonString(Schema.Struct({ received: Schema.Number, most: Schema.Number }))

const program = bundle("upload.ts")
afterAll(() => rmSync(program))

/** A server that reads a body slower than it comes, so that a copy of the body has to wait somewhere. */
const slowServer = rawServer((request, response) => {
  let received = 0
  request.on("data", (chunk: Buffer) => {
    received += chunk.length
    request.pause()
    setImmediate(() => request.resume())
  })
  request.on("end", () => {
    response.writeHead(200, { "content-type": "application/json" })
    response.end(
      JSON.stringify({
        id: "file_1",
        type: "file",
        filename: "a.bin",
        mime_type: "application/octet-stream",
        size_bytes: received,
        created_at: "2026-01-01T00:00:00Z",
        downloadable: false,
        expires_at: null
      })
    )
  })
})

for (const { path, version } of nodes) {
  describe(`on Node ${version}, an upload of 64 MB holds at most 24 MB at once`, () => {
    for (const size of ["known", "unknown"]) {
      it.live(`where its size is ${size}`, () =>
        Effect.gen(function* () {
          const baseUrl = yield* slowServer
          const { code, lines } = yield* run(path, program, [baseUrl, size], ["--expose-gc"])
          assert.strictEqual(code, 0, lines.join("\n"))
          const { most, received } = Schema.decodeUnknownSync(Report)(lines.at(-1))
          assert.isAtLeast(received, 64_000_000)
          assert.isAtMost(most, 24)
        })
      )
    }
  })
}
