// What the models of the catalogue refuse in addition to their capabilities, by id.
// From the documentation and the official SDK 1.14.0, read on 2026-11-25. A model that is not named refuses nothing here.
import type { WireModel } from "./catalogue.ts"

const fableAndMythos = ["claude-fable-5-2", "claude-mythos-5-2", "claude-fable-5-1", "claude-mythos-5-1"]

/** The models that accept a conversation that ends with a turn of the assistant: 4.5 and older. */
const takePrefill = new Set([
  "claude-opus-4-5-20251101",
  "claude-haiku-4-5-20251001",
  "claude-sonnet-4-5-20250929",
  "claude-opus-4-1-20250805",
  "claude-sonnet-4-20250514"
])

/** The models whose tools cannot be forced. */
const refuseForcedTools = new Set([...fableAndMythos, "claude-opus-5-5", "claude-sonnet-5-5"])

/** The models that accept disabled thinking only at effort `high` and below. */
const disableUpToHigh = new Set(["claude-opus-5", "claude-haiku-5-5"])

/** The models that have a fast mode, or accept the parameter without an effect. */
const takeFast = new Set(["claude-fable-5-2", "claude-opus-5-5", "claude-opus-5", "claude-opus-4-8", "claude-opus-4-6"])

/** The models that accept the fast mode and run at standard speed. */
const ignoreFast = new Set(["claude-opus-4-6"])

/** The models that write up to 300 000 tokens in batches, with a beta. */
const writeLong = new Set([
  "claude-opus-5-5",
  "claude-opus-5",
  "claude-opus-4-8",
  "claude-opus-4-7",
  "claude-opus-4-6",
  "claude-sonnet-5-5",
  "claude-sonnet-5",
  "claude-sonnet-4-6",
  "claude-haiku-5-5"
])

/** The models that accept the sampling parameters under the API version of 2023: 4.6 and older. */
const takeSampling = new Set([...takePrefill, "claude-opus-4-6", "claude-sonnet-4-6"])

/** The models that accept only the newest tool for computer use. */
const refuseOldComputers = new Set([
  "claude-fable-5-2",
  "claude-mythos-5-2",
  "claude-opus-5-5",
  "claude-sonnet-5-5",
  "claude-haiku-5-5"
])

/** The models without a fallback on the server, which do not accept a list of fallbacks. */
const refuseFallbacks = new Set(["claude-haiku-5-5"])

const known = new Set([...takeSampling, ...writeLong, ...fableAndMythos, "claude-fable-5", "claude-mythos-5"])

export const refusesPrefill = ({ id }: WireModel): boolean => known.has(id) && !takePrefill.has(id)

export const refusesForcedTools = ({ id }: WireModel): boolean => refuseForcedTools.has(id)

export const refusesFast = ({ id }: WireModel): boolean => known.has(id) && !takeFast.has(id)

/** Whether a request for the fast mode runs, and is charged, as such. */
export const runsFast = ({ id }: WireModel): boolean => takeFast.has(id) && !ignoreFast.has(id)

/** Whether the sampling parameters are refused even under the API version of 2023. */
export const refusesSampling = ({ id }: WireModel): boolean => known.has(id) && !takeSampling.has(id)

/** Whether a region of inference is refused: by 4.5 and older. */
export const refusesGeo = ({ id }: WireModel): boolean => takePrefill.has(id)

export const refusesComputer = ({ id }: WireModel, tool: unknown): boolean =>
  refuseOldComputers.has(id) && typeof tool === "string" && /^computer_20(24|25)\d{4}$/.test(tool)

export const refusesFallbackList = ({ id }: WireModel): boolean => refuseFallbacks.has(id)

/** Whether thinking of this type is refused at an effort that the model otherwise accepts. */
export const refusesAtEffort = ({ id }: WireModel, thinking: unknown, effort: unknown): boolean =>
  (effort === "xhigh" || effort === "max") &&
  ((thinking === "disabled" && disableUpToHigh.has(id)) || thinking === "between_tools")

/** The most tokens that a model writes: more in a batch with the beta of long output. */
export const maxTokensOf = (model: WireModel, hasLongOutput: boolean): number =>
  hasLongOutput && writeLong.has(model.id) ? 300_000 : (model.max_tokens ?? Number.POSITIVE_INFINITY)
