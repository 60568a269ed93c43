// A run whose outcomes go into a file, and their sums.
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Stream from "effect/Stream"
import * as Pricing from "../Pricing.ts"
import type { OutcomeFileError, RunError } from "../run/errors.ts"
import type { LineOf } from "../run/line.ts"
import { Summarizer, type Summary } from "../run/summary.ts"
import type { Config, Delivery } from "./config.ts"
import { drive } from "./drive.ts"
import { openFile } from "./file.ts"

/**
 * The result of a run that writes a file.
 *
 * @category models
 * @since 0.1.0
 */
export interface Written {
  /** The number of outcomes that the file had before. They are not part of `summary`. */
  readonly kept: number
  /** The sums of the outcomes that were written this time. */
  readonly summary: Summary
}

export const writeFile = Effect.fnUntraced(function* <A, B, ES, RS, E, R>(
  items: Stream.Stream<A, ES, RS>,
  path: string,
  config: Config<A, B, E, R>,
  lineOf: LineOf<A, B> | undefined
): Effect.fn.Return<
  Written,
  ES | E | RunError | OutcomeFileError,
  RS | R | HttpClient.HttpClient | FileSystem.FileSystem
> {
  const fs = yield* FileSystem.FileSystem
  const summarizer = new Summarizer(yield* DateTime.now, yield* Pricing.PriceBook)
  let kept = 0
  yield* drive<A, B, ES, RS, E | RunError | OutcomeFileError, R>(items, config, (session) =>
    Effect.map(openFile<A, B>({ fs, path, session, lineOf }), (file): Delivery<A, B, RunError | OutcomeFileError> => {
      kept = file.kept
      return {
        ...file,
        deliver: (outcomes) =>
          Effect.andThen(
            file.deliver(outcomes),
            Effect.sync(() => {
              for (const outcome of outcomes) summarizer.add(outcome)
            })
          )
      }
    })
  )
  return { kept, summary: summarizer.summary }
})
