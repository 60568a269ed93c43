// A disk in memory, which outlives the processes of a test: the storage of a journal, and a file of outcomes.
// What is written to the file and not flushed is lost with the power.
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { owned } from "../../../src/journal/owned.ts"
import type { Storage } from "../../../src/journal/storage.ts"
import type { Process } from "./process.ts"

interface Content {
  text: string
  flushed: string
}

export interface Disk {
  readonly journal: (process: Process) => ReturnType<typeof owned>
  readonly files: (process: Process) => FileSystem.FileSystem
  /** The lines of all owners, as they are on the disk. */
  readonly owners: ReadonlyArray<ReadonlyArray<string>>
  /** What would still be there of a file if the power failed now. */
  readonly flushed: (path: string) => string
  readonly text: (path: string) => string
  /** Whether the last owner was asked to stop. */
  readonly isCanceled: () => boolean
  readonly losePower: () => void
}

/** `onWrite` is called with everything that is about to be written: a line of the journal, or a text of a file. */
export const makeDisk = (onWrite: (process: Process, what: "journal" | "file", text: string) => void): Disk => {
  const owners: Array<Array<string>> = []
  const beats = new Map<number, string>()
  const canceled = new Set<number>()
  const files = new Map<string, Content>()

  const storage = (process: Process): Storage => {
    const alive = <A>(make: () => A): Effect.Effect<A> => Effect.map(process.gate, make)
    return {
      lastOwner: () => alive(() => owners.length),
      claim: (_, owner) =>
        alive(() => {
          if (owners.length >= owner) return undefined
          const lines: Array<string> = []
          owners.push(lines)
          process.owner = owner
          return (line: string) =>
            process.tick(
              `write ${JSON.parse(line).entry}`,
              Effect.sync(() => {
                onWrite(process, "journal", line)
                lines.push(line)
              }),
              () => lines.push(line.slice(0, Math.floor(line.length / 2)))
            )
        }),
      // Not held by the gate: who asks changes something in the same moment.
      hasOwner: (_, owner) => Effect.sync(() => owners.length >= owner),
      lines: (_, owner) => alive(() => [...(owners[owner - 1] ?? [])]),
      beat: (_, owner, text) =>
        alive(() => {
          beats.set(owner, text)
        }),
      lastBeat: (_, owner) => alive(() => beats.get(owner)),
      cancel: (_, owner) =>
        alive(() => {
          canceled.add(owner)
        }),
      isCanceled: (_, owner) => alive(() => canceled.has(owner))
    }
  }

  const fileSystem = (process: Process): FileSystem.FileSystem => {
    const content = (path: string): Content => files.get(path) ?? { text: "", flushed: "" }
    const open = (path: string, flag: string | undefined): FileSystem.File => {
      if (flag === "w" || !files.has(path)) files.set(path, { text: "", flushed: "" })
      const file = content(path)
      const write = (bytes: Uint8Array, name: string) => {
        const text = new TextDecoder().decode(bytes)
        return process.tick(
          `${name} file`,
          Effect.sync(() => {
            onWrite(process, "file", text)
            file.text += text
          }),
          () => {
            file.text += text.slice(0, Math.floor(text.length / 2))
          }
        )
      }
      return {
        [FileSystem.FileTypeId]: FileSystem.FileTypeId,
        stat: Effect.die("no stat"),
        seek: () => Effect.die("no seek"),
        read: () => Effect.die("no read"),
        readAlloc: () => Effect.succeed(Option.none()),
        truncate: () => Effect.die("no truncate"),
        write: (bytes) => Effect.as(write(bytes, "write"), bytes.byteLength),
        writeAll: (bytes) => write(bytes, "write"),
        sync: process.tick(
          "flush file",
          Effect.sync(() => {
            file.flushed = file.text
          })
        )
      }
    }
    return FileSystem.makeNoop({
      exists: (path) => Effect.as(process.gate, files.has(path)),
      open: (path, options) => Effect.map(process.gate, () => open(path, options?.flag)),
      stream: (path) => Stream.fromEffect(Effect.map(process.gate, () => new TextEncoder().encode(content(path).text))),
      truncate: (path, length) =>
        process.tick(
          "cut file",
          Effect.sync(() => {
            const file = content(path)
            file.text = new TextDecoder().decode(new TextEncoder().encode(file.text).subarray(0, Number(length ?? 0)))
            file.flushed = file.flushed.slice(0, file.text.length)
          })
        ),
      rename: (from, to) =>
        process.tick(
          "rename file",
          Effect.sync(() => {
            files.set(to, content(from))
            files.delete(from)
          })
        )
    })
  }

  return {
    journal: (process) => owned(storage(process)),
    files: fileSystem,
    owners,
    flushed: (path) => files.get(path)?.flushed ?? "",
    text: (path) => files.get(path)?.text ?? "",
    isCanceled: () => canceled.has(owners.length),
    losePower: () => {
      for (const file of files.values()) file.text = file.flushed
    }
  }
}
