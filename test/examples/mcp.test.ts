// The tools of the example are served over MCP: a client lists them, calls one, and is told of a wrong call.
import { assert, describe, it } from "@effect/vitest"
import * as McpProtocol from "effect/ai/McpProtocol"
import * as McpServer from "effect/ai/McpServer"
import * as McpTest from "effect/ai/McpTest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { handlers, toolkit } from "../../examples/support/mcpTools.ts"
import { Fault, onEmulator, script } from "../support/batches.ts"

const connect = McpTest.makeClient(McpServer.toolkit(toolkit).pipe(Layer.provide(handlers)), {
  protocols: [McpProtocol.v2025_11_25]
})

describe("a toolkit served over MCP", () => {
  it.effect("lists its tools and calls them", () =>
    Effect.gen(function* () {
      const client = yield* connect
      const { tools } = yield* client.listTools()
      assert.deepStrictEqual(
        tools.map(({ name }) => name),
        ["list_models"]
      )
      const result = yield* client.callTool({ name: "list_models", arguments: { limit: 2 } })
      assert.notStrictEqual(result.isError, true)
      assert.match(JSON.stringify(result.structuredContent ?? result.content), /claude-.*claude-/)
    }).pipe(Effect.scoped, onEmulator())
  )

  it.effect("reports a failure, and arguments that do not fit, as errors", () =>
    Effect.gen(function* () {
      const client = yield* connect
      yield* script(Fault.status(401))
      const failed = yield* client.callTool({ name: "list_models", arguments: {} })
      assert.isTrue(failed.isError)
      const wrong = yield* Effect.exit(client.callTool({ name: "list_models", arguments: { limit: "many" } }))
      assert.isTrue(wrong._tag === "Failure" || wrong.value.isError === true)
    }).pipe(Effect.scoped, onEmulator())
  )
})
