import * as Cache from "effect/Cache"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Anthropic from "../Anthropic.ts"
import type { PaginationError, RequestError } from "../AnthropicError.ts"
import { type IdOf, idOf } from "../http/path.ts"
import type { ModelInfo } from "../schema/Model.ts"
import { find } from "./lifecycle.ts"

type ListError = RequestError | PaginationError

/** The models as they were last heard of. */
export interface Listing {
  /** Every stage, newest release first. */
  readonly models: ReadonlyArray<ModelInfo>
  /** `lastKnown` and `fallback` only where the API could not be reached and the catalogue was told to go on. */
  readonly origin: "api" | "lastKnown" | "fallback"
  /** When the API told it; when it was asked in vain, for a fallback. */
  readonly at: DateTime.Utc
}

export interface Catalogue {
  readonly listing: Effect.Effect<Listing, ListError, HttpClient.HttpClient>
  /** A model by its id or an alias: out of the listing, or else asked for by name. */
  readonly find: (model: IdOf) => Effect.Effect<ModelInfo, ListError, HttpClient.HttpClient>
}

export interface CatalogueOptions {
  /** How long a listing is good for: an hour when left out. */
  readonly timeToLive?: Duration.Input | undefined
  /**
   * What to go on with while the API cannot be reached (no connection, or no answer in time): the listing that was last
   * seen, else these models. Without it, the failure is passed on.
   */
  readonly fallback?: ReadonlyArray<ModelInfo> | undefined
}

interface Source {
  readonly list: Effect.Effect<ReadonlyArray<ModelInfo>, ListError, HttpClient.HttpClient>
  readonly retrieve: (model: string) => Effect.Effect<ModelInfo, RequestError, HttpClient.HttpClient>
}

const fromApi = (source: Source): Catalogue["listing"] =>
  Effect.gen(function* () {
    const models = yield* source.list
    return { models, origin: "api", at: yield* DateTime.now } satisfies Listing
  })

const finder =
  (source: Source, listing: Catalogue["listing"]): Catalogue["find"] =>
  (model) =>
    Effect.flatMap(listing, ({ models }) =>
      Option.match(find(models, idOf(model)), {
        onNone: () => source.retrieve(idOf(model)),
        onSome: Effect.succeed
      })
    )

/** Asks the API every time. */
const direct = (source: Source): Catalogue => {
  const listing = fromApi(source)
  return { listing, find: finder(source, listing) }
}

export const makeReference = (source: Source): Context.Reference<Catalogue> =>
  Context.Reference<Catalogue>("effect-anthropic/Catalogue", { defaultValue: () => direct(source) })

/** Failures that mean the API was not reached. */
const isOffline = (error: ListError): boolean =>
  error._tag === "ConnectionError" || error._tag === "ResponseTimeoutError" || error._tag === "IdleTimeoutError"

/** A cache holds what one workspace sees; more than so many workspaces push out the oldest. */
const capacity = 64

export const layerCached = (
  reference: Context.Reference<Catalogue>,
  source: Source,
  options: CatalogueOptions
): Layer.Layer<never> =>
  Layer.effect(
    reference,
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
          ? fromApi(source)
          : Effect.tap(fromApi(source), (listing) => Effect.sync(() => lastKnown.set(workspace, listing))).pipe(
              Effect.catchIf(isOffline, () => Effect.map(DateTime.now, orElse(workspace, fallback)))
            )
      const cache = yield* Cache.makeWith(lookup, {
        capacity,
        requireServicesAt: "lookup",
        // What is not from the API is asked for again the next time.
        timeToLive: (exit) => (Exit.isSuccess(exit) && exit.value.origin === "api" ? timeToLive : Duration.zero)
      })
      const listing = Effect.flatMap(Anthropic.Settings, ({ workspaceId }) => Cache.get(cache, workspaceId ?? ""))
      return { listing, find: finder(source, listing) }
    })
  )
