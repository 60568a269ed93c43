// A server that streams an answer to its page as server-sent events. When the browser leaves, it stops the answer.
//
//   npm run example -- examples/server.ts [--port 8788] [--live]
import { createServer } from "node:http"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Layer from "effect/Layer"
import * as Anthropic from "effect-anthropic/Anthropic"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { routes } from "./support/answers.ts"
import { isLive, option } from "./support/example.ts"

const emulator = AnthropicEmulator.layer({
  pace: "150 millis",
  answer: () => "A lamp burns in a tower. A lens gathers its light into beams. The lens turns, and so do they."
})

// The settings are part of the client: the routes keep both.
const client = isLive
  ? Anthropic.layerClient({}).pipe(Layer.provide(FetchHttpClient.layer))
  : Anthropic.layerClient({ apiKey: "any-key-will-do" }).pipe(Layer.provide(emulator))

const port = Number(option("port") ?? 8788)

HttpRouter.serve(routes).pipe(
  Layer.provide(client),
  Layer.provide(NodeHttpServer.layer(createServer, { port, host: "127.0.0.1", gracefulShutdownTimeout: 0 })),
  Layer.launch,
  NodeRuntime.runMain
)
