// Records the faults that a test scripts: which are left, and which could not happen. A test fails if faults are left at the
// end.
import * as Data from "effect/Data"
import type { Action, Fault, Match } from "../faults/model.ts"

/**
 * A test ended while a fault that it scripted had not happened.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnconsumedFaultsError extends Data.TaggedError("UnconsumedFaultsError")<{
  readonly faults: ReadonlyArray<string>
}> {
  override get message() {
    return `Faults were scripted that did not happen:\n${this.faults.map((fault) => `- ${fault}`).join("\n")}`
  }
}

/**
 * A fault with uses left, or one that has still to carry a request out.
 *
 * @category models
 * @since 0.1.0
 */
export interface PendingFault {
  readonly name: string
  readonly remaining: number
}

/** The faults of one emulator: what is scripted, what has happened. */
export interface Ledger {
  readonly add: (faults: ReadonlyArray<Fault>) => void
  /** Uses up the fault that applies to a request. */
  readonly take: (method: string, path: string) => Action | undefined
  /** Records that a used fault could not happen. */
  readonly missed: (action: Action, why: string) => void
  /** Records that a fault has still to carry out a request. Returns a function that returns once whether it has to. */
  readonly owe: (action: Action) => () => boolean
  readonly pending: () => ReadonlyArray<PendingFault>
  readonly clear: () => void
  /** The error of faults that did not happen, if there are any. */
  readonly settle: () => UnconsumedFaultsError | undefined
}

const matches = (when: Match | undefined, method: string, path: string): boolean => {
  if (when?.method !== undefined && when.method.toUpperCase() !== method) return false
  const pattern = when?.path
  if (pattern === undefined) return true
  if (typeof pattern === "string") return path.startsWith(pattern)
  return typeof pattern === "function" ? pattern(path) : path.search(pattern) !== -1
}

const describe = (fault: Fault): string => {
  const { method, path } = fault.when ?? {}
  const where = typeof path === "function" ? "(path) => …" : path === undefined ? undefined : String(path)
  const requests = [method, where].filter((part) => part !== undefined).join(" ")
  return `${fault.name}${requests === "" ? "" : ` on ${requests}`}`
}

export const makeLedger = (): Ledger => {
  let scripted: Array<{ readonly fault: Fault; skip: number; left: number }> = []
  let misses: Array<string> = []
  const owed = new Set<Action>()
  return {
    add: (faults) => {
      for (const fault of faults) scripted.push({ fault, skip: fault.skip ?? 0, left: fault.times ?? 1 })
    },
    take: (method, path) => {
      let taken: Fault | undefined
      for (const entry of scripted) {
        if (entry.left === 0 || !matches(entry.fault.when, method, path)) continue
        if (entry.skip > 0) entry.skip--
        else if (taken === undefined) {
          entry.left--
          taken = entry.fault
        }
      }
      return taken
    },
    missed: (action, why) => {
      misses.push(`${describe(action)}: ${why}`)
    },
    owe: (action) => {
      const debt = { ...action }
      owed.add(debt)
      return () => owed.delete(debt)
    },
    pending: () => [
      ...scripted
        .filter((entry) => entry.left > 0)
        .map((entry) => ({ name: describe(entry.fault), remaining: entry.left })),
      ...[...owed].map((action) => ({ name: describe(action), remaining: 1 }))
    ],
    clear: () => {
      scripted = []
      misses = []
      owed.clear()
    },
    settle: () => {
      const left = scripted
        .filter((entry) => entry.left > 0)
        .map((entry) => `${describe(entry.fault)}: ${entry.left} of ${entry.fault.times ?? 1} left`)
      const late = [...owed].map((action) => `${describe(action)}: the request was not carried out before the end`)
      const faults = [...left, ...misses, ...late]
      return faults.length === 0 ? undefined : new UnconsumedFaultsError({ faults })
    }
  }
}
