/**
 * The models that a credential can use (https://platform.claude.com/docs/en/api/models), and questions about them: what
 * they can do, when they retire, which of them to take, and whether they take a request.
 *
 * Questions about models that are at hand are plain functions; what is not known is told as such, never guessed.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import type * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { RequestError } from "./AnthropicError.ts"
import type { BatchRequest, Issue } from "./BatchRequest.ts"
import { type IdOf, idOf } from "./http/path.ts"
import { request } from "./http/transport.ts"
import * as internalCapability from "./models/capability.ts"
import * as internalCatalogue from "./models/catalogue.ts"
import * as internalCheck from "./models/check.ts"
import * as internalCompare from "./models/compare.ts"
import * as internalLifecycle from "./models/lifecycle.ts"
import * as internalRecommend from "./models/recommend.ts"
import * as Pagination from "./Pagination.ts"
import type { MessageParams } from "./schema/MessageParams.ts"
import { ModelInfo, ModelInfoPage, type ModelLifecycle } from "./schema/Model.ts"

export {
  type ContextManagementSupport,
  type EffortSupport,
  ModelCapabilities,
  ModelInfo,
  type ModelInfoEncoded,
  ModelLifecycle,
  ModelLine,
  type ServerToolsSupport,
  type Support,
  type ThinkingSupport,
  type ThinkingTypesSupport
} from "./schema/Model.ts"

/**
 * Which models to list, and how. Without `lifecycle` the API leaves out retired models.
 *
 * @since 0.1.0
 */
export interface ListOptions extends Pagination.ListOptions {
  readonly lifecycle?: ReadonlyArray<ModelLifecycle> | undefined
}

/**
 * @since 0.1.0
 */
export type ListError = Pagination.ListError

/**
 * @since 0.1.0
 */
export type RetrieveError = RequestError

/**
 * One page of models, newest release first.
 *
 * @since 0.1.0
 */
export const listPage = Effect.fn("Models.listPage")(function* (
  options: ListOptions = {}
): Effect.fn.Return<Pagination.Page<ModelInfo>, ListError, HttpClient.HttpClient> {
  const query = (options.lifecycle ?? []).map((lifecycle) => ["lifecycle[]", lifecycle] as const)
  return yield* Pagination.idPage({ name: "Models.list", path: ["models"], page: ModelInfoPage, query }, options)
})

/**
 * The pages of the listing, fetched as they are pulled.
 *
 * @since 0.1.0
 */
export const listPages = (
  options: ListOptions = {}
): Stream.Stream<Pagination.Page<ModelInfo>, ListError, HttpClient.HttpClient> =>
  Pagination.paginate((cursor) => listPage({ ...options, cursor }), options)

/**
 * Every model, newest release first.
 *
 * @example
 * import * as Models from "effect-anthropic/Models"
 * import * as Stream from "effect/Stream"
 *
 * const ids = Models.list({ lifecycle: ["active"] }).pipe(Stream.map((model) => model.id), Stream.runCollect)
 *
 * @since 0.1.0
 */
export const list = (options: ListOptions = {}): Stream.Stream<ModelInfo, ListError, HttpClient.HttpClient> =>
  Pagination.items(listPages(options))

/**
 * One model by its id or an alias; the answer has the id that an alias stands for.
 *
 * @since 0.1.0
 */
export const retrieve = Effect.fn("Models.retrieve")(function* (
  model: IdOf
): Effect.fn.Return<ModelInfo, RetrieveError, HttpClient.HttpClient> {
  return yield* request(
    { name: "Models.retrieve", kind: "idempotent", method: "GET", path: ["models", idOf(model)] },
    ModelInfo
  )
})

/**
 * A place in the capability tree where the API says yes or no, for example `thinking.types.adaptive`.
 *
 * @since 0.1.0
 */
export type CapabilityPath = internalCapability.CapabilityPath

/**
 * A path of the capability tree that this version does not list.
 *
 * @since 0.1.0
 */
export type UnlistedPath = internalCapability.UnlistedPath

/**
 * Whether a model can do something; none where its capabilities do not tell.
 *
 * What is not told of a thing itself is as its group: without `effort`, there is no `effort.xhigh`.
 *
 * @example
 * import * as Models from "effect-anthropic/Models"
 *
 * const ask = (model: Models.ModelInfo) => [
 *   Models.capability(model, "effort.xhigh"),
 *   Models.capability(model, { unlisted: "compaction.summarize" })
 * ]
 *
 * @since 0.1.0
 */
export const capability: (
  model: Pick<ModelInfo, "capabilities">,
  path: CapabilityPath | UnlistedPath
) => Option.Option<boolean> = internalCapability.capability

/**
 * Whether a model is known to be able to do something.
 *
 * @since 0.1.0
 */
export const supports: (model: Pick<ModelInfo, "capabilities">, path: CapabilityPath | UnlistedPath) => boolean =
  internalCapability.supports

/**
 * The paths of everything a model is known to be able to do, those that this version does not list included.
 *
 * @since 0.1.0
 */
export const features: (model: Pick<ModelInfo, "capabilities">) => ReadonlyArray<CapabilityPath | (string & {})> =
  internalCapability.features

/**
 * One thing that `compare` compares, with what each model has of it; undefined where that is unknown.
 *
 * @since 0.1.0
 */
export type ComparisonRow = internalCompare.ComparisonRow

/**
 * For which day and prompt `compare` looks up prices, and whether it also gives what does not differ.
 *
 * @since 0.1.0
 */
export type CompareOptions = internalCompare.CompareOptions

/**
 * What differs between models: fields, capabilities, and prices in USD per million tokens.
 *
 * @since 0.1.0
 */
export const compare: (models: ReadonlyArray<ModelInfo>, options: CompareOptions) => ReadonlyArray<ComparisonRow> =
  internalCompare.compare

/**
 * When a model was released; none where the API does not know (it writes the epoch then).
 *
 * @since 0.1.0
 */
export const releasedAt: (model: Pick<ModelInfo, "created_at">) => Option.Option<DateTime.Utc> =
  internalLifecycle.releasedAt

/**
 * Whether a model is retired, or announced to be before a day; none for a deprecated one without a date. Dates can move.
 *
 * @since 0.1.0
 */
export const retiresBefore: (
  model: Pick<ModelInfo, "lifecycle" | "retires_at">,
  day: DateTime.DateTime
) => Option.Option<boolean> = internalLifecycle.retiresBefore

/**
 * Whether a model is retired, or announced to be within a time from `at`, as `retiresBefore` tells it.
 *
 * @since 0.1.0
 */
export const retiresWithin: (
  model: Pick<ModelInfo, "lifecycle" | "retires_at">,
  duration: Duration.Input,
  at: DateTime.DateTime
) => Option.Option<boolean> = internalLifecycle.retiresWithin

/**
 * A hint to what may take a model's place: the newest active model of its line that is newer. The API names none.
 *
 * @since 0.1.0
 */
export const successor: (model: ModelInfo, models: ReadonlyArray<ModelInfo>) => Option.Option<ModelInfo> =
  internalLifecycle.successor

/**
 * A model of a listing by its id or by its alias: a dated id without the date, the newest if there are several.
 *
 * @since 0.1.0
 */
export const find: (models: ReadonlyArray<ModelInfo>, idOrAlias: string) => Option.Option<ModelInfo> =
  internalLifecycle.find

/**
 * What a model has to be and to do, for `recommend`.
 *
 * @since 0.1.0
 */
export type Needs = internalRecommend.Needs

/**
 * Which of the models that will do comes first: the cheapest for a usage, the newest, the one with the largest context
 * window, or by an order of your own.
 *
 * @since 0.1.0
 */
export type Preference = internalRecommend.Preference

/**
 * What was found about one need: `met`, `unmet` or `unknown`, and why.
 *
 * @since 0.1.0
 */
export type Finding = internalRecommend.Finding

/**
 * A model that meets every need, why, and what the given usage costs when price was preferred.
 *
 * @since 0.1.0
 */
export type Choice = internalRecommend.Choice

/**
 * A model that does not meet every need, with those it does not meet or of which that is unknown.
 *
 * @since 0.1.0
 */
export type Exclusion = internalRecommend.Exclusion

/**
 * The models that will do, the best first, and the others with what speaks against them.
 *
 * @since 0.1.0
 */
export type Recommendation = internalRecommend.Recommendation

/**
 * What `recommend` goes by: the needs, the preference, and the day and book of the prices.
 *
 * @since 0.1.0
 */
export type RecommendOptions = internalRecommend.RecommendOptions

export {
  /**
   * No model meets every need: `nearest` are those that miss the fewest (at most five), with what they miss.
   *
   * @since 0.1.0
   */
  NoModelError
} from "./models/recommend.ts"

/**
 * Chooses among models: those that meet every need, in the order of a preference, with reasons.
 *
 * What is unknown of a model does not meet a need. By price, a model without a known price is excluded.
 *
 * @example
 * import * as Models from "effect-anthropic/Models"
 * import * as DateTime from "effect/DateTime"
 * import * as Result from "effect/Result"
 *
 * const choose = (models: ReadonlyArray<Models.ModelInfo>) =>
 *   Models.recommend(models, {
 *     needs: { capabilities: ["batch", "structured_outputs"], inputTokens: 200_000 },
 *     prefer: { by: "price", usage: { input_tokens: 150_000, output_tokens: 2_000 }, batch: true },
 *     at: DateTime.makeUnsafe("2026-11-22")
 *   }).pipe(Result.map(({ choices }) => choices[0].model.id))
 *
 * @since 0.1.0
 */
export const recommend: (
  models: Iterable<ModelInfo>,
  options: RecommendOptions
) => Result.Result<Recommendation, internalRecommend.NoModelError> = internalRecommend.recommend

/**
 * What `check` cannot see in the parameters: whether they go into a batch, counted tokens, betas, and how long the model has
 * to be there.
 *
 * @since 0.1.0
 */
export type CheckOptions = internalCheck.CheckOptions

/**
 * Every issue of a request that can be told without sending it: `max_tokens` over the model's; thinking type, effort,
 * images, PDFs, citations, structured outputs, server tools or batches not supported; a model that is retired, deprecated
 * or retires too early; an input over the context window.
 *
 * Nothing is objected to where the model does not tell. An input whose tokens were not counted is measured by its length,
 * and then is a warning only.
 *
 * @since 0.1.0
 */
export const check: (model: ModelInfo, params: MessageParams, options?: CheckOptions) => ReadonlyArray<Issue> =
  internalCheck.check

/**
 * Makes a check of batch requests against the models of a listing, for the option `check` of `Batches.create`: the errors
 * of `check`, with `warnings` also those, and a model that is not in the listing.
 *
 * @since 0.1.0
 */
export const checker: (
  models: ReadonlyArray<ModelInfo>,
  options?: Omit<CheckOptions, "batch" | "inputTokens"> & { readonly warnings?: boolean | undefined }
) => (request: BatchRequest) => ReadonlyArray<Issue> = internalCheck.checker

/**
 * The models as they were last heard of, every stage included, and from where: the API, or a fallback.
 *
 * @since 0.1.0
 */
export type Listing = internalCatalogue.Listing

/**
 * A listing to be asked again and again, and models out of it by id or alias.
 *
 * @since 0.1.0
 */
export type Catalogue = internalCatalogue.Catalogue

/**
 * How long a cached listing is good for, and what to go on with while the API cannot be reached.
 *
 * @since 0.1.0
 */
export type CatalogueOptions = internalCatalogue.CatalogueOptions

const source = {
  list: Effect.suspend(() =>
    Stream.runCollect(list({ lifecycle: ["active", "deprecated", "retired"], pageSize: 1000 }))
  ),
  retrieve
}

/**
 * The catalogue in force. By default it asks the API every time; `layerCatalogue` puts a cache in its place.
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
 * @since 0.1.0
 */
export const Catalogue: Context.Reference<Catalogue> = internalCatalogue.makeReference(source)

/**
 * A catalogue that keeps what it was told: one listing for many callers at once, for as long as `timeToLive`.
 *
 * It is kept for each workspace of the settings; programs that use several credentials need a layer for each. A failure
 * is not kept. With `fallback`, a catalogue goes on while the API cannot be reached, and its `origin` tells so.
 *
 * @since 0.1.0
 */
export const layerCatalogue = (options: CatalogueOptions = {}): Layer.Layer<never> =>
  internalCatalogue.layerCached(Catalogue, source, options)
