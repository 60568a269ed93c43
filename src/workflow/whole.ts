// The steps about a whole run: cut its items into chunks, cut some of them again, and write what is not sent.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Stream from "effect/Stream"
import { SeenIds } from "../hash/seen.ts"
import type { BoundError } from "../run/bound.ts"
import type { Money } from "../run/chunk.ts"
import type { Interval } from "../run/positions.ts"
import { unsent } from "../run/slot.ts"
import type { Config, Process, Resolved } from "./config.ts"
import type { Again, Plan, Tally } from "./model.ts"
import { writePart } from "./part.ts"
import { type Cutting, cut, readAll, readSome } from "./plan.ts"

interface Run {
  readonly runId: string
  readonly source: string
}

/** Cuts all items into chunks. Those that cannot be sent are in the sink afterwards. */
export const planRun = <A, B, E, R>(
  config: Config<A, B, E, R>,
  process: Process,
  { runId, source }: Run,
  nonce: string,
  { chunkBytes, chunkItems }: Resolved,
  limit: Money | undefined
): Effect.Effect<Plan, E | BoundError, R | HttpClient.HttpClient> =>
  Effect.map(
    writePart(config, process, { runId, name: "refused" }, (deliver) => {
      const cutting: Cutting = { nonce, number: 0, items: chunkItems, bytes: chunkBytes, limit }
      return cut(config, process, cutting, readAll(config, source), new SeenIds(), (outcome) => deliver([outcome]))
    }),
    ({ result, tally }) => ({ chunks: result, tally })
  )

/** Positions with the number of times that their items were sent. */
export interface Group {
  readonly positions: ReadonlyArray<Interval>
  readonly attempts: number
}

/** Cuts items of earlier chunks into chunks. An item that can no longer be sent is left out. */
export const planAgain = <A, B, E, R>(
  config: Config<A, B, E, R>,
  process: Process,
  { source }: Run,
  cutting: Cutting,
  from: ReadonlyArray<number>,
  groups: ReadonlyArray<Group>
): Effect.Effect<Again, E | BoundError, R | HttpClient.HttpClient> => {
  const items = Stream.fromIterable(groups).pipe(
    Stream.flatMap(({ attempts, positions }) => readSome(config, source, positions, attempts))
  )
  return Effect.map(
    cut(config, process, cutting, items, undefined, () => Effect.void),
    (chunks) => ({ from, chunks })
  )
}

const issues = {
  budget: [],
  canceled: [],
  refused: [{ path: "", description: "the API refuses a batch of this request alone as too large (413)" }]
}

/** Writes that items were not sent. */
export const writeUnsent = <A, B, E, R>(
  config: Config<A, B, E, R>,
  process: Process,
  { runId, source }: Run,
  reason: "budget" | "canceled" | "refused",
  positions: ReadonlyArray<Interval>
): Effect.Effect<Tally, E, R> =>
  Effect.map(
    writePart(config, process, { runId, name: `unsent-${reason}` }, (deliver) =>
      readSome(config, source, positions, 0).pipe(
        Stream.map(({ slot }) => unsent(slot, reason, issues[reason])),
        Stream.runForEachArray((outcomes) => deliver(outcomes))
      )
    ),
    ({ tally }) => tally
  )
