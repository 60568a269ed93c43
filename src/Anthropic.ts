/**
 * Settings of the SDK: credentials, base URL, headers, retries and timeouts. They have defaults, so that no operation
 * requires them.
 *
 * `layerClient` makes them part of an `HttpClient`, which suits applications. `layer` sets them for everything that runs with
 * it, and `withSettings` for one effect or stream.
 *
 * @since 0.1.0
 */
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { Changes, clientSettings, currentSettings } from "./settings/inForce.ts"
import { change, type Options, Settings } from "./settings/settings.ts"

export { customHeaders } from "./settings/customHeaders.ts"
export { currentSettings } from "./settings/inForce.ts"
export type { CallWatch, Observe, ObservedCall } from "./settings/observe.ts"
export { OnResponse, type ResponseInfo, type WithResponse, withResponse } from "./settings/response.ts"
export { type Authorize, type Options, type RetryOptions, type RetrySettings, Settings } from "./settings/settings.ts"

/**
 * An `HttpClient` that carries settings. Code that captures the client and provides it later, as a service does, keeps them.
 *
 * It wraps the client that it is given, so it can be placed outside or inside a limiter and the combinators of `HttpClient`. A
 * client that is written with `HttpClient.make` hides the settings of the clients that it calls. Those that its first call
 * meets are then used for all of its calls, also if it chooses between clients with different settings.
 *
 * The settings are the options on top of those in force where the layer is built. They replace those of `layer`, so that a
 * credential is never sent to the host of another. `withSettings` still changes them for one effect or stream.
 *
 * @example
 * import * as Anthropic from "effect-anthropic/Anthropic"
 * import * as FetchHttpClient from "effect/http/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 *
 * const client = Anthropic.layerClient({ retry: { maxRetries: 5 } }).pipe(Layer.provide(FetchHttpClient.layer))
 *
 * @category layers
 * @since 0.1.0
 */
export const layerClient = (options: Options): Layer.Layer<HttpClient.HttpClient, never, HttpClient.HttpClient> =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.gen(function* () {
      const client = yield* HttpClient.HttpClient
      return clientSettings.carry(client, change(yield* currentSettings, options))
    })
  )

/**
 * Settings for everything that runs with the layer, on top of those in force where it is built.
 *
 * The settings are one value. Two such layers that are merged are not combined: only the last one is used. Give all options
 * to one layer, or put one layer on top of the other with `Layer.provide`. A client of `layerClient` keeps its own settings.
 *
 * @example
 * import * as Anthropic from "effect-anthropic/Anthropic"
 *
 * const settings = Anthropic.layer({ baseUrl: "https://gateway.example", retry: { maxRetries: 5 } })
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<never> =>
  Layer.effect(
    Settings,
    Effect.map(Settings, (settings) => change(settings, options))
  )

/**
 * Settings of which some are read from `Config` when the layer is built. Building it fails with `ConfigError` if one is
 * missing.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (config: {
  readonly apiKey?: Config.Config<Redacted.Redacted> | undefined
  readonly baseUrl?: Config.Config<string> | undefined
  readonly workspaceId?: Config.Config<string> | undefined
  readonly userProfileId?: Config.Config<string> | undefined
  /** Headers, to which those of `options` are added. See `customHeaders`. */
  readonly headers?: Config.Config<{ readonly [name: string]: string }> | undefined
  /** Settings that are not read from `Config`. */
  readonly options?: Options | undefined
}): Layer.Layer<never, Config.ConfigError> =>
  Layer.effect(
    Settings,
    Effect.gen(function* () {
      const current = yield* Settings
      const settings = config.headers === undefined ? current : change(current, { headers: yield* config.headers })
      return change(settings, {
        ...config.options,
        ...(config.apiKey === undefined ? {} : { apiKey: yield* config.apiKey }),
        ...(config.baseUrl === undefined ? {} : { baseUrl: yield* config.baseUrl }),
        ...(config.workspaceId === undefined ? {} : { workspaceId: yield* config.workspaceId }),
        ...(config.userProfileId === undefined ? {} : { userProfileId: yield* config.userProfileId })
      })
    })
  )

/**
 * Changes the settings of one effect or stream, also if the client carries settings.
 *
 * @example
 * import * as Anthropic from "effect-anthropic/Anthropic"
 * import * as Batches from "effect-anthropic/Batches"
 *
 * const elsewhere = Batches.list().pipe(Anthropic.withSettings({ workspaceId: "wrkspc_01" }))
 *
 * @category combinators
 * @since 0.1.0
 */
export const withSettings = (options: Options) => {
  type Target = Effect.Effect<unknown, unknown, unknown> | Stream.Stream<unknown, unknown, unknown>
  const settings = (current: Settings): Settings => change(current, options)
  const changes = (current: ReadonlyArray<Options>): ReadonlyArray<Options> => [...current, options]
  function apply<Self extends Target>(self: Self): Self
  function apply(self: Target): Target {
    return Effect.isEffect(self)
      ? self.pipe(Effect.updateService(Settings, settings), Effect.updateService(Changes, changes))
      : self.pipe(Stream.updateService(Settings, settings), Stream.updateService(Changes, changes))
  }
  return apply
}
