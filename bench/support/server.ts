// Reads and discards whatever it is sent, and answers that a batch was created. Tells its parent where.
import { createServer } from "node:http"
import { batch } from "./wire.ts"

const server = createServer((request, response) => {
  let length = 0
  request.on("data", (chunk: Uint8Array) => {
    length += chunk.length
  })
  request.on("end", () => {
    response.setHeader("content-type", "application/json")
    response.setHeader("bench-body-length", length)
    response.end(JSON.stringify(batch("", 100_000, 0)))
  })
})
server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  if (typeof address === "object" && address !== null) process.send?.(`http://127.0.0.1:${address.port}`)
})
process.on("disconnect", () => process.exit())
