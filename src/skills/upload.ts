// Creates skills and versions of skills: a form with every file, whose names keep their directories.

import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as HttpClient from "effect/http/HttpClient"
import * as Schema from "effect/Schema"
import { IndeterminateError, RequestError } from "../AnthropicError.ts"
import * as Endpoint from "../Endpoint.ts"
import { skillLimits } from "../facts/limits.ts"
import type { IdOf } from "../http/path.ts"
import { refuse } from "../http/refuse.ts"
import type { SkillSource } from "../SkillSource.ts"
import { Skill, SkillVersion } from "../schema/Skill.ts"
import { refusedBetas } from "./call.ts"

/**
 * What `create` and `createVersion` can fail with, in addition to the errors of their source.
 *
 * @category errors
 * @since 0.1.0
 */
export type CreateError = RequestError | IndeterminateError

/**
 * The schema of `CreateError`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const CreateError: Schema.Codec<CreateError, unknown> = Schema.Union([RequestError, IndeterminateError])

/**
 * Options of `create`.
 *
 * @category options
 * @since 0.1.0
 */
export interface CreateOptions {
  /** One line of at most 255 characters. Default: the `name` of the `SKILL.md`, decided by the API. */
  readonly displayName?: string | undefined
}

/** What is wrong with a display name, if anything. */
const displayNameProblem = (name: string): string | undefined => {
  const { displayNameLength } = skillLimits
  if (name.trim() === "") return "`displayName` is empty"
  if (/[\r\n\u2028\u2029]/.test(name)) return "`displayName` has more than one line"
  return [...name].length > displayNameLength
    ? `\`displayName\` is longer than ${displayNameLength} characters`
    : undefined
}

const bodyOf = <E, R>(source: SkillSource<E, R>, { displayName }: CreateOptions): Endpoint.Body<E, R> =>
  Effect.fnUntraced(function* (operation) {
    const problem = displayName === undefined ? undefined : displayNameProblem(displayName)
    if (problem !== undefined) return yield* refuse(operation, "displayName", problem)
    const files = yield* source.read(operation)
    const parts: Array<Endpoint.FormPart> =
      displayName === undefined ? [] : [{ name: "display_name", value: displayName }]
    for (const { bytes, path, type } of files) parts.push({ name: "files[]", filename: path, bytes, type })
    return yield* Endpoint.form(parts)(operation)
  })

/**
 * Creates a skill with its first version (`POST /v1/skills`).
 *
 * Fails with `RequestRefusedError` before anything is sent if the API is known to refuse the files: see
 * `SkillSource.fromDirectory`. The call is repeated only if surely nothing was created. If that is unknown, it fails with
 * `IndeterminateError`: look at `list` before you create the skill again.
 *
 * @example
 * import * as Skills from "effect-anthropic/Skills"
 * import * as SkillSource from "effect-anthropic/SkillSource"
 *
 * const skill = Skills.create(SkillSource.fromDirectory("skills/quarterly-report"), { displayName: "Quarterly report" })
 *
 * @category operations
 * @since 0.1.0
 */
export const create = <E, R>(
  source: SkillSource<E, R>,
  options: CreateOptions = {}
): Effect.Effect<Skill, CreateError | E, HttpClient.HttpClient | R> =>
  Endpoint.request({
    name: "Skills.create",
    method: "POST",
    kind: "creating",
    path: ["skills"],
    refusedBetas,
    body: bodyOf(source, options),
    response: Skill
  })

/**
 * Creates a version of a skill (`POST /v1/skills/{skill_id}/versions`), which is then its latest one. The source has the
 * complete set of files again, with the same `name` in its `SKILL.md`.
 *
 * Its errors and repetitions are those of `create`.
 *
 * @category operations
 * @since 0.1.0
 */
export const createVersion: {
  <E, R>(
    source: SkillSource<E, R>
  ): (skill: IdOf) => Effect.Effect<SkillVersion, CreateError | E, HttpClient.HttpClient | R>
  <E, R>(
    skill: IdOf,
    source: SkillSource<E, R>
  ): Effect.Effect<SkillVersion, CreateError | E, HttpClient.HttpClient | R>
} = dual(
  2,
  <E, R>(
    skill: IdOf,
    source: SkillSource<E, R>
  ): Effect.Effect<SkillVersion, CreateError | E, HttpClient.HttpClient | R> =>
    Endpoint.request({
      name: "Skills.createVersion",
      method: "POST",
      kind: "creating",
      path: ["skills", skill, "versions"],
      refusedBetas,
      body: bodyOf(source, {}),
      response: SkillVersion
    })
)
