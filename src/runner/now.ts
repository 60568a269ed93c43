// The time by the clock of this machine, in milliseconds since the epoch.
import * as Clock from "effect/Clock"
import type * as Effect from "effect/Effect"

export const now: Effect.Effect<number> = Clock.currentTimeMillis
