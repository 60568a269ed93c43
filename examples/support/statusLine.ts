import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"

export interface StatusLine {
  readonly set: (text: string) => Effect.Effect<void>
}

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
const clearLine = "\r\u001b[2K"
const hideCursor = "\u001b[?25l"
const showCursor = "\u001b[?25h"

const write = (text: string) => Effect.sync(() => void process.stdout.write(text))

const clock = (millis: number): string => {
  const seconds = Math.floor(millis / 1000)
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  const padded = [minutes, seconds % 60].map((part) => String(part).padStart(2, "0")).join(":")
  return hours === 0 ? padded : `${hours}:${padded}`
}

/**
 * Makes a status line. On a terminal it has a spinner, the time since it began, and the newest text, and is removed when the
 * scope closes. Elsewhere each new text is a separate line.
 */
export const statusLine: Effect.Effect<StatusLine, never, Scope.Scope> = Effect.gen(function* () {
  const startedAt = yield* Clock.currentTimeMillis
  const elapsed = Effect.map(Clock.currentTimeMillis, (now) => clock(now - startedAt))
  let text = ""

  if (!process.stdout.isTTY) {
    return {
      set: Effect.fnUntraced(function* (next) {
        if (next === text) return
        text = next
        yield* write(`${yield* elapsed}  ${text}\n`)
      })
    }
  }

  let frame = 0
  const paint = Effect.gen(function* () {
    const line = `${frames[frame++ % frames.length]} ${yield* elapsed}  ${text}`
    yield* write(clearLine + line.slice(0, (process.stdout.columns || 80) - 1))
  })
  yield* Effect.acquireRelease(write(hideCursor), () => write(clearLine + showCursor))
  yield* Effect.forkScoped(Effect.repeat(paint, Schedule.spaced("100 millis")))
  return {
    set: (next) =>
      Effect.sync(() => {
        text = next
      })
  }
})
