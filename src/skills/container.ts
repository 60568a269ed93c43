// Makes the `container` of a message, which names its skills.
import type { ContainerParams, SkillParam } from "../schema/MessageParams.ts"
import type { Skill, SkillVersion } from "../schema/Skill.ts"

/**
 * A skill for a message: a skill in its latest version, one version of a skill, or an id. `version` is the id of a version,
 * or `latest`.
 *
 * @category models
 * @since 0.1.0
 */
export type SkillRef = Skill | SkillVersion | string | { readonly id: string; readonly version?: string | undefined }

/**
 * Options of `container`.
 *
 * @category options
 * @since 0.1.0
 */
export interface ContainerOptions {
  /** The container of an earlier answer, to use again. Default: a new one. */
  readonly id?: string | undefined
}

/** The ids of skills that a workspace made have a prefix. All others are of Anthropic. */
const typeOf = (id: string): SkillParam["type"] => (id.startsWith("skill_") ? "custom" : "anthropic")

const paramOf = (skill: SkillRef): SkillParam => {
  if (typeof skill === "string") return { type: typeOf(skill), skill_id: skill }
  if ("skill_id" in skill) return { type: typeOf(skill.skill_id), skill_id: skill.skill_id, version: skill.id }
  if ("source" in skill) {
    return { type: skill.source.type === "anthropic" ? "anthropic" : "custom", skill_id: skill.id }
  }
  const { id, version } = skill
  return { type: typeOf(id), skill_id: id, ...(version === undefined ? {} : { version }) }
}

/**
 * Makes the `container` of a message, or of a request of a batch, that uses skills: at most 20, together with the code execution
 * tool.
 *
 * A skill without a version is used in its latest version. In a batch, pass a version: the latest one may change while the
 * batch runs.
 *
 * @example
 * import * as BatchRequest from "effect-anthropic/BatchRequest"
 * import * as Messages from "effect-anthropic/Messages"
 * import * as Skills from "effect-anthropic/Skills"
 *
 * const request = (version: Skills.SkillVersion) =>
 *   BatchRequest.make("north", {
 *     model: "claude-opus-5-5",
 *     max_tokens: 4096,
 *     messages: [Messages.user("Make the quarterly report of the region north.")],
 *     container: Skills.container([version, "xlsx"]),
 *     tools: [{ type: "code_execution_20260521", name: "code_execution" }]
 *   })
 *
 * @category constructors
 * @since 0.1.0
 */
export const container = (skills: ReadonlyArray<SkillRef>, options: ContainerOptions = {}): ContainerParams => ({
  ...(options.id === undefined ? {} : { id: options.id }),
  skills: skills.map(paramOf)
})
