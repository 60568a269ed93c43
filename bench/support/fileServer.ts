// Reads and discards uploads, and serves one file of as many bytes as its id says. Tells its parent where.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"

const metadata = (id: string, size: number) => ({
  id,
  type: "file",
  filename: "bench.bin",
  mime_type: "application/octet-stream",
  size_bytes: size,
  created_at: "2026-11-01T10:00:00.123456Z",
  downloadable: true,
  expires_at: null
})

const answer = (response: ServerResponse, value: unknown): void => {
  response.setHeader("content-type", "application/json")
  response.end(JSON.stringify(value))
}

const receive = (request: IncomingMessage, response: ServerResponse): void => {
  let size = 0
  request.on("data", (chunk: Uint8Array) => {
    size += chunk.length
  })
  request.on("end", () => answer(response, metadata("file_upload", size)))
}

const piece = new Uint8Array(65_536).fill(7)

const serve = (response: ServerResponse, size: number): void => {
  response.setHeader("content-length", size)
  let left = size
  const write = (): void => {
    while (left > 0) {
      const next = left < piece.length ? piece.subarray(0, left) : piece
      left -= next.length
      if (!response.write(next)) {
        response.once("drain", write)
        return
      }
    }
    response.end()
  }
  write()
}

const server = createServer((request, response) => {
  if (request.method === "POST") return receive(request, response)
  const [, id = "", rest] = /\/v1\/files\/([^/]+)(\/content)?$/.exec(request.url ?? "") ?? []
  const size = Number(id.replace("file_", ""))
  if (rest === undefined) return answer(response, metadata(id, size))
  serve(response, size)
})
server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  if (typeof address === "object" && address !== null) process.send?.(`http://127.0.0.1:${address.port}`)
})
process.on("disconnect", () => process.exit())
