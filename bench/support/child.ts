// Processes of the benchmark: each runs one file of this repository and tells its parent one message.
import { type ChildProcess, fork } from "node:child_process"

/**
 * Runs a file in a process of its own, without the map of its bundle. That map is 10 MB of live heap, and the engine lets a
 * heap grow by a multiple of what is live: the peak of a run was 30 MiB higher with it.
 */
export const start = (...command: ReadonlyArray<string>): ChildProcess =>
  fork("scripts/run.mjs", command, { execArgv: ["--expose-gc"], env: { ...process.env, SOURCE_MAPS: "0" } })

/** The first message of a process; rejects if it ends before. */
export const firstMessage = <A>(child: ChildProcess): Promise<A> =>
  new Promise((resolve, reject) => {
    child.once("message", (message: A) => resolve(message))
    child.once("exit", (code) => reject(new Error(`a process of the benchmark ended with ${code}`)))
  })
