/**
 * The models that a credential can use (https://platform.claude.com/docs/en/api/models), and questions about them: what
 * they can do, when they retire, which one to choose, and whether one accepts a request.
 *
 * Functions on models that were already listed are pure. Unknown values are returned as unknown, and never guessed.
 *
 * @since 0.1.0
 */

export type { Issue } from "./BatchRequest.ts"
export type { IdOf } from "./http/path.ts"
export { type CapabilityPath, capability, features, supports, type UnlistedPath } from "./models/capability.ts"
export { Catalogue, type CatalogueOptions, type Listing, layerCatalogue } from "./models/catalogue.ts"
export { type CheckOptions, check, checker } from "./models/check.ts"
export { type CompareOptions, type ComparisonRow, compare } from "./models/compare.ts"
export { find, releasedAt, retiresBefore, retiresWithin, successor } from "./models/lifecycle.ts"
export {
  ListError,
  type ListOptions,
  list,
  listPage,
  listPages,
  RetrieveError,
  retrieve
} from "./models/operations.ts"
export {
  type Choice,
  type Exclusion,
  type Finding,
  type Needs,
  NoModelError,
  type Preference,
  type PricePreference,
  type Recommendation,
  type RecommendOptions,
  recommend
} from "./models/recommend.ts"
export type { Wire } from "./schema/checked.ts"
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
