// The emulator on a port, two ports that break off, and a server of pages on another: to a browser, four origins.
import { createServer } from "node:http"
import { createServer as createTcpServer, type Server } from "node:net"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Effect from "effect/Effect"
import * as HttpServer from "effect/http/HttpServer"
import * as Layer from "effect/Layer"
import { AnthropicEmulator } from "effect-anthropic/testing"
import type { Servers } from "./program.ts"

const portOf = (server: Server): number => {
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : 0
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(portOf(server))))

/** A port where nobody listens. */
export const closedPort = async (): Promise<number> => {
  const server = createTcpServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Calls `use` with the URLs of servers that live as long as it. */
export const withServers = async (use: (servers: Servers) => Promise<void>): Promise<void> => {
  const breaking = createTcpServer((socket) => {
    socket.on("error", () => undefined)
    socket.once("data", () => socket.destroy())
  })
  const at = (port: number) => `http://127.0.0.1:${port}`
  const others = { breaking: at(await listen(breaking)), closed: at(await closedPort()) }
  const emulator = AnthropicEmulator.serve({ plan: { endsAfter: "300 millis" } }).pipe(
    Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1", gracefulShutdownTimeout: 0 }))
  )
  await Effect.gen(function* () {
    const { address } = yield* HttpServer.HttpServer
    yield* Effect.promise(() => use({ api: HttpServer.formatAddress(address), ...others }))
  }).pipe(Effect.provide(emulator), Effect.runPromise)
  breaking.close()
}

/** Serves one page with a script, and resolves with what the page sends back. */
export const servePage = async (
  script: string,
  open: (url: string) => { readonly kill: () => unknown },
  limit: number
): Promise<unknown> => {
  let settle: (body: unknown) => void = () => undefined
  let give: (error: Error) => void = () => undefined
  const sent = new Promise<unknown>((resolve, reject) => {
    settle = resolve
    give = reject
  })
  const server = createServer(async (request, response) => {
    if (request.method === "POST") {
      const chunks: Array<Uint8Array> = []
      for await (const chunk of request) chunks.push(chunk)
      settle(JSON.parse(Buffer.concat(chunks).toString()))
      response.end()
      return
    }
    const isScript = request.url === "/page.js"
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html")
    response.end(isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>')
  })
  const port = await listen(server)
  const timer = setTimeout(() => give(new Error(`the page sent nothing for ${limit} ms`)), limit)
  const browser = open(`http://127.0.0.1:${port}/`)
  try {
    return await sent
  } finally {
    clearTimeout(timer)
    browser.kill()
    server.closeAllConnections()
    server.close()
  }
}
