/**
 * Sources of a skill: its files, with a `SKILL.md` in their top directory. Files that the API is known to refuse are refused
 * before anything is sent.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/skills-guide.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as PlatformError from "effect/PlatformError"
import type { RequestRefusedError } from "./AnthropicError.ts"
import { check, refusal, type SkillFile } from "./skillSource/check.ts"
import { readDirectory } from "./skillSource/directory.ts"

export type { SkillFile } from "./skillSource/check.ts"

/**
 * The files of a skill, read and checked for an operation.
 *
 * @category models
 * @since 0.1.0
 */
export interface SkillSource<out E = never, out R = never> {
  readonly read: (operation: string) => Effect.Effect<ReadonlyArray<SkillFile>, RequestRefusedError | E, R>
}

/**
 * Options of `fromDirectory`.
 *
 * @category options
 * @since 0.1.0
 */
export interface DirectoryOptions {
  /**
   * Whether a file or a directory is part of the skill. Called with its path in the directory, such as `scripts/run.py`.
   * Default: all are.
   */
  readonly include?: ((path: string) => boolean) | undefined
}

/**
 * Uses the files of a directory. The name of the directory is the top directory of their paths.
 *
 * A call with it fails with `RequestRefusedError`, before anything is sent, for:
 *
 * - no `SKILL.md` in the directory, or one without front matter between two lines `---`
 * - a `name` that is not 1 to 64 characters of a-z, 0-9 and "-", or has the word anthropic or claude
 * - a `description` that is empty, longer than 1024 characters, or has an XML tag
 * - more than 30 MB in all, taken as 30 000 000 bytes
 * - a link that leads out of the directory or back to a directory above it, and anything that is not a regular file
 *
 * Links within the directory are followed. Values of the front matter that are not simple texts are not checked.
 *
 * @example
 * import * as Skills from "effect-anthropic/Skills"
 * import * as SkillSource from "effect-anthropic/SkillSource"
 *
 * const program = Skills.create(
 *   SkillSource.fromDirectory("skills/quarterly-report", { include: (path) => !path.startsWith(".git") })
 * )
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromDirectory = (
  directory: string,
  options: DirectoryOptions = {}
): SkillSource<PlatformError.PlatformError, FileSystem.FileSystem> =>
  make((operation) => readDirectory(operation, directory, options.include ?? (() => true)))

/**
 * Uses files that are in memory. Their paths have directories: `my-skill/SKILL.md`, or `SKILL.md` without a top directory.
 *
 * A call with it fails with `RequestRefusedError` for the reasons of `fromDirectory`, and for paths that are absolute or
 * come twice. Paths with `..`, a quote, a backslash or a control character are refused as well.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromFiles = (
  files: Iterable<Omit<SkillFile, "bytes"> & { readonly bytes: Uint8Array | string }>
): SkillSource =>
  make(() =>
    Effect.sync(() => {
      const encoder = new TextEncoder()
      return Array.from(files, ({ bytes, path, type }) => ({
        path,
        type,
        bytes: typeof bytes === "string" ? encoder.encode(bytes) : bytes
      }))
    })
  )

const make = <E, R>(read: SkillSource<E, R>["read"]): SkillSource<E, R> => ({
  read: (operation) =>
    Effect.flatMap(read(operation), (files) => {
      const reasons = check(files)
      return reasons.length === 0 ? Effect.succeed(files) : Effect.fail(refusal(operation, reasons))
    })
})
