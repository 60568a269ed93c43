// A skill of the Skills API, and its versions.
import * as Schema from "effect/Schema"
import { checked, OpenEnum, optional, Timestamp, type Wire } from "./checked.ts"

const skill = Schema.Struct({
  id: Schema.String,
  type: Schema.Literal("skill"),
  display_name: Schema.String,
  latest_version_id: Schema.String,
  source: Schema.Struct({ type: OpenEnum(["custom", "anthropic", "anthropic_example", "plugin"]) }),
  created_at: Timestamp,
  updated_at: Timestamp
})

/**
 * A skill. Timestamps are `DateTime.Utc`. `latest_version_id` is the id of the version `latest`. Unknown fields are kept.
 *
 * @category models
 * @since 0.1.0
 */
export interface Skill extends Schema.Schema.Type<typeof skill> {}

/**
 * A skill as JSON: its timestamps are RFC 3339 texts.
 *
 * @category models
 * @since 0.1.0
 */
export interface SkillEncoded extends Schema.Codec.Encoded<typeof skill> {}

/**
 * The schema of a skill. Unknown fields are kept.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Skill: Wire<Skill, SkillEncoded> = checked("Skill", skill)

const skillVersion = Schema.Struct({
  id: Schema.String,
  type: Schema.Literal("skill_version"),
  skill_id: Schema.String,
  name: Schema.String,
  description: Schema.String,
  created_at: Timestamp
})

/**
 * A version of a skill. `name` and `description` are those of its `SKILL.md`. Unknown fields are kept.
 *
 * @category models
 * @since 0.1.0
 */
export interface SkillVersion extends Schema.Schema.Type<typeof skillVersion> {}

/**
 * A version of a skill as JSON: its timestamp is an RFC 3339 text.
 *
 * @category models
 * @since 0.1.0
 */
export interface SkillVersionEncoded extends Schema.Codec.Encoded<typeof skillVersion> {}

/**
 * The schema of a version of a skill. Unknown fields are kept.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SkillVersion: Wire<SkillVersion, SkillVersionEncoded> = checked("SkillVersion", skillVersion)

const deletedSkill = Schema.Struct({ id: Schema.String, type: optional(Schema.Literal("skill_deleted")) })

/**
 * What is left of a skill that was deleted.
 *
 * @category models
 * @since 0.1.0
 */
export interface DeletedSkill extends Schema.Schema.Type<typeof deletedSkill> {}

/**
 * The schema of what is left of a skill that was deleted.
 *
 * @category schemas
 * @since 0.1.0
 */
export const DeletedSkill: Wire<DeletedSkill> = checked("DeletedSkill", deletedSkill)

const deletedSkillVersion = Schema.Struct({
  id: Schema.String,
  type: optional(Schema.Literal("skill_version_deleted"))
})

/**
 * What is left of a version that was deleted.
 *
 * @category models
 * @since 0.1.0
 */
export interface DeletedSkillVersion extends Schema.Schema.Type<typeof deletedSkillVersion> {}

/**
 * The schema of what is left of a version that was deleted.
 *
 * @category schemas
 * @since 0.1.0
 */
export const DeletedSkillVersion: Wire<DeletedSkillVersion> = checked("DeletedSkillVersion", deletedSkillVersion)
