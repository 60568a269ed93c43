// Resident memory of this process, as Linux tells it.
import { readFileSync, writeFileSync } from "node:fs"

/** Peak of the resident memory since the last reset, which only Linux can tell and reset. */
export const peakResident = (): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "latin1"))?.[1]) * 1024
export const resetPeak = (): void => writeFileSync("/proc/self/clear_refs", "5")

/** Resident memory, once what is not needed any more has been given back. */
export const settledResident = async (): Promise<number> => {
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  await new Promise((resolve) => setTimeout(resolve, 500))
  return process.memoryUsage.rss()
}
