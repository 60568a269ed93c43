// The target file of a download on disk: what may exist there before, and how it is replaced.
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as PlatformError from "effect/PlatformError"

/**
 * What happens to an existing file: it is replaced, or the download fails with `PlatformError`.
 *
 * @category options
 * @since 0.1.0
 */
export type IfExists = "replace" | "fail"

/** The place of the content. */
export interface Target {
  /** The path of the file itself, after all symbolic links. */
  readonly path: string
  /** The file that exists there. */
  readonly existing: FileSystem.File.Info | undefined
}

const unusable = (path: string, _tag: "AlreadyExists" | "BadResource" | "NotFound", description: string) =>
  Effect.fail(
    PlatformError.systemError({ _tag, module: "Files", method: "downloadTo", pathOrDescriptor: path, description })
  )

const kinds: { readonly [type in FileSystem.File.Type]: string } = {
  BlockDevice: "a block device",
  CharacterDevice: "a character device",
  Directory: "a directory",
  FIFO: "a FIFO",
  File: "a file",
  Socket: "a socket",
  SymbolicLink: "a symbolic link",
  Unknown: "of an unknown kind"
}

const orMissing = <A, R>(
  effect: Effect.Effect<A, PlatformError.PlatformError, R>
): Effect.Effect<A | undefined, PlatformError.PlatformError, R> =>
  Effect.catchIf(
    effect,
    (error) => error.reason._tag === "NotFound",
    () => Effect.succeed(undefined)
  )

/**
 * Finds the target of a path. Fails if something other than a regular file is there, because it would be lost.
 */
export const find = Effect.fnUntraced(function* (path: string, ifExists: IfExists) {
  const fileSystem = yield* FileSystem.FileSystem
  const entry = yield* orMissing(fileSystem.lstat(path))
  if (entry === undefined) {
    if (path === "" || path.endsWith("/")) return yield* unusable(path, "BadResource", "the path names no file")
    return { path, existing: undefined } satisfies Target
  }
  const isLink = entry.type === "SymbolicLink"
  const existing = isLink ? yield* orMissing(fileSystem.stat(path)) : entry
  if (existing?.type === "Directory") return yield* unusable(path, "BadResource", "the path leads to a directory")
  if (ifExists === "fail") return yield* unusable(path, "AlreadyExists", "the file exists")
  if (existing === undefined) return yield* unusable(path, "NotFound", "the symbolic link leads to nothing")
  if (existing.type !== "File") {
    return yield* unusable(
      path,
      "BadResource",
      `the path leads to ${kinds[existing.type]}: only a regular file can be replaced`
    )
  }
  yield* fileSystem.access(path, { writable: true })
  return { path: isLink ? yield* fileSystem.realPath(path) : path, existing } satisfies Target
})

/** The permissions of a file, without `setuid` and `setgid`, which must not apply to downloaded content. */
export const modeOf = (info: FileSystem.File.Info): number => info.mode & 0o777

const isSame = <A>(self: Option.Option<A>, other: Option.Option<A>): boolean =>
  Option.isNone(self) || Option.isNone(other) || self.value === other.value

/** Sets the owner of the replaced file, if the system allows it, and its mode. */
const resemble = Effect.fnUntraced(function* (path: string, other: FileSystem.File.Info) {
  const fileSystem = yield* FileSystem.FileSystem
  const own = yield* fileSystem.stat(path)
  if (!isSame(own.uid, other.uid) || !isSame(own.gid, other.gid)) {
    const owner = Option.all([other.uid, other.gid])
    if (Option.isSome(owner)) yield* Effect.ignore(fileSystem.chown(path, ...owner.value))
  }
  if (modeOf(own) !== modeOf(other)) yield* fileSystem.chmod(path, modeOf(other))
})

/** Moves a finished file to its place. A file that was created there in the meantime is treated like an earlier one. */
export const publish = Effect.fnUntraced(function* (
  temporary: string,
  path: string,
  target: Target,
  ifExists: IfExists
) {
  const fileSystem = yield* FileSystem.FileSystem
  const { existing } = yield* find(path, ifExists)
  if (existing !== undefined) yield* resemble(temporary, existing)
  // A link, unlike a rename, never replaces a file.
  yield* ifExists === "fail" ? fileSystem.link(temporary, target.path) : fileSystem.rename(temporary, target.path)
})
