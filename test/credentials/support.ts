// What tests of credentials share: a directory of profiles, an environment, and calls that use what was made of them.
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { Emulator } from "../support/emulator.ts"

export const federationEnv = {
  ANTHROPIC_FEDERATION_RULE_ID: "fdrl_01",
  ANTHROPIC_ORGANIZATION_ID: "org-1",
  ANTHROPIC_IDENTITY_TOKEN: "identity-canary-0123456789"
}

/** An emulator, Node's file system, and an environment. */
export const world = (env: Record<string, string>, emulator: AnthropicEmulator.Options = {}) =>
  Layer.mergeAll(
    AnthropicEmulator.layer(emulator),
    NodeFileSystem.layer,
    ConfigProvider.layer(ConfigProvider.fromEnv({ env }))
  )

/** Writes files under a new directory, which `$DIR` stands for. The files of tokens are for this user alone. */
export const directoryOf = Effect.fnUntraced(function* (files: { readonly [path: string]: unknown }) {
  const fs = yield* FileSystem.FileSystem
  const directory = yield* fs.makeTempDirectoryScoped()
  for (const [path, content] of Object.entries(files)) {
    const at = `${directory}/${path}`
    yield* fs.makeDirectory(at.replace(/\/[^/]*$/, ""), { recursive: true })
    const text = typeof content === "string" ? content : JSON.stringify(content)
    yield* fs.writeFileString(at, text.replaceAll("$DIR", directory), { mode: 0o600 })
  }
  return directory
})

export const withEnv =
  (env: Record<string, string>) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.provide(effect, ConfigProvider.layer(ConfigProvider.fromEnv({ env })))

export const requestsTo = (path: string) =>
  Effect.flatMap(Emulator, ({ requests }) =>
    Effect.map(requests, (all) => all.filter((request) => request.path === path))
  )

export const exchanges = requestsTo("/v1/oauth/token")

/** One turn of the real event loop, in which files are read and written. */
export const turn = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

/** Runs an effect that reads files while virtual time goes on: files take turns of the real event loop. */
export const throughTime = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
  const fiber = yield* Effect.forkChild(Effect.result(effect))
  while (fiber.pollUnsafe() === undefined) {
    yield* Effect.repeat(turn, { times: 20 })
    yield* TestClock.adjust("250 millis")
  }
  return yield* Fiber.join(fiber)
})
