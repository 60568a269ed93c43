// The catalogue: a listing of models for repeated use, direct or cached.
import * as Cache from "effect/Cache"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Anthropic from "../Anthropic.ts"
import { type IdOf, idOf } from "../http/path.ts"
import type { ModelInfo } from "../schema/Model.ts"
import { find } from "./lifecycle.ts"
import { type ListError, list, retrieve } from "./operations.ts"

/**
 * The models of the last listing, and their origin.
 *
 * @category models
 * @since 0.1.0
 */
export interface Listing {
  /** Every stage, newest release first. */
  readonly models: ReadonlyArray<ModelInfo>
  /** `lastKnown` and `fallback` occur only if the API was not reached and the catalogue has a fallback. */
  readonly origin: "api" | "lastKnown" | "fallback"
  /** The time of the answer. For a fallback: of the attempt. */
  readonly at: DateTime.Utc
}

/**
 * A listing for repeated use, and its models by id or alias.
 *
 * @category models
 * @since 0.1.0
 */
export interface Catalogue {
  readonly listing: Effect.Effect<Listing, ListError, HttpClient.HttpClient>
  /** Finds a model by its id or an alias. One that is not in the listing is fetched. */
  readonly find: (model: IdOf) => Effect.Effect<ModelInfo, ListError, HttpClient.HttpClient>
}

/**
 * Options of `layerCatalogue`.
 *
 * @category options
 * @since 0.1.0
 */
export interface CatalogueOptions {
  /** How long a listing is kept. Default: 1 hour. */
  readonly timeToLive?: Duration.Input | undefined
  /**
   * The models to use while the API is not reached (no connection, or no answer in time) and no listing was read before.
   * Default: none, and the catalogue fails with the error.
   */
  readonly fallback?: ReadonlyArray<ModelInfo> | undefined
}

const fromApi: Catalogue["listing"] = Effect.gen(function* () {
  const models = yield* Stream.runCollect(list({ lifecycle: ["active", "deprecated", "retired"], pageSize: 1000 }))
  return { models, origin: "api", at: yield* DateTime.now } satisfies Listing
})

const finder =
  (listing: Catalogue["listing"]): Catalogue["find"] =>
  (model) =>
    Effect.flatMap(listing, ({ models }) =>
      Option.match(find(models, idOf(model)), {
        onNone: () => retrieve(model),
        onSome: Effect.succeed
      })
    )

/**
 * The catalogue in force. Default: it calls the API every time. `layerCatalogue` replaces it by one with a cache.
 *
 * @example
 * import * as Models from "effect-anthropic/Models"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const catalogue = yield* Models.Catalogue
 *   const model = yield* catalogue.find("claude-haiku-4-5")
 *   yield* Effect.log(model.id, model.lifecycle)
 * }).pipe(Effect.provide(Models.layerCatalogue({ timeToLive: "10 minutes" })))
 *
 * @category references
 * @since 0.1.0
 */
export const Catalogue: Context.Reference<Catalogue> = Context.Reference<Catalogue>("effect-anthropic/Catalogue", {
  defaultValue: () => ({ listing: fromApi, find: finder(fromApi) })
})

/** Failures that mean the API was not reached. */
const isOffline = (error: ListError): boolean =>
  error._tag === "ConnectionError" || error._tag === "ResponseTimeoutError" || error._tag === "IdleTimeoutError"

/** The number of workspaces whose listings are kept. Further ones replace the oldest. */
const capacity = 64

/**
 * Provides a catalogue with a cache. All callers share one listing for `timeToLive`.
 *
 * A listing is kept for each workspace of the settings. Programs with several credentials need a layer for each. A failure
 * is not kept. With `fallback` the catalogue also works while the API is not reached, and `origin` says so.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerCatalogue = (options: CatalogueOptions = {}): Layer.Layer<never> =>
  Layer.effect(
    Catalogue,
    Effect.gen(function* () {
      const timeToLive = Duration.fromInputUnsafe(options.timeToLive ?? "1 hour")
      const { fallback } = options
      const lastKnown = new Map<string, Listing>()
      const orElse =
        (workspace: string, models: ReadonlyArray<ModelInfo>) =>
        (now: DateTime.Utc): Listing => {
          const known = lastKnown.get(workspace)
          return known === undefined ? { models, origin: "fallback", at: now } : { ...known, origin: "lastKnown" }
        }
      const lookup = (workspace: string): Catalogue["listing"] =>
        fallback === undefined
          ? fromApi
          : Effect.tap(fromApi, (listing) => Effect.sync(() => lastKnown.set(workspace, listing))).pipe(
              Effect.catchIf(isOffline, () => Effect.map(DateTime.now, orElse(workspace, fallback)))
            )
      const cache = yield* Cache.makeWith(lookup, {
        capacity,
        requireServicesAt: "lookup",
        // A listing that is not from the API is not kept, and the next call asks the API again.
        timeToLive: (exit) => (Exit.isSuccess(exit) && exit.value.origin === "api" ? timeToLive : Duration.zero)
      })
      const listing = Effect.flatMap(Anthropic.currentSettings, ({ workspaceId }) =>
        Cache.get(cache, workspaceId ?? "")
      )
      return { listing, find: finder(listing) }
    })
  )
