// A few lines that stay in place on a terminal and show the current state. On a pipe each new state is one plain line.
// With `RECORD=file`, each picture that a terminal would show is also written to that file, for `npm run picture`.
import { appendFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type Line, paint } from "./lines.ts"

export interface Panel {
  /** The current state: lines for a terminal, and one line for a pipe that is printed when `key` has changed. */
  readonly set: (state: PanelState) => Effect.Effect<void>
}

export interface PanelState {
  readonly lines: () => ReadonlyArray<Line>
  readonly plain: () => string
  readonly key: string
}

const clearLine = "\u001b[2K"
const hideCursor = "\u001b[?25l"
const showCursor = "\u001b[?25h"
const frameMillis = 100

const record = process.env.RECORD

/** Writes a picture of the terminal to the record. */
export const recordLines = (lines: ReadonlyArray<Line>): void => {
  if (record !== undefined) appendFileSync(record, `${JSON.stringify(lines)}\n`)
}

/** Makes a panel that is updated until the scope closes. Its last picture stays on the terminal. */
export const panel: Effect.Effect<Panel, never, Scope.Scope> = Effect.gen(function* () {
  let state: PanelState | undefined
  let shown = 0
  const isLive = process.stdout.isTTY === true || record !== undefined

  const draw = () => {
    if (state === undefined) return
    const lines = state.lines()
    recordLines(lines)
    if (process.stdout.isTTY !== true) return
    const width = (process.stdout.columns || 80) - 1
    const up = shown === 0 ? "" : `\u001b[${shown}A`
    process.stdout.write(up + lines.map((line) => `${clearLine}${paint(line, width)}\n`).join(""))
    shown = lines.length
  }

  if (isLive) {
    // A timer of the process, because the clock of the program may run faster.
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        if (process.stdout.isTTY === true) process.stdout.write(hideCursor)
        return setInterval(draw, frameMillis)
      }),
      (timer) =>
        Effect.sync(() => {
          clearInterval(timer)
          draw()
          if (process.stdout.isTTY === true) process.stdout.write(showCursor)
        })
    )
  }

  return {
    set: (next) =>
      Effect.sync(() => {
        const isNew = state?.key !== next.key
        state = next
        if (isNew && process.stdout.isTTY !== true) process.stdout.write(`${next.plain()}\n`)
      })
  }
})
