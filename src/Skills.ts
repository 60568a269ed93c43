/**
 * Skills: instructions, scripts and templates that the model loads into its container when it needs them. Create them from
 * directories, and use them in messages and in batches.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/skills-guide.
 *
 * @since 0.1.0
 */
export type { CursorOptions } from "./Endpoint.ts"
export type { IdOf } from "./http/path.ts"
export {
  DeletedSkill,
  DeletedSkillVersion,
  Skill,
  type SkillEncoded,
  SkillVersion,
  type SkillVersionEncoded
} from "./schema/Skill.ts"
export { type ContainerOptions, container, type SkillRef } from "./skills/container.ts"
export {
  CallError,
  delete,
  ListError,
  type ListOptions,
  list,
  listPage,
  listPages,
  retrieve
} from "./skills/operations.ts"
export { CreateError, type CreateOptions, create, createVersion } from "./skills/upload.ts"
export {
  DownloadError,
  deleteVersion,
  downloadVersion,
  listVersions,
  listVersionsPage,
  listVersionsPages,
  retrieveVersion
} from "./skills/versions.ts"
