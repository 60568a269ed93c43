// Reads the files of a directory, without following links that lead out of it. The size is checked before anything is read,
// so that a wrong directory costs neither time nor memory.
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type * as PlatformError from "effect/PlatformError"
import type { RequestRefusedError } from "../AnthropicError.ts"
import { type Reason, refusal, type SkillFile, sizeProblem } from "./check.ts"

/** A file that was found, with its real path. */
interface Found {
  readonly path: string
  readonly at: string
}

const lastPart = (path: string): string => path.replace(/[/\\]+$/, "").replace(/^.*[/\\]/s, "")

const isInside = (path: string, directory: string): boolean => {
  const parent = directory.replace(/[/\\]+$/, "")
  return path.startsWith(`${parent}/`) || path.startsWith(`${parent}\\`)
}

/** The files of a directory, by name. Refuses anything that is not a file or a directory, and links that lead out or back. */
const walk = Effect.fnUntraced(function* (
  root: string,
  top: string,
  isIncluded: (path: string) => boolean
): Effect.fn.Return<
  { readonly files: ReadonlyArray<Found>; readonly bytes: number; readonly wrong: ReadonlyArray<Reason> },
  PlatformError.PlatformError,
  FileSystem.FileSystem
> {
  const fileSystem = yield* FileSystem.FileSystem
  const files: Array<Found> = []
  const wrong: Array<Reason> = []
  let bytes = 0
  const waiting = [{ path: "", at: root, parents: [root] }]
  for (let directory = waiting.shift(); directory !== undefined; directory = waiting.shift()) {
    const { parents } = directory
    for (const name of (yield* fileSystem.readDirectory(directory.at)).toSorted()) {
      const path = directory.path === "" ? name : `${directory.path}/${name}`
      if (!isIncluded(path)) continue
      const refuse = (description: string) => wrong.push({ path: `${top}/${path}`, description })
      const at = yield* fileSystem.realPath(`${directory.at}/${name}`)
      if (!isInside(at, root)) {
        refuse(at === root ? "the link leads back to a directory above it" : "the link leads out of the directory")
        continue
      }
      const { size, type } = yield* fileSystem.stat(at)
      if (type === "File") {
        bytes += Number(size)
        files.push({ path: `${top}/${path}`, at })
      } else if (type !== "Directory") refuse(`it is a ${type}, not a regular file`)
      else if (parents.includes(at)) refuse("the link leads back to a directory above it")
      else waiting.push({ path, at, parents: [...parents, at] })
    }
  }
  return { files, bytes, wrong }
})

/** Reads a directory as the files of a skill. */
export const readDirectory = Effect.fnUntraced(function* (
  operation: string,
  directory: string,
  isIncluded: (path: string) => boolean
): Effect.fn.Return<
  ReadonlyArray<SkillFile>,
  RequestRefusedError | PlatformError.PlatformError,
  FileSystem.FileSystem
> {
  const fileSystem = yield* FileSystem.FileSystem
  const root = yield* fileSystem.realPath(directory)
  const given = lastPart(directory)
  const top = given === "" || given === "." || given === ".." ? lastPart(root) : given
  const { bytes, files, wrong } = yield* walk(root, top, isIncluded)
  const reasons = [...wrong, ...sizeProblem(bytes)]
  if (reasons.length > 0) return yield* refusal(operation, reasons)
  return yield* Effect.forEach(files, ({ at, path }) =>
    Effect.map(fileSystem.readFile(at), (bytes): SkillFile => ({ path, bytes }))
  )
})
