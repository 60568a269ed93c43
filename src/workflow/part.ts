// Writes one part of the outcomes of a run into the sink, and sums it.
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Outcome } from "../run/outcome.ts"
import { Summarizer } from "../run/summary.ts"
import type { Config, Process } from "./config.ts"
import { type Tally, tallyOf } from "./model.ts"
import type { Part } from "./sink.ts"

/** Writes one part of the outcomes, and sums them. The part is visible only when it is complete. */
export const writePart = <A, B, E, R, Result, E2, R2>(
  { sink }: Config<A, B, E, R>,
  { book }: Process,
  part: Part,
  write: (deliver: (outcomes: ReadonlyArray<Outcome<A, B>>) => Effect.Effect<void, E>) => Effect.Effect<Result, E2, R2>
): Effect.Effect<{ readonly result: Result; readonly tally: Tally }, E | E2, Exclude<R | R2, Scope.Scope>> =>
  Effect.scoped(
    Effect.gen(function* () {
      const summarizer = new Summarizer(yield* DateTime.now, book)
      const writer = yield* sink.open(part)
      const result = yield* write((outcomes) => {
        if (outcomes.length === 0) return Effect.void
        for (const outcome of outcomes) summarizer.add(outcome)
        return writer.write(outcomes)
      })
      yield* writer.commit
      return { result, tally: tallyOf(summarizer.summary) }
    })
  )
