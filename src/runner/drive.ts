// Drives a run in this process: opens its journal, continues from it, sends and follows its chunks, and ends it.
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type * as Stream from "effect/Stream"
import { Blocks } from "../batches/blocks.ts"
import * as Journal from "../Journal.ts"
import * as Pricing from "../Pricing.ts"
import { Budget } from "../run/budget.ts"
import type { RunState } from "../run/chunk.ts"
import { version } from "../run/entries.ts"
import { JournalError, type RunError, WorkspaceMismatchError } from "../run/errors.ts"
import { describe, identify, isElsewhere, type Place } from "../run/identify.ts"
import { makeNonce } from "../run/ids.ts"
import { Signal } from "../run/signal.ts"
import type { Config, Delivery } from "./config.ts"
import { beside, type Context } from "./context.ts"
import { fold } from "./fold.ts"
import { now } from "./now.ts"
import { makePoller } from "./poller.ts"
import { sourceReader } from "./source.ts"
import { stop } from "./stop.ts"
import { submitAll } from "./submit.ts"
import { takeUp } from "./takeUp.ts"

/** How many results are downloaded at the same time. */
const downloadsAtOnce = 2

/** Opens a new run, or checks that a known one continues in the workspace of its start. */
const openRun = Effect.fnUntraced(function* (
  runId: string,
  journal: Journal.Journal,
  session: Journal.Session
): Effect.fn.Return<{ readonly state: RunState; readonly nonce: string }, RunError, HttpClient.HttpClient> {
  const state = yield* Effect.fromResult(fold(runId, session.entries))
  const known = state.opened
  const place: Partial<Place> = journal.isDurable || known !== undefined ? yield* identify() : {}
  if (known !== undefined) {
    if (known.runId !== runId) {
      return yield* new JournalError({ runId, reason: "mismatch", description: "it has another id" })
    }
    if (isElsewhere(known, place)) {
      return yield* new WorkspaceMismatchError({ runId, expected: describe(known), received: describe(place) })
    }
    return { state, nonce: known.nonce }
  }
  const { organization, workspace } = place
  const opened = {
    entry: "opened",
    version,
    runId,
    nonce: makeNonce(),
    ...(organization === undefined ? {} : { organization }),
    ...(workspace === undefined ? {} : { workspace }),
    at: yield* now
  } as const
  yield* session.append(opened)
  state.opened = opened
  return { state, nonce: opened.nonce }
})

/** Opens the destination of outcomes, for the owner of a run. */
export type OpenDelivery<A, B, E, R> = (
  session: Journal.Session
) => Effect.Effect<Delivery<A, B, E>, E, R | Scope.Scope>

/** Runs everything to its end. When it succeeds, every outcome was delivered. */
export const drive = <A, B, ES, RS, E, R>(
  items: Stream.Stream<A, ES, RS>,
  config: Config<A, B, E, R>,
  open: OpenDelivery<A, B, E, R>
): Effect.Effect<void, ES | E | RunError, RS | R | HttpClient.HttpClient> =>
  Effect.scoped(driveScoped(items, config, open))

const driveScoped = Effect.fn("BatchRun.run")(function* <A, B, ES, RS, E, R>(
  items: Stream.Stream<A, ES, RS>,
  config: Config<A, B, E, R>,
  open: OpenDelivery<A, B, E, R>
): Effect.fn.Return<void, ES | E | RunError, RS | R | HttpClient.HttpClient | Scope.Scope> {
  yield* Effect.annotateCurrentSpan({ run: config.runId })
  const journal = yield* Journal.Journal
  const session = yield* journal.open(config.runId)
  const delivery = yield* open(session)
  const { nonce, state } = yield* openRun(config.runId, journal, session)
  const isResumed = session.entries.length > 0
  yield* config.onEvent({ _tag: "Opened", runId: config.runId, isResumed, at: yield* now })
  const policy = config.onInterrupt ?? (journal.isDurable ? "detach" : "cancel")
  const signal = new Signal()

  /** The context without the two parts that exist only while the work runs. */
  const begun = {
    config,
    delivery,
    session,
    state,
    nonce,
    poller: makePoller({ longest: config.pollEvery, onEvent: config.onEvent }),
    budget: config.budget === undefined ? undefined : new Budget(config.budget.limit, state.chunks),
    book: yield* Pricing.PriceBook,
    signal,
    ended: new Signal(),
    active: new Map(),
    again: [],
    pool: [],
    pending: [],
    verdicts: new Map(),
    readers: yield* Semaphore.make(downloadsAtOnce),
    blocks: new Blocks(),
    failure: yield* Deferred.make<never, ES | E | RunError>()
  }
  let context: Context<A, B, ES | E, R> | undefined
  const work = Effect.gen(function* () {
    const source = yield* sourceReader<A, B, ES, RS, R>({
      items,
      request: config.request,
      prepare: config.prepare,
      signal,
      onRead: (count) => config.onEvent({ _tag: "ItemsRead", count })
    })
    const fibers = yield* FiberSet.make()
    const current: Context<A, B, ES | E, R> = {
      ...begun,
      source,
      fibers,
      stopped: undefined,
      cap: config.chunkItems,
      creating: undefined,
      hasWarned: false
    }
    context = current
    yield* beside(current, current.poller.run)
    const all = takeUp(current).pipe(Effect.andThen(submitAll(current)), Effect.andThen(delivery.flush))
    yield* Effect.raceFirst(all, Deferred.await(current.failure))
  })
  // The fibers under way are stopped before the batches are canceled.
  yield* Effect.onExit(Effect.scoped(work), (exit) =>
    context === undefined ? Effect.void : stop(context, exit, policy)
  )
})
