// A process of a test. It counts its steps: each call and each write, before and after it is carried out. At one of them it
// may die, and do nothing any more, or freeze, and go on where it was once it is woken.
import * as Effect from "effect/Effect"

export interface End {
  readonly step: number
  readonly how: "dies" | "freezes"
  /** What the steps are that are counted: those whose names end so. Default: all. */
  readonly of?: string
}

/** Carries out a call or a write as two steps. What is `torn` is done in part when the process dies before it. */
export type Tick = <A, E, R>(name: string, effect: Effect.Effect<A, E, R>, torn?: () => void) => Effect.Effect<A, E, R>

export interface Process {
  readonly tick: Tick
  /** Waits while the process is frozen, and for ever once it is dead. */
  readonly gate: Effect.Effect<void>
  readonly state: () => "runs" | "frozen" | "dead"
  /** Waits until the process has died or is frozen. */
  readonly ended: Effect.Effect<void>
  readonly wake: () => void
  /** The number of the process as the owner of the run, once it is that. */
  owner: number | undefined
  /** Whether it writes what it was about to write when it was frozen. */
  isLate: boolean
}

export const makeProcess = (options: {
  readonly end: End | undefined
  readonly say: (text: string) => void
  readonly tears: () => boolean
}): Process => {
  const { end, say, tears } = options
  let state: "runs" | "frozen" | "dead" = "runs"
  let hasEnded = false
  let steps = 0
  let announce: () => void = () => undefined
  let waiting: Array<() => void> = []

  const gate: Effect.Effect<void> = Effect.suspend(() => {
    if (state === "dead") return Effect.never
    if (state === "runs") return Effect.void
    return Effect.callback<void>((resume) => {
      waiting.push(() => resume(Effect.void))
    })
  })

  const step = (name: string, canFreeze: boolean): void => {
    if (state !== "runs" || !name.endsWith(end?.of ?? "")) return
    steps += 1
    if (end === undefined || hasEnded || steps < end.step || (end.how === "freezes" && !canFreeze)) return
    hasEnded = true
    state = end.how === "dies" ? "dead" : "frozen"
    say(`${end.how} at ${name}`)
    announce()
  }

  const process: Process = {
    tick: (name, effect, torn) =>
      Effect.gen(function* () {
        if (
          steps + 1 === end?.step &&
          name.endsWith(end.of ?? "") &&
          end.how === "dies" &&
          torn !== undefined &&
          tears()
        )
          torn()
        // What is about to change something was decided in the same moment: nobody can be frozen in between. An entry of the
        // journal is different: when it comes late, it does not count.
        const isEntry = name.startsWith("write ") && !name.endsWith(" file")
        const canFreeze = isEntry || name.startsWith("GET ")
        step(`before ${name}`, canFreeze)
        const isLate = isEntry && state === "frozen"
        if (canFreeze || state === "dead") yield* gate
        if (isLate) process.isLate = true
        const value = yield* effect
        if (isLate) process.isLate = false
        step(`after ${name}`, true)
        yield* gate
        return value
      }),
    gate,
    state: () => state,
    ended: Effect.callback<void>((resume) => {
      if (hasEnded) resume(Effect.void)
      else announce = () => resume(Effect.void)
    }),
    wake: () => {
      if (state !== "frozen") return
      say("wakes")
      state = "runs"
      const woken = waiting
      waiting = []
      for (const wake of woken) wake()
    },
    owner: undefined,
    isLate: false
  }
  return process
}
