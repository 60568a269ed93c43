import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Progress } from "effect-anthropic/Files"

const width = 30
const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1)

const draw = ({ loaded, rate, remaining, total }: Progress): string => {
  const share = total === undefined || total === 0 ? 1 : loaded / total
  const filled = Math.round(share * width)
  const bar = `${"█".repeat(filled)}${"░".repeat(width - filled)} ${String(Math.floor(share * 100)).padStart(3)} %`
  const sizes = `${mebibytes(loaded)} of ${total === undefined ? "?" : mebibytes(total)} MiB`
  const speed = rate === undefined ? "" : `  ${mebibytes(rate)} MiB/s`
  const left = remaining === undefined ? "" : `  ${Math.ceil(Duration.toSeconds(remaining))} s left`
  return `${bar}  ${sizes}${speed}${left}`
}

/**
 * Makes a function that shows progress: on a terminal as one line, ten times a second, elsewhere as a line for every tenth
 * of the file.
 */
export const progressBar = (label: string): ((progress: Progress) => Effect.Effect<void>) => {
  let shownAt = 0
  let tenths = -1
  return (progress) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      const isEnd = progress.loaded === progress.total
      const text = `${label}  ${draw(progress)}`
      if (process.stdout.isTTY) {
        if (now - shownAt < 100 && !isEnd) return
        shownAt = now
        process.stdout.write(`\r\u001b[2K${text.slice(0, (process.stdout.columns || 100) - 1)}${isEnd ? "\n" : ""}`)
        return
      }
      const reached = Math.floor((progress.loaded / (progress.total ?? Number.POSITIVE_INFINITY)) * 10)
      if (reached === tenths) return
      tenths = reached
      process.stdout.write(`${text}\n`)
    })
}
