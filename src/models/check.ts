// Finds every issue of a request that can be found without sending it, for single calls and for the requests of a batch.
import * as DateTime from "effect/DateTime"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type { BatchRequest, Issue } from "../BatchRequest.ts"
import { thinkingBudget } from "../facts/limits.ts"
import { tokenEstimates } from "../facts/tokens.ts"
import { checkConversation } from "../params/conversation.ts"
import type { MessageParams } from "../schema/MessageParams.ts"
import type { ModelInfo } from "../schema/Model.ts"
import { capability } from "./capability.ts"
import { readParams } from "./content.ts"
import { find, retiresBefore } from "./lifecycle.ts"
import { outputLimit } from "./output.ts"
import { checkRules } from "./rules.ts"

/**
 * What `check` cannot find in the parameters.
 *
 * @category options
 * @since 0.1.0
 */
export interface CheckOptions {
  /** Whether the request is going to be part of a batch. Default: false. */
  readonly batch?: boolean | undefined
  /** A day on which the model must still be available, by its announced retirement. */
  readonly notRetiringBefore?: DateTime.DateTime | undefined
  /** The tokens of the input, from `Messages.countTokens`. Default: an estimate by the length of its text. */
  readonly inputTokens?: number | undefined
  /** The values of `anthropic-beta` that the request will be sent with. Some lift a rule. */
  readonly betas?: ReadonlyArray<string> | undefined
  /** The API version that the request will be sent with. Default: `2026-10-21`. */
  readonly version?: string | undefined
}

const error = (path: string, description: string): Issue => ({ path, description, severity: "error" })

const checkLimits = (model: ModelInfo, params: MessageParams, options: CheckOptions): ReadonlyArray<Issue> => {
  const issues: Array<Issue> = []
  const { max_tokens: maxTokens, thinking } = params
  const { isCertain, tokens } = outputLimit(model, options)
  if (!Number.isInteger(maxTokens) || maxTokens < 0) {
    issues.push(error("max_tokens", `${maxTokens} is not a number of tokens`))
  } else if (options.batch === true && maxTokens === 0) {
    issues.push(error("max_tokens", "a batch does not support 0"))
  } else if (tokens !== undefined && maxTokens > tokens) {
    issues.push(error("max_tokens", `${maxTokens} is over the ${tokens} that ${model.id} writes at most`))
  } else if (!isCertain && maxTokens > (model.max_tokens ?? 0)) {
    const description = `whether ${model.id} writes ${maxTokens} tokens with that beta is not known`
    issues.push({ path: "max_tokens", description, severity: "warning" })
  }
  if (thinking?.type === "enabled") {
    const { min, unboundedBeta } = thinkingBudget
    const budget: unknown = thinking.budget_tokens
    const isBounded = options.betas?.includes(unboundedBeta) !== true
    if (typeof budget !== "number" || !(budget >= min) || (isBounded && !(budget < maxTokens))) {
      const range = isBounded ? `from ${min} to below max_tokens` : `at least ${min}`
      issues.push(error("thinking.budget_tokens", `${budget} is not ${range}`))
    }
  }
  return issues
}

const checkStage = (model: ModelInfo, options: CheckOptions): ReadonlyArray<Issue> => {
  const day = options.notRetiringBefore
  if (model.lifecycle === "retired") return [error("model", `${model.id} is retired`)]
  const announced = model.retires_at ? `, to be retired on ${DateTime.formatIsoDateUtc(model.retires_at)}` : ""
  if (day !== undefined && Option.getOrElse(retiresBefore(model, day), () => false)) {
    return [error("model", `${model.id} retires before ${DateTime.formatIsoDateUtc(day)}${announced}`)]
  }
  return model.lifecycle === "deprecated"
    ? [{ path: "model", description: `${model.id} is deprecated${announced}`, severity: "warning" }]
    : []
}

const checkWindow = (model: ModelInfo, characters: number, inputTokens: number | undefined): ReadonlyArray<Issue> => {
  const window = model.max_input_tokens ?? Number.POSITIVE_INFINITY
  if (inputTokens !== undefined) {
    const description = `${inputTokens} input tokens are over the ${window} that ${model.id} reads at most`
    return inputTokens > window ? [error("messages", description)] : []
  }
  const guess = Math.ceil(characters / tokenEstimates.charactersPerToken)
  const description = `about ${guess} input tokens, by their characters, are over the ${window} that ${model.id} reads at most`
  return guess > window ? [{ path: "messages", description, severity: "warning" }] : []
}

const isModel = (value: unknown): boolean => Predicate.hasProperty(value, "type") && value.type === "model"

/**
 * Returns every issue of a request that can be found without sending it.
 *
 * - `max_tokens` over the model's limit, and an input over its context window.
 * - Thinking, effort, content, tools and formats that the model does not support, by its capabilities.
 * - Parameters that the API is known to refuse by model: `inference_geo`, `speed`, a list of fallbacks, and those
 *   of sampling.
 * - Settings that it refuses by model: a forced tool choice, a last turn of the assistant, an effort with a type of
 *   thinking, older computer tools.
 * - More than 20 skills, and skills without the code execution tool.
 * - What a batch refuses, with `batch: true`.
 * - A conversation that no model takes, such as a call without its result: the issues of `Messages.issues`.
 * - A model that is retired, deprecated or retires too early.
 *
 * Betas that lift a rule are respected. Nothing is reported if neither the model nor this version knows. An input that is
 * too long by an estimate is only a warning.
 *
 * @example
 * import * as Messages from "effect-anthropic/Messages"
 * import * as Models from "effect-anthropic/Models"
 *
 * const params: Messages.MessageParams = {
 *   model: "claude-opus-5-5",
 *   max_tokens: 1024,
 *   messages: [Messages.user("Hello")],
 *   tool_choice: { type: "any" }
 * }
 *
 * const issues = (model: Models.ModelInfo) => Models.check(model, params, { batch: true })
 * // [{ path: "tool_choice", description: `claude-opus-5-5 does not support the tool choice "any"`, severity: "error" }]
 *
 * @category getters
 * @since 0.1.0
 */
export const check: {
  (params: MessageParams, options?: CheckOptions): (model: ModelInfo) => ReadonlyArray<Issue>
  (model: ModelInfo, params: MessageParams, options?: CheckOptions): ReadonlyArray<Issue>
} = dual(
  (args) => isModel(args[0]),
  (model: ModelInfo, params: MessageParams, options: CheckOptions = {}): ReadonlyArray<Issue> => {
    const { characters, uses } = readParams(params)
    const needed = options.batch === true ? [...uses, { path: "model", capability: "batch" as const }] : uses
    const unsupported = needed.flatMap(({ capability: path, path: place }): ReadonlyArray<Issue> => {
      const name = typeof path === "string" ? path : path.unlisted
      return Option.contains(capability(model, path), false)
        ? [error(place, `${model.id} does not support ${name}`)]
        : []
    })
    return [
      ...checkStage(model, options),
      ...checkLimits(model, params, options),
      ...unsupported,
      ...checkRules(model, params, options),
      ...checkConversation(params).map(({ description, path }) => error(path, description)),
      ...checkWindow(model, characters, options.inputTokens)
    ]
  }
)

/**
 * Makes a check of batch requests against the models of a listing, for the option `check` of `Batches.create`.
 *
 * It returns the errors of `check`, and an error for a model that is not in the listing. With `warnings` it also returns the
 * warnings.
 *
 * @category constructors
 * @since 0.1.0
 */
export const checker = (
  models: ReadonlyArray<ModelInfo>,
  options: Omit<CheckOptions, "batch" | "inputTokens"> & { readonly warnings?: boolean | undefined } = {}
): ((request: BatchRequest) => ReadonlyArray<Issue>) => {
  return ({ params }) => {
    const model = find(models, params.model)
    const issues: ReadonlyArray<Issue> = Option.isNone(model)
      ? [error("model", `${params.model} is not in the listing of models`)]
      : check(model.value, params, { ...options, batch: true })
    return issues
      .filter(({ severity }) => severity === "error" || options.warnings === true)
      .map((issue) => ({ ...issue, path: `params.${issue.path}` }))
  }
}
