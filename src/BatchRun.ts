/**
 * Any number of requests as one run of message batches. No item is lost, nothing is paid twice, and a run continues after a
 * crash.
 *
 * `run` takes a stream of items and returns an outcome for each. It splits them by the limits of the API, and creates a
 * limited number of batches at a time. It waits, reads the results, and sends again what may succeed at the next try. With a
 * `Journal` it continues after a crash. See `docs/runs.md` for its guarantees and their limits.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import * as Sink from "effect/Sink"
import * as Stream from "effect/Stream"
import * as Journal from "./Journal.ts"
import * as Pricing from "./Pricing.ts"
import type { JournalError, OutcomeFileError, RunError, RunOptionsError } from "./run/errors.ts"
import type { LineOf } from "./run/line.ts"
import type { Outcome } from "./run/outcome.ts"
import type { Status } from "./run/status.ts"
import { Summarizer, type Summary } from "./run/summary.ts"
import { type Cancellation, cancelRun, statusOfRun } from "./runner/control.ts"
import { type Written, writeFile } from "./runner/fileRun.ts"
import { type Options, resolve } from "./runner/options.ts"
import { type Plan, planOf } from "./runner/plan.ts"
import { stream } from "./runner/stream.ts"
import * as StructuredOutput from "./StructuredOutput.ts"
import type { MessageParams } from "./schema/MessageParams.ts"

export {
  ItemsChangedError,
  OutcomeFileError,
  RunError,
  RunOptionsError,
  WorkspaceMismatchError
} from "./run/errors.ts"
export type {
  AdoptedEvent,
  BodyChangedEvent,
  BudgetEvent,
  BudgetWarningEvent,
  DeliveredEvent,
  EndedEvent,
  IntendedEvent,
  ItemsReadEvent,
  OddLineEvent,
  OpenedEvent,
  OutcomeCounts,
  PaidTwiceEvent,
  PolledEvent,
  RenewedEvent,
  RetriedEvent,
  RunEvent,
  SettledEvent,
  SubmittedEvent,
  UnknownEvent,
  WaitingEvent,
  WaitReason
} from "./run/event.ts"
export type { LineOf } from "./run/line.ts"
export type {
  Canceled,
  Errored,
  Expired,
  Incomplete,
  Invalid,
  Missing,
  Outcome,
  OutcomeBase,
  Succeeded,
  Unsent
} from "./run/outcome.ts"
export { noProgress, type Progress, progress } from "./run/progress.ts"
export type { Status } from "./run/status.ts"
export type { Failures, Summary } from "./run/summary.ts"
export type { UnknownAnswer, UnknownCreate } from "./runner/config.ts"
export type { Cancellation } from "./runner/control.ts"
export type { Written } from "./runner/fileRun.ts"
export type { BudgetOptions, Options, RetryOptions, Usd, WindowOptions } from "./runner/options.ts"
export type { Objection, Plan } from "./runner/plan.ts"

type Items<A, E, R> = Iterable<A> | Stream.Stream<A, E, R>

const toStream = <A, E, R>(items: Items<A, E, R>): Stream.Stream<A, E, R> =>
  Stream.isStream(items) ? items : Stream.fromIterable(items)

/**
 * Options with a schema for the answers, whose decoding needs the services `RD`.
 *
 * @category options
 * @since 0.1.0
 */
export type TypedOptions<A, B, E = never, R = never, RD = never> = Options<A, B, E, R> & {
  readonly output: Schema.ConstraintCodec<B, unknown, RD, unknown>
}

/**
 * Options without a schema for the answers.
 *
 * @category options
 * @since 0.1.0
 */
export type UntypedOptions<A, E = never, R = never> = Options<A, undefined, E, R> & { readonly output?: undefined }

/** Adds the format of a schema, compiled once, to parameters. */
const preparing = (schema: StructuredOutput.Output<unknown, unknown>) => {
  const format = StructuredOutput.format(schema)
  return (params: MessageParams): MessageParams => ({ ...params, output_config: { ...params.output_config, format } })
}

const typed = <A, B, E, R, RD>(options: TypedOptions<A, B, E, R, RD>) =>
  resolve<A, B, E, R | RD>(options, StructuredOutput.decode(options.output), preparing(options.output))

const untyped = <A, E, R>(options: UntypedOptions<A, E, R>) =>
  resolve(
    options,
    () => Effect.undefined,
    (params) => params
  )

/**
 * The order of outcomes.
 *
 * @category options
 * @since 0.1.0
 */
export interface OrderOptions {
  /**
   * Whether outcomes come in the order of their items. Default: false. If true, memory holds every outcome that waits for an
   * earlier one. These are nearly all answers if the first batch is the last to end.
   */
  readonly inOrder?: boolean | undefined
}

/**
 * Runs requests in message batches, and returns exactly one outcome for each item, in any order.
 *
 * Items are read when the window has room for them. The items of batches that are under way are kept, but not their
 * requests: `request` is called again for an item that is sent again. With an `id` and a journal that survives the process,
 * running it again continues it. No batch is created twice, and every outcome is returned again, read from the API.
 *
 * Fails when a call fails permanently, when the source fails, or when the journal cannot be used. The run can then be
 * started again under its id.
 *
 * @example
 * import * as BatchRequest from "effect-anthropic/BatchRequest"
 * import * as BatchRun from "effect-anthropic/BatchRun"
 * import * as Messages from "effect-anthropic/Messages"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const reviews = [{ id: "r-1", text: "Boils a litre before I have found the tea." }]
 *
 * const program = BatchRun.run(reviews, {
 *   request: (review) =>
 *     BatchRequest.make(review.id, {
 *       model: "claude-haiku-5-5",
 *       max_tokens: 200,
 *       messages: [Messages.user(`Is this review positive? ${review.text}`)]
 *     })
 * }).pipe(
 *   Stream.runForEach((outcome) =>
 *     Effect.log(outcome.id, outcome._tag === "Succeeded" ? Messages.text(outcome.message) : outcome._tag)
 *   )
 * )
 *
 * @category operations
 * @since 0.1.0
 */
export function run<A, B, E = never, R = never, ES = never, RS = never, RD = never>(
  items: Items<A, ES, RS>,
  options: TypedOptions<A, B, E, R, RD> & OrderOptions
): Stream.Stream<Outcome<A, B>, RunError | E | ES, HttpClient.HttpClient | R | RS | RD>
export function run<A, E = never, R = never, ES = never, RS = never>(
  items: Items<A, ES, RS>,
  options: UntypedOptions<A, E, R> & OrderOptions
): Stream.Stream<Outcome<A>, RunError | E | ES, HttpClient.HttpClient | R | RS>
export function run<A, B, E, R, ES, RS, RD>(
  items: Items<A, ES, RS>,
  options: (TypedOptions<A, B, E, R, RD> | UntypedOptions<A, E, R>) & OrderOptions
):
  | Stream.Stream<Outcome<A, B>, RunError | E | ES, HttpClient.HttpClient | R | RS | RD>
  | Stream.Stream<Outcome<A>, RunError | E | ES, HttpClient.HttpClient | R | RS> {
  const source = toStream(items)
  const inOrder = options.inOrder ?? false
  return options.output === undefined
    ? Stream.unwrap(Effect.map(untyped(options), (config) => stream(source, config, inOrder)))
    : Stream.unwrap(Effect.map(typed(options), (config) => stream(source, config, inOrder)))
}

/**
 * The content of a line in a file of outcomes.
 *
 * @category options
 * @since 0.1.0
 */
export interface FileOptions<A, B> {
  /**
   * Makes the fields of a line that follow `position`, `id`, `outcome` and `reason`, which a run needs itself. Default:
   * `attempts`, `batchId` and the fields of the outcome, without the item.
   */
  readonly line?: LineOf<A, B> | undefined
}

/**
 * Runs requests, and writes the outcome of each item as one line of JSON, exactly once, also after crashes.
 *
 * An existing file is continued: its outcomes are not written again, and a batch is not read again if the file has all of
 * its outcomes. A line that a crash left incomplete is dropped. So are lines of items that were not sent because of the
 * budget or of a canceled run. Give the run an `id` and a journal that survives the process.
 *
 * @example
 * import * as BatchRequest from "effect-anthropic/BatchRequest"
 * import * as BatchRun from "effect-anthropic/BatchRun"
 * import * as Journal from "effect-anthropic/Journal"
 * import * as Messages from "effect-anthropic/Messages"
 * import * as Effect from "effect/Effect"
 *
 * const program = BatchRun.toFile(["Lyon", "Turin"], "cities.jsonl", {
 *   id: "cities-2026-11",
 *   request: (city) =>
 *     BatchRequest.make(city, {
 *       model: "claude-haiku-5-5",
 *       max_tokens: 200,
 *       messages: [Messages.user(`One sentence about ${city}.`)]
 *     })
 * }).pipe(Effect.provide(Journal.layerDirectory("runs")))
 *
 * @category operations
 * @since 0.1.0
 */
export function toFile<A, B, E = never, R = never, ES = never, RS = never, RD = never>(
  items: Items<A, ES, RS>,
  path: string,
  options: TypedOptions<A, B, E, R, RD> & FileOptions<A, B>
): Effect.Effect<
  Written,
  RunError | OutcomeFileError | E | ES,
  HttpClient.HttpClient | FileSystem.FileSystem | R | RS | RD
>
export function toFile<A, E = never, R = never, ES = never, RS = never>(
  items: Items<A, ES, RS>,
  path: string,
  options: UntypedOptions<A, E, R> & FileOptions<A, undefined>
): Effect.Effect<Written, RunError | OutcomeFileError | E | ES, HttpClient.HttpClient | FileSystem.FileSystem | R | RS>
export function toFile<A, B, E, R, ES, RS, RD>(
  items: Items<A, ES, RS>,
  path: string,
  options: (TypedOptions<A, B, E, R, RD> & FileOptions<A, B>) | (UntypedOptions<A, E, R> & FileOptions<A, undefined>)
): Effect.Effect<
  Written,
  RunError | OutcomeFileError | E | ES,
  HttpClient.HttpClient | FileSystem.FileSystem | R | RS | RD
> {
  const source = toStream(items)
  return options.output === undefined
    ? Effect.flatMap(untyped(options), (config) => writeFile(source, path, config, options.line))
    : Effect.flatMap(typed(options), (config) => writeFile(source, path, config, options.line))
}

/**
 * Returns what a run would send, and sends nothing: batches, bytes, tokens, the range of the price, the issues that `check`
 * finds, and what to know before the start. Reads the source to its end.
 *
 * @category operations
 * @since 0.1.0
 */
export const plan = <A, B, E = never, R = never, ES = never, RS = never, RD = never>(
  items: Items<A, ES, RS>,
  options: TypedOptions<A, B, E, R, RD> | UntypedOptions<A, E, R>
): Effect.Effect<Plan, RunOptionsError | ES, RS> =>
  options.output === undefined
    ? Effect.flatMap(untyped(options), (config) => planOf(toStream(items), config))
    : Effect.flatMap(typed(options), (config) => planOf(toStream(items), config))

/**
 * Returns the state of a run by its journal, also while another process runs it. Returns `None` if it was never started.
 *
 * @category operations
 * @since 0.1.0
 */
export const status = (id: string): Effect.Effect<Option.Option<Status>, JournalError> =>
  Effect.flatMap(Journal.Journal, (journal) => statusOfRun(journal, id))

/**
 * Stops a run, also while another process runs it: nothing more is sent, and its batches are canceled.
 *
 * The process that runs it continues until its batches have ended, and returns every outcome. A create whose result is
 * unknown cannot be canceled: `unknown` counts these. Running the run again continues it.
 *
 * @category operations
 * @since 0.1.0
 */
export const cancel = (id: string): Effect.Effect<Cancellation, JournalError, HttpClient.HttpClient> =>
  Effect.flatMap(Journal.Journal, (journal) => cancelRun(journal, id))

/**
 * Sums outcomes: counts, failures by cause with an example and a hint, usage, cost, and the savings by batches.
 *
 * @example
 * import * as BatchRequest from "effect-anthropic/BatchRequest"
 * import * as BatchRun from "effect-anthropic/BatchRun"
 * import * as Messages from "effect-anthropic/Messages"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const program = BatchRun.run(["Lyon", "Turin"], {
 *   request: (city) =>
 *     BatchRequest.make(city, { model: "claude-haiku-5-5", max_tokens: 200, messages: [Messages.user(city)] })
 * }).pipe(
 *   Stream.run(BatchRun.summary),
 *   Effect.tap(({ failures, outcomes }) => Effect.log(outcomes.Succeeded, failures))
 * )
 *
 * @category sinks
 * @since 0.1.0
 */
export const summary: Sink.Sink<Summary, Outcome<unknown, unknown>> = Sink.unwrap(
  Effect.gen(function* () {
    const summarizer = new Summarizer(yield* DateTime.now, yield* Pricing.PriceBook)
    const add = (outcome: Outcome<unknown, unknown>) => Effect.sync(() => summarizer.add(outcome))
    return Sink.map(Sink.forEach(add), () => summarizer.summary)
  })
)
