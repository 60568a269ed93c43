// Times of tasks that take turns, and ratios of them.
import { readFileSync } from "node:fs"

/** Time that the main thread of this process has run, in milliseconds, as Linux tells it. */
const processorTime = (): number =>
  Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "latin1").split(" ")[0]) / 1e6

/** With `--cpu` the main thread's processor time instead of the wall's: it can be compared on a machine that is busy. */
const now = process.env.BENCH_CPU === "1" ? processorTime : () => performance.now()
export const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

const timed = async (task: () => Promise<void>): Promise<number> => {
  globalThis.gc?.()
  const start = now()
  await task()
  return now() - start
}

/** The times of each task in milliseconds: they take turns, after two rounds that do not count. */
export const alternate = async <Name extends string>(
  rounds: number,
  tasks: { readonly [name in Name]: () => Promise<void> }
): Promise<(name: Name) => ReadonlyArray<number>> => {
  const times = new Map<string, Array<number>>()
  for (let round = -2; round < rounds; round++) {
    for (const [name, task] of Object.entries<() => Promise<void>>(tasks)) {
      const time = await timed(task)
      if (round >= 0) times.set(name, [...(times.get(name) ?? []), time])
    }
  }
  return (name) => times.get(name) ?? []
}

/** How often one time fits into the other: the median over the rounds, each of which saw the same state of the machine. */
export const ratioOf = (times: ReadonlyArray<number>, reference: ReadonlyArray<number>): number =>
  median(times.map((time, round) => time / (reference[round] ?? Number.NaN)))
