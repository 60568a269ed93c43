// What tests do with an emulator: script faults, wait until something has happened, and look at what was written.
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { AnthropicEmulator } from "effect-anthropic/testing"

export const { Emulator, Fault } = AnthropicEmulator

export const script = (...faults: ReadonlyArray<AnthropicEmulator.Fault.Fault>) =>
  Effect.flatMap(Emulator, (emulator) => emulator.fault(...faults))

/** Waits on the live clock until what a real process or socket does has happened. */
export const eventually = <A, E, R>(effect: Effect.Effect<A, E, R>, until: (value: A) => boolean) =>
  effect.pipe(Effect.repeat({ until, schedule: Schedule.spaced("5 millis") }), Effect.timeout("10 seconds"))

/** A value as it is written, for looking at fields that its type does not know. */
export const written = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
