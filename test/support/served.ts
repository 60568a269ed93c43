import { createServer, type Server } from "node:http"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpServer from "effect/http/HttpServer"
import * as Layer from "effect/Layer"
import * as Anthropic from "effect-anthropic/Anthropic"
import { AnthropicEmulator } from "effect-anthropic/testing"

/** A server that takes its connections with it: `close` alone waits for those that fetch keeps for the next call. */
const closingServer = (): Server => {
  const server = createServer()
  const close = server.close.bind(server)
  server.close = (callback) => {
    const closing = close(callback)
    server.closeAllConnections()
    return closing
  }
  return server
}

/** A server on a port of its own. */
export const server = NodeHttpServer.layer(closingServer, { port: 0, host: "127.0.0.1" })

/** Settings that lead to the server, quick to retry. */
const settings = (options: Anthropic.Options) =>
  Layer.unwrap(
    Effect.map(HttpServer.HttpServer, ({ address }) =>
      Anthropic.layer({
        apiKey: "sk-ant-test-1234",
        baseUrl: HttpServer.formatAddress(address),
        ...options,
        retry: { initialDelay: "5 millis", ...options.retry }
      })
    )
  )

/** The emulator on a real socket, reached by fetch. */
export const served = (emulator: AnthropicEmulator.Options = {}, options: Anthropic.Options = {}) =>
  Layer.merge(AnthropicEmulator.serve(emulator), settings(options)).pipe(
    Layer.provideMerge(server),
    Layer.provideMerge(FetchHttpClient.layer)
  )

/** The emulator in process. */
export const inProcess = (emulator: AnthropicEmulator.Options = {}, options: Anthropic.Options = {}) =>
  Layer.merge(AnthropicEmulator.layer(emulator), Anthropic.layer({ apiKey: "sk-ant-test-1234", ...options }))
