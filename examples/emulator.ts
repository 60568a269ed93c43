// Serves the emulator on a port, for any client of the API. Batches end 30 seconds after they were created.
//
//   npm run example -- examples/emulator.ts [--port 8787]
import { createServer } from "node:http"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { option } from "./support/example.ts"

const port = Number(option("port") ?? 8787)
if (!(Number.isInteger(port) && port > 0 && port < 65536)) {
  console.error(`--port takes a number from 1 to 65535, not ${option("port")}`)
  process.exit(1)
}
const url = `http://127.0.0.1:${port}`

const usage = `The emulator listens on ${url}. Ctrl-C stops it; its batches are gone then.

For any client of the API (any key will do):

  export ANTHROPIC_BASE_URL=${url}
  export ANTHROPIC_API_KEY=test

For example, in another terminal with these two set:

  npm start -- --live
  curl -s $ANTHROPIC_BASE_URL/v1/models -H "x-api-key: $ANTHROPIC_API_KEY" -H "anthropic-version: 2023-06-01"

It has the endpoints of models, message batches, messages and files. Requests so far:
`

/** Prints each request once it has been answered. */
const printRequests = Effect.gen(function* () {
  const { requests } = yield* AnthropicEmulator.Emulator
  let printed = 0
  yield* Effect.gen(function* () {
    for (const { closedEarly, method, path, status } of (yield* requests).slice(printed)) {
      if (status === undefined && !closedEarly) break
      printed++
      yield* Console.log(`${method} ${path} ${status ?? "(the client closed the connection)"}`)
    }
  }).pipe(Effect.repeat(Schedule.spaced("100 millis")))
})

const server = AnthropicEmulator.serve({ plan: { endsAfter: "30 seconds", cancelTakes: "2 seconds" } }).pipe(
  Layer.provide(NodeHttpServer.layer(createServer, { port, host: "127.0.0.1", gracefulShutdownTimeout: 0 }))
)

Console.log(usage).pipe(
  Effect.andThen(printRequests),
  Effect.provide(server),
  Effect.catch((error) =>
    Effect.andThen(
      Console.error(`The emulator cannot listen on port ${port}: ${error.cause}`),
      Effect.sync(() => {
        process.exitCode = 1
      })
    )
  ),
  NodeRuntime.runMain
)
