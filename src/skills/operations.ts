// The calls of the Skills API on a skill: retrieve, list, delete.
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import { RequestError } from "../AnthropicError.ts"
import * as Endpoint from "../Endpoint.ts"
import * as Pagination from "../Pagination.ts"
import { DeletedSkill, Skill } from "../schema/Skill.ts"
import { refusedBetas } from "./call.ts"

/**
 * What `retrieve`, `retrieveVersion`, `delete` and `deleteVersion` can fail with.
 *
 * @category errors
 * @since 0.1.0
 */
export type CallError = RequestError

/**
 * The schema of `CallError`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const CallError: Schema.Codec<CallError, unknown> = RequestError

/**
 * What the listings can fail with.
 *
 * @category errors
 * @since 0.1.0
 */
export type ListError = Pagination.ListError

/**
 * The schema of `ListError`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ListError: Schema.Codec<ListError, unknown> = Pagination.ListError

/**
 * Which skills to list, and from where.
 *
 * @category options
 * @since 0.1.0
 */
export interface ListOptions extends Endpoint.CursorOptions {
  /** Lists only the workspace's own skills, or only those of Anthropic. Default: both. */
  readonly source?: "custom" | "anthropic" | undefined
}

const skills = Endpoint.resource<Skill, DeletedSkill, ListOptions>({
  name: "Skills",
  path: ["skills"],
  envelope: "cursor",
  item: Skill,
  deleted: { response: DeletedSkill, of: (id) => ({ id, type: "skill_deleted" }) },
  refusedBetas,
  query: ({ source }) => Effect.succeed({ source })
})

/**
 * Returns a skill (`GET /v1/skills/{skill_id}`).
 *
 * @category operations
 * @since 0.1.0
 */
export const retrieve = skills.retrieve

/**
 * Returns one page of the skills that the workspace can use (`GET /v1/skills`).
 *
 * @category operations
 * @since 0.1.0
 */
export const listPage = skills.listPage

/**
 * Returns the pages of the listing. A page is fetched when it is pulled.
 *
 * @category operations
 * @since 0.1.0
 */
export const listPages = skills.listPages

/**
 * Returns the skills that the workspace can use, its own and those of Anthropic.
 *
 * @category operations
 * @since 0.1.0
 */
export const list = skills.list

const delete_ = skills.delete

export {
  /**
   * Deletes a skill with all its versions (`DELETE /v1/skills/{skill_id}`).
   *
   * After a lost answer the call is repeated. It may then fail with `NotFoundError` although the skill was deleted.
   *
   * @category operations
   * @since 0.1.0
   */
  delete_ as delete
}
