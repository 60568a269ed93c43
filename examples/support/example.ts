// What the examples share: they run on the emulator, or with --live on the API that the environment names.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Anthropic from "effect-anthropic/Anthropic"
import { AnthropicEmulator } from "effect-anthropic/testing"

export const isLive = process.argv.includes("--live")

/** The value that follows an option on the command line. */
export const option = (name: string): string | undefined => {
  const index = process.argv.indexOf(`--${name}`)
  return index === -1 ? undefined : process.argv[index + 1]
}

export interface Options {
  readonly emulator?: AnthropicEmulator.Options
  /** Fills the emulator before the program begins. */
  readonly seed?: Effect.Effect<unknown, never, AnthropicEmulator.Emulator>
  /** A sentence about the cost with --live. */
  readonly cost?: string
}

const emulated = (options: Options) =>
  Layer.effectDiscard(options.seed ?? Effect.void).pipe(
    Layer.provideMerge(AnthropicEmulator.layer(options.emulator)),
    Layer.merge(Anthropic.layer({ apiKey: "any-key-will-do", baseUrl: "https://api.anthropic.com" }))
  )

const announceLive = (options: Options) =>
  Effect.gen(function* () {
    const settings = yield* Anthropic.Settings
    yield* Effect.mapError(settings.credentials, (error) => new Error(`--live needs a key: ${error.message}`))
    const baseUrl = yield* settings.baseUrl
    yield* Console.log(`Live: requests go to ${baseUrl}. ${options.cost ?? "This only reads and costs nothing."}\n`)
  })

// The reader of a pipe may close it, as in `npm start | head`.
process.stdout.on("error", () => process.exit(0))

/** Runs an example. A failure is one line on stderr and exit code 1. */
export const run = <E extends Error>(
  program: Effect.Effect<void, E, HttpClient.HttpClient>,
  options: Options = {}
): void => {
  const onEmulator = Console.log("On the emulator: no key, no network. With --live it calls the real API.\n").pipe(
    Effect.andThen(program),
    Effect.provide(emulated(options))
  )
  const onApi = announceLive(options).pipe(Effect.andThen(program), Effect.provide(FetchHttpClient.layer))
  const reported = Effect.catch(isLive ? onApi : onEmulator, (error) =>
    Effect.andThen(
      Console.error(`${error.name}: ${error.message}`),
      Effect.sync(() => {
        process.exitCode = 1
      })
    )
  )
  NodeRuntime.runMain(reported)
}
