// Finds the settings in force: those of the client, or else those of the fiber, with the changes around a call.
// Everything public here is exported by the module Anthropic.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import * as carried from "./carried.ts"
import { change, type Options, Settings } from "./settings.ts"

/** The changes of `withSettings` around the running fiber, which also apply to a client that carries settings. */
export const Changes = Context.Reference<ReadonlyArray<Options>>("effect-anthropic/Settings/Changes", {
  defaultValue: () => []
})

export const clientSettings = carried.make<Settings>("effect-anthropic/Settings/Client")

/** The settings of a call, with the settings that its client carries, if any. */
const resolve = (client: Settings | undefined): Effect.Effect<Settings> =>
  client === undefined ? Settings : Effect.map(Changes, (changes) => changes.reduce(change, client))

/**
 * The settings in force: those that the `HttpClient` carries, or else `Settings`, with the changes of `withSettings`.
 *
 * @category getters
 * @since 0.1.0
 */
export const currentSettings: Effect.Effect<Settings> = Effect.flatMap(
  Effect.serviceOption(HttpClient.HttpClient),
  Option.match({
    onNone: () => resolve(undefined),
    onSome: (client) => Effect.flatMap(clientSettings.carriedBy(client), resolve)
  })
)

/** Runs a call with the settings in force. */
export const withCurrentSettings = <A, E, R>(
  use: (settings: Settings) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, HttpClient.HttpClient | R> =>
  Effect.flatMap(HttpClient.HttpClient, (client) =>
    clientSettings.withCarried(client, (settings) => Effect.flatMap(resolve(settings), use))
  )
