// A journal's storage in memory, which outlives the "processes" of a test, and a file system that does.
import * as Effect from "effect/Effect"
import { owned } from "../../../src/journal/owned.ts"
import type { Storage } from "../../../src/journal/storage.ts"

export interface Disk {
  readonly storage: (process: { readonly isDead: () => boolean; readonly tick: Tick }) => Storage
  /** The lines of all owners, as they are on the disk. */
  readonly owners: Array<Array<string>>
}

/** Counts a step, before and after it is carried out; the process may die at either. */
export type Tick = <A, E, R>(name: string, effect: Effect.Effect<A, E, R>, torn?: () => void) => Effect.Effect<A, E, R>

export const makeDisk = (): Disk => {
  const owners: Array<Array<string>> = []
  const beats = new Map<number, string>()
  const canceled = new Set<number>()
  return {
    owners,
    storage: ({ isDead, tick }) => {
      const alive = <A>(make: () => A): Effect.Effect<A> =>
        Effect.suspend(() => (isDead() ? Effect.never : Effect.sync(make)))
      return {
        lastOwner: () => alive(() => owners.length),
        claim: (_, owner) =>
          alive(() => {
            if (owners.length >= owner) return undefined
            const lines: Array<string> = []
            owners.push(lines)
            return (line: string) =>
              tick(
                `write ${JSON.parse(line).entry}`,
                alive(() => {
                  lines.push(line)
                }),
                () => lines.push(line.slice(0, Math.floor(line.length / 2)))
              )
          }),
        hasOwner: (_, owner) => alive(() => owners.length >= owner),
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
  }
}

export const journalOf = (disk: Disk, process: Parameters<Disk["storage"]>[0]) => owned(disk.storage(process))
