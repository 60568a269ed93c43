import OfficialAnthropic from "@anthropic-ai/sdk"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as HttpServer from "effect/http/HttpServer"
import type { AnthropicEmulator } from "effect-anthropic/testing"
import { served } from "./served.ts"

class SdkError extends Data.TaggedError("SdkError")<{ readonly cause: unknown }> {}

/** Asks the served emulator with the official SDK. */
export const official = <A>(ask: (client: OfficialAnthropic) => PromiseLike<A>) =>
  Effect.flatMap(HttpServer.HttpServer, ({ address }) =>
    Effect.tryPromise({
      try: () =>
        ask(
          new OfficialAnthropic({
            apiKey: "sk-ant-test-1234",
            baseURL: HttpServer.formatAddress(address),
            maxRetries: 0
          })
        ),
      catch: (cause) => new SdkError({ cause })
    })
  )

export const onServer = (options: AnthropicEmulator.Options = {}) => Effect.provide(served(options))
