// A toolkit served over MCP on standard input and output, for a client that starts this program.
//
//   npm run example -- examples/mcp.ts [--live]
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeStdio from "@effect/platform-node/NodeStdio"
import * as McpProtocol from "effect/ai/McpProtocol"
import * as McpServer from "effect/ai/McpServer"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Anthropic from "effect-anthropic/Anthropic"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { handlers, toolkit } from "./support/mcpTools.ts"

const emulated = Layer.merge(AnthropicEmulator.layer(), Anthropic.layer({ apiKey: "any-key-will-do" }))

const client = process.argv.includes("--live") ? FetchHttpClient.layer : emulated

// Nothing else may be written to standard output: it belongs to the protocol.
const server = McpServer.layerStdio({
  name: "effect-anthropic",
  version: "0.1.0",
  protocols: [McpProtocol.v2025_11_25, McpProtocol.v2025_06_18],
  registrations: McpServer.toolkit(toolkit).pipe(Layer.provide(handlers))
})

// A client that goes away closes the input.
process.stdin.on("end", () => process.exit(0))

NodeRuntime.runMain(Layer.launch(server.pipe(Layer.provide(client), Layer.provide(NodeStdio.layer))))
