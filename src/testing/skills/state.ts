// The skills of one emulator and their versions: those of Anthropic, and what is created.
// The caller passes the time.
import type { ReceivedFile } from "../files/form.ts"
import { serial, timestamp } from "../server/wire.ts"
import type { Parsed } from "./rules.ts"

export interface StoredVersion {
  readonly id: string
  readonly number: number
  readonly name: string
  readonly description: string
  readonly createdAt: number
  readonly files: ReadonlyArray<ReceivedFile>
  isDeleted: boolean
}

export interface StoredSkill {
  readonly id: string
  readonly number: number
  /** The workspace. Undefined for skills of Anthropic, which every workspace has. */
  readonly workspaceId: string | undefined
  readonly displayName: string
  readonly createdAt: number
  /** Newest first. */
  readonly versions: Array<StoredVersion>
  isDeleted: boolean
}

/** A version that is not deleted. A skill always has one. */
export const latestOf = (skill: StoredSkill): StoredVersion | undefined =>
  skill.versions.find(({ isDeleted }) => !isDeleted)

export const viewSkill = (skill: StoredSkill) => {
  const latest = latestOf(skill)
  return {
    id: skill.id,
    type: "skill",
    display_name: skill.displayName,
    latest_version_id: latest?.id ?? "",
    source: { type: skill.workspaceId === undefined ? "anthropic" : "custom" },
    created_at: timestamp(skill.createdAt, skill.number),
    updated_at: timestamp(latest?.createdAt ?? skill.createdAt, skill.number)
  }
}

export const viewVersion = (skill: StoredSkill, version: StoredVersion) => ({
  id: version.id,
  type: "skill_version",
  skill_id: skill.id,
  name: version.name,
  description: version.description,
  created_at: timestamp(version.createdAt, version.number)
})

export interface Skills {
  /** Newest first. */
  readonly all: () => ReadonlyArray<StoredSkill>
  readonly find: (id: string, workspaceId: string) => StoredSkill | undefined
  /** The source of a skill, if the workspace has it in this version. */
  readonly sourceOf: (id: string, version: unknown, workspaceId: string) => "custom" | "anthropic" | undefined
  readonly create: (options: {
    readonly workspaceId: string
    readonly displayName: string | undefined
    readonly parsed: Parsed
    readonly files: ReadonlyArray<ReceivedFile>
    readonly now: number
  }) => StoredSkill
  readonly addVersion: (
    skill: StoredSkill,
    parsed: Parsed,
    files: ReadonlyArray<ReceivedFile>,
    now: number
  ) => StoredVersion
}

const published = Date.parse("2025-10-13T00:00:00Z")

/** The skills that Anthropic makes, each with one version whose files are not published. */
const anthropicSkills = ["pdf", "docx", "xlsx", "pptx"].map(
  (name, number): StoredSkill => ({
    id: name,
    number,
    workspaceId: undefined,
    displayName: name.toUpperCase(),
    createdAt: published,
    isDeleted: false,
    versions: [
      {
        ...{ id: "20251013", number, name, description: `Works with ${name} files`, createdAt: published, files: [] },
        isDeleted: false
      }
    ]
  })
)

export const makeSkills = (): Skills => {
  const skills = anthropicSkills.map((skill) => ({ ...skill }))
  let made = 0
  const versionOf = ({ description, name }: Parsed, files: ReadonlyArray<ReceivedFile>, now: number): StoredVersion => {
    made += 1
    return { id: serial("skver_", made, 6), number: made, name, description, createdAt: now, files, isDeleted: false }
  }
  const find = (id: string, workspaceId: string) =>
    skills.find((skill) => skill.id === id && !skill.isDeleted && (skill.workspaceId ?? workspaceId) === workspaceId)
  return {
    all: () => skills,
    find,
    sourceOf: (id, version, workspaceId) => {
      const skill = find(id, workspaceId)
      const isThere = skill?.versions.some((each) => !each.isDeleted && (version === "latest" || version === each.id))
      if (skill === undefined || isThere !== true) return undefined
      return skill.workspaceId === undefined ? "anthropic" : "custom"
    },
    create: ({ displayName, files, now, parsed, workspaceId }) => {
      const skill: StoredSkill = {
        id: serial("skill_", skills.length - anthropicSkills.length + 1, 6),
        number: skills.length,
        workspaceId,
        displayName: displayName ?? parsed.name,
        createdAt: now,
        versions: [versionOf(parsed, files, now)],
        isDeleted: false
      }
      skills.unshift(skill)
      return skill
    },
    addVersion: (skill, parsed, files, now) => {
      const version = versionOf(parsed, files, now)
      skill.versions.unshift(version)
      return version
    }
  }
}
