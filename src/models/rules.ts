// Applies the rules of `facts/refusals.ts` to a request: what the API refuses by model, if the capabilities do not say it. A
// beta that lifts a rule is respected, and a model that no rule names is not checked.
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type { Issue } from "../BatchRequest.ts"
import { containerLimits } from "../facts/limits.ts"
import { namesOf } from "../facts/models.ts"
import * as facts from "../facts/refusals.ts"
import type { MessageParams } from "../schema/MessageParams.ts"
import type { ModelInfo } from "../schema/Model.ts"
import { isUnknownMember } from "../schema/UnknownMember.ts"
import { capability } from "./capability.ts"
import type { Sending } from "./output.ts"

/** A request, and how it is going to be sent. */
interface Asked extends Sending {
  readonly model: ModelInfo
  /** The id of the model in the facts. */
  readonly id: string
  /** The parameters, including fields without a type. */
  readonly params: { readonly [name: string]: unknown }
  readonly version: string
}

const error = (path: string, description: string): Issue => ({ path, description, severity: "error" })
const warning = (path: string, description: string): Issue => ({ path, description, severity: "warning" })

const isGiven = (value: unknown): boolean => value !== undefined && value !== null

const field = (value: unknown, name: string): unknown =>
  Predicate.isReadonlyObject(value) && Object.hasOwn(value, name) ? value[name] : undefined

const thinking = ({ id, model, params }: Asked): ReadonlyArray<Issue> => {
  const type = field(params.thinking, "type")
  if (typeof type !== "string") return []
  const effort = field(params.output_config, "effort")
  const rule = Object.hasOwn(facts.refusedThinking, type) ? facts.refusedThinking[type] : undefined
  const isTold = Option.isSome(capability(model, { unlisted: `thinking.types.${type}` }))
  const only = Object.hasOwn(facts.onlyThinking, type) ? facts.onlyThinking[type] : undefined
  return [
    ...(!isTold && only?.models.includes(id) === false
      ? [warning("thinking.type", `whether ${model.id} supports the thinking "${type}" is not documented`)]
      : []),
    ...(!isTold && rule?.models.includes(id) === true
      ? [error("thinking.type", `${model.id} does not support the thinking "${type}"`)]
      : []),
    ...facts.thinkingByEffort
      .filter((rule) => rule.type === type && rule.models.includes(id))
      .filter(({ refusedEfforts }) => refusedEfforts.some((refused) => refused === effort))
      .map(() =>
        error("output_config.effort", `${model.id} does not support the effort ${effort} with the thinking "${type}"`)
      )
  ]
}

const isForced = (choice: unknown): boolean => choice === "any" || choice === "tool"

const toolChoice = ({ id, model, params }: Asked): ReadonlyArray<Issue> => {
  const choice = field(params.tool_choice, "type")
  if (!isForced(choice)) return []
  if (facts.noForcedTool.models.includes(id)) {
    return [error("tool_choice", `${model.id} does not support the tool choice "${choice}"`)]
  }
  const type = field(params.thinking, "type")
  return type === facts.noForcedToolWith.type
    ? [error("tool_choice", `the tool choice "${choice}" does not go with the thinking "${type}"`)]
    : []
}

/** Whether a block shows that the server paused the assistant's turn, which is then sent back unchanged. */
const isOfServer = (block: unknown): boolean => {
  const type = field(block, "type")
  return (
    isUnknownMember(block) ||
    (typeof type === "string" &&
      (type === "server_tool_use" || (type !== "tool_result" && type.endsWith("_tool_result"))))
  )
}

const prefill = ({ id, model, params }: Asked): ReadonlyArray<Issue> => {
  const { fallback_credit_token: token, messages } = params
  if (!facts.noPrefill.models.includes(id) || !Array.isArray(messages) || isGiven(token)) return []
  const last: unknown = messages.at(-1)
  const content = field(last, "content")
  const isPaused = Array.isArray(content) && content.some(isOfServer)
  return field(last, "role") !== "assistant" || isPaused
    ? []
    : [error(`messages[${messages.length - 1}]`, `${model.id} does not support a last turn of the assistant`)]
}

const computerTools = ({ id, model, params }: Asked): ReadonlyArray<Issue> => {
  const { instead, models, tools: refused } = facts.noComputerTool
  if (!models.includes(id) || !Array.isArray(params.tools)) return []
  return params.tools.flatMap((tool: unknown, index): ReadonlyArray<Issue> => {
    const type = field(isUnknownMember(tool) ? tool.raw : tool, "type")
    return typeof type === "string" && refused.includes(type)
      ? [error(`tools[${index}]`, `${model.id} does not support ${type}; use ${instead}`)]
      : []
  })
}

const skills = ({ params }: Asked): ReadonlyArray<Issue> => {
  const named = field(params.container, "skills")
  if (!Array.isArray(named) || named.length === 0) return []
  const { skills: most } = containerLimits
  const tools: ReadonlyArray<unknown> = Array.isArray(params.tools) ? params.tools : []
  const hasTool = tools.some((tool) => {
    const type = field(isUnknownMember(tool) ? tool.raw : tool, "type")
    return typeof type === "string" && type.startsWith(facts.skillTools.prefix)
  })
  return [
    ...(named.length > most ? [error("container.skills", `${named.length} skills are more than ${most}`)] : []),
    ...(hasTool ? [] : [error("container.skills", "skills need the code execution tool")])
  ]
}

const parameters = ({ batch, id, model, params, version }: Asked): ReadonlyArray<Issue> => {
  const issues: Array<Issue> = []
  if (isGiven(params.inference_geo) && facts.noInferenceGeo.models.includes(id)) {
    issues.push(error("inference_geo", `${model.id} does not support inference_geo`))
  }
  const allowed = field(model, "allowed_fallback_models")
  const isRefused = facts.noFallbackList.models.includes(id) || (Array.isArray(allowed) && allowed.length === 0)
  if (Array.isArray(params.fallbacks) && isRefused) {
    issues.push(error("fallbacks", `${model.id} does not support a list of fallbacks`))
  }
  for (const name of facts.noSampling.parameters) {
    const value = params[name]
    if (value === undefined) continue
    if (version >= facts.noSampling.since) {
      issues.push(error(name, `version ${version} of the API does not support ${name}`))
    } else if (facts.neverSampling.models.includes(id) && !(name === "temperature" && value === 1)) {
      issues.push(error(name, `${model.id} does not support ${name}`))
    }
  }
  for (const { isCertain, parameter } of batch === true ? facts.notInBatch : []) {
    if (!isGiven(params[parameter]) || params[parameter] === false) continue
    issues.push(
      isCertain
        ? error(parameter, `a batch does not support ${parameter}`)
        : warning(parameter, `whether a batch supports ${parameter} is not documented`)
    )
  }
  if (batch === true && field(params.billing_policy, "bill_to") === "user_profile") {
    issues.push(error("billing_policy.bill_to", "a batch does not bill user profiles"))
  }
  return issues
}

const speed = ({ batch, betas = [], id, model, params }: Asked): ReadonlyArray<Issue> => {
  const rule = facts.fastMode.find(({ models }) => models.includes(id))
  // A batch refuses every speed, so no model rule is needed.
  if (!isGiven(params.speed) || rule === undefined || batch === true) return []
  const { beta } = facts.fastModeBeta
  if (rule.takes === "beta" && !betas.includes(beta)) {
    return [error("speed", `${model.id} needs the beta ${beta} for a speed`)]
  }
  if (params.speed !== "fast") return []
  if (rule.takes === "no") return [error("speed", `${model.id} does not support the speed fast`)]
  if (rule.takes === "ignored") return [warning("speed", `${model.id} ignores the speed fast`)]
  return rule.until === undefined
    ? []
    : [warning("speed", `${model.id} supports the speed fast until ${rule.until} only`)]
}

/** Every rule of the facts that a request breaks. */
export const checkRules = (
  model: ModelInfo,
  params: MessageParams,
  options: Sending & { readonly version?: string | undefined }
): ReadonlyArray<Issue> => {
  const [id = model.id] = namesOf(model.id)
  const version = options.version ?? facts.noSampling.since
  const asked: Asked = { ...options, model, id, params: { ...params }, version }
  return [thinking, toolChoice, prefill, computerTools, skills, parameters, speed].flatMap((rule) => rule(asked))
}
