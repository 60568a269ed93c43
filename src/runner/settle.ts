// Reads the results of a chunk, hands its outcomes over, and writes down which items go again and what was spent.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as Pricing from "../Pricing.ts"
import { averageOf } from "../run/budget.ts"
import type { HowEnded, Money } from "../run/chunk.ts"
import type { RunError } from "../run/errors.ts"
import { judge, type Outcome } from "../run/outcome.ts"
import { includes, pack } from "../run/positions.ts"
import { type OddLine, type OwnLine, type ReadError, read } from "../run/read.ts"
import { baseOf, type Slot } from "../run/slot.ts"
import { backOff, maxOutage, notFoundTolerance } from "../run/wait.ts"
import type { MessageBatch } from "../schema/Batch.ts"
import { renew } from "./admit.ts"
import { type Active, type Context, deliver, emit, goesAgain, record } from "./context.ts"
import { now } from "./now.ts"
import { meterNow, tellBudget } from "./reserve.ts"

/** The items of a chunk by their positions, and which of them have an answer. */
class Answers<A, B> {
  readonly #slots: ReadonlyArray<Slot<A, B>>
  readonly #answered = new Set<number>()

  constructor(slots: ReadonlyArray<Slot<A, B>>) {
    this.#slots = slots
  }

  /** The item of a position, if this chunk brings its outcome. */
  at(position: number): Slot<A, B> | undefined {
    let low = 0
    let high = this.#slots.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const slot = this.#slots[middle]
      if (slot === undefined || slot.position === position) return slot
      if (slot.position < position) low = middle + 1
      else high = middle - 1
    }
    return undefined
  }

  /** Notes an answer and tells whether it is the first. */
  note(position: number): boolean {
    const before = this.#answered.size
    return this.#answered.add(position).size > before
  }

  get count(): number {
    return this.#answered.size
  }

  get unanswered(): ReadonlyArray<Slot<A, B>> {
    return this.#slots.filter(({ position }) => !this.#answered.has(position))
  }
}

const outcomeOf = <A, B, E, R>(
  { config }: Context<A, B, E, R>,
  slot: Slot<A, B>,
  batchId: string,
  line: OwnLine["line"]
): Outcome<A, B> =>
  Result.isSuccess(line)
    ? judge(baseOf(slot, batchId), line.success.result, config.decode)
    : { ...baseOf(slot, batchId), _tag: "Invalid", message: undefined, error: line.failure }

/** Settles a chunk. `batch` is undefined where there are no results any more. */
export const settle = Effect.fn("BatchRun.settle")(function* <A, B, E, R>(
  context: Context<A, B, E, R>,
  active: Active<A, B>,
  batchId: string,
  batch: MessageBatch | undefined,
  how: HowEnded
): Effect.fn.Return<void, E | RunError, R | HttpClient.HttpClient> {
  const { budget, config, delivery, nonce, pool, readers } = context
  const { chunk, slots } = active
  yield* Effect.annotateCurrentSpan({ chunk: chunk.number, batchId })
  const wasSettled = chunk.phase === "Settled"
  const meter = yield* meterNow(context, true)
  const answers = new Answers(slots)
  const again: Array<Slot<A, B>> = []
  let spend: Money = 0n

  /** Sorts outcomes: those that go again, and those that are told. What a settled chunk sent again stays so. */
  const sort = (slot: Slot<A, B>, outcome: Outcome<A, B>, told: Array<Outcome<A, B>>): void => {
    const isAgain = wasSettled ? includes(chunk.again, slot.position) : goesAgain(context, slot, outcome)
    if (isAgain) again.push({ ...slot, last: outcome })
    else told.push(outcome)
  }

  /** What a line cost. An answer that cannot be read or priced was charged all the same. */
  const charge = (line: OwnLine["line"]): void => {
    if (budget === undefined) return
    if (Result.isFailure(line)) spend += averageOf(chunk)
    else if (line.success.result.type === "succeeded") {
      spend += Result.getOrElse(meter.messageCost(line.success.result.message), () => averageOf(chunk))
    }
  }

  const answer = (lines: ReadonlyArray<OwnLine>): ReadonlyArray<Outcome<A, B>> => {
    const told: Array<Outcome<A, B>> = []
    for (const { line, position } of lines) {
      if (!answers.note(position)) continue
      charge(line)
      const slot = answers.at(position)
      if (slot !== undefined) sort(slot, outcomeOf(context, slot, batchId, line), told)
    }
    return told
  }

  const odd: Array<OddLine> = []
  /** One reading of all lines. What came before is skipped. */
  const readOnce = (ended: MessageBatch) =>
    read(ended, chunk, nonce, (line) => odd.push(line)).pipe(
      Stream.mapError((error) => new ReadFailure(error)),
      Stream.runForEach((lines) =>
        Effect.gen(function* () {
          for (const { customId, kind } of odd.splice(0)) {
            yield* emit(context, { _tag: "OddLine", chunk: chunk.number, batchId, kind, customId })
          }
          yield* deliver(context, answer(lines))
        })
      )
    )

  const isGone = batch !== undefined && (yield* readers.withPermits(1)(ridingOut(context, active, readOnce(batch))))
  const missing = answers.unanswered
  const reason = isGone ? "deleted" : how === "ended" ? "absent" : how
  if (budget !== undefined) {
    for (const slot of missing) {
      const admitted = renew(context, slot)
      const bound =
        admitted._tag === "Ready"
          ? meter.upperBound(admitted.ready.params, config.budget?.size?.(slot.item))
          : undefined
      spend += bound !== undefined && Result.isSuccess(bound) ? bound.success : averageOf(chunk)
    }
    const unseen = chunk.count - answers.count - missing.length
    spend += averageOf(chunk) * BigInt(Math.max(0, unseen))
  }
  const told: Array<Outcome<A, B>> = []
  for (const slot of missing) sort(slot, { ...baseOf(slot, batchId), _tag: "Missing", reason }, told)
  yield* deliver(context, told)
  yield* delivery.flush

  again.sort((a, b) => a.position - b.position)
  if (!wasSettled) {
    yield* record(context, {
      entry: "settled",
      chunk: chunk.number,
      again: pack(again.map(({ position }) => position)),
      ...(budget === undefined ? {} : { spend: `${spend}` }),
      at: yield* now
    })
    yield* emit(context, {
      _tag: "Settled",
      chunk: chunk.number,
      batchId,
      spend: budget === undefined ? undefined : Pricing.toUsd(spend)
    })
    yield* tellBudget(context)
  }
  if (again.length > 0) yield* emit(context, { _tag: "Retried", chunk: chunk.number, count: again.length })
  for (const slot of again) pool.push(slot)
})

/** A download that failed, apart from what handing its outcomes over may fail with. */
class ReadFailure {
  readonly error: ReadError

  constructor(error: ReadError) {
    this.error = error
  }
}

/** Repeats a reading that was cut, for an hour, and tells whether the results are gone. */
const ridingOut = Effect.fnUntraced(function* <A, B, E, R>(
  context: Context<A, B, E, R>,
  { chunk }: Active<A, B>,
  reading: Effect.Effect<void, E | ReadFailure, R | HttpClient.HttpClient>
): Effect.fn.Return<boolean, E | RunError, R | HttpClient.HttpClient> {
  let since: number | undefined
  for (let failures = 0; ; failures++) {
    const failure = yield* reading.pipe(
      Effect.as(undefined),
      Effect.catchIf(
        (error): error is ReadFailure => error instanceof ReadFailure,
        (failure) => Effect.succeed(failure)
      )
    )
    if (failure === undefined) return false
    const { error } = failure
    const at = yield* now
    since ??= at
    // Results that are not found may be late, as a batch may be.
    const isNotFound = error._tag === "NotFoundError"
    if (isNotFound && at - since >= notFoundTolerance) return true
    if (!isNotFound && (!error.isRetryable || at - since >= maxOutage)) return yield* Effect.fail(error)
    yield* emit(context, { _tag: "Waiting", reason: "outage", chunk: chunk.number, until: since + maxOutage })
    yield* Effect.sleep(backOff(failures))
  }
})
