// The journal of a run as files of one directory: `1.jsonl`, `1.beat`, `1.cancel`, and so on for each owner.
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import type { Storage, StorageFailure } from "./storage.ts"

const failure = (error: PlatformError): StorageFailure => ({ description: error.message })

const isReason = (error: PlatformError, tag: string): boolean => error.reason._tag === tag

export const directory = (fs: FileSystem.FileSystem, path: string): Storage => {
  const at = (run: string, name: string): string => `${path}/${run}/${name}`
  const orIfAbsent =
    <A>(value: A) =>
    <B>(effect: Effect.Effect<B, PlatformError>): Effect.Effect<A | B, StorageFailure> =>
      Effect.catch(
        effect,
        (error): Effect.Effect<A, StorageFailure> =>
          isReason(error, "NotFound") ? Effect.succeed(value) : Effect.fail(failure(error))
      )

  /** Makes the names of new files durable, if the platform can do that. */
  const syncDirectory = (run: string) =>
    Effect.ignore(Effect.scoped(Effect.flatMap(fs.open(at(run, ".")), (directory) => directory.sync)))

  return {
    lastOwner: (run) =>
      fs.readDirectory(`${path}/${run}`).pipe(
        orIfAbsent([]),
        Effect.map((names) => Math.max(0, ...names.map((name) => Number(/^(\d+)\.jsonl$/.exec(name)?.[1] ?? 0))))
      ),
    claim: (run, owner) =>
      Effect.gen(function* () {
        yield* fs.makeDirectory(`${path}/${run}`, { recursive: true })
        const file = yield* fs.open(at(run, `${owner}.jsonl`), { flag: "wx" })
        yield* syncDirectory(run)
        return (line: string) =>
          file.writeAll(new TextEncoder().encode(`${line}\n`)).pipe(Effect.andThen(file.sync), Effect.mapError(failure))
      }).pipe(
        Effect.catch((error) =>
          isReason(error, "AlreadyExists") ? Effect.succeed(undefined) : Effect.fail(failure(error))
        )
      ),
    hasOwner: (run, owner) => Effect.mapError(fs.exists(at(run, `${owner}.jsonl`)), failure),
    lines: (run, owner) =>
      fs.readFileString(at(run, `${owner}.jsonl`)).pipe(
        orIfAbsent(""),
        Effect.map((text) => {
          const lines = text.split("\n")
          if (lines.at(-1) === "") lines.pop()
          return lines
        })
      ),
    beat: (run, owner, text) => Effect.mapError(fs.writeFileString(at(run, `${owner}.beat`), text), failure),
    lastBeat: (run, owner) => fs.readFileString(at(run, `${owner}.beat`)).pipe(orIfAbsent(undefined)),
    cancel: (run, owner) => Effect.mapError(fs.writeFileString(at(run, `${owner}.cancel`), ""), failure),
    isCanceled: (run, owner) => Effect.mapError(fs.exists(at(run, `${owner}.cancel`)), failure)
  }
}
