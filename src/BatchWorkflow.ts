/**
 * A run of message batches on Effect's durable engine. It survives the end of its process, and continues on any machine that
 * has the engine.
 *
 * The steps are those of `BatchRun`. The engine takes the place of the journal: it stores the small results of the steps,
 * wakes runs that sleep, and moves them to another machine when one stops. This module imports `effect/workflow` and nothing
 * of a cluster or a database; the caller provides the engine. See `docs/durable.md` for engines, their settings, and the
 * guarantees.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type * as Schema from "effect/Schema"
import type * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import type { BatchRequest, Issue } from "./BatchRequest.ts"
import type { UnknownAnswer, UnknownCreate } from "./BatchRun.ts"
import * as Pricing from "./Pricing.ts"
import type { RunOptionsError } from "./run/errors.ts"
import { makeNonce } from "./run/ids.ts"
import { mayPass, type Outcome } from "./run/outcome.ts"
import { grace } from "./run/reconcile.ts"
import * as StructuredOutput from "./StructuredOutput.ts"
import type { MessageParams } from "./schema/MessageParams.ts"
import { chunkLayer, makeChunk } from "./workflow/chunk.ts"
import type { Config, Process } from "./workflow/config.ts"
import {
  awaitRun,
  cancelRun,
  claimLayer,
  makeClaim,
  resumeRun,
  type Status,
  startRun,
  statusOf,
  type Workflows
} from "./workflow/control.ts"
import type { PayloadMismatchError, StepFailedError, Where } from "./workflow/errors.ts"
import type { Payload, RunResult } from "./workflow/model.ts"
import { makeRun, runLayer } from "./workflow/run.ts"
import type { OutcomeSink } from "./workflow/sink.ts"
import type { RequestSource } from "./workflow/source.ts"
import { Turns } from "./workflow/turns.ts"

export type { CompletedStatus, FailedStatus, Status } from "./workflow/control.ts"
export { PayloadMismatchError, StepFailedError, type Where } from "./workflow/errors.ts"
export { Payload, RunOptions, RunResult } from "./workflow/model.ts"
export { jsonlSink, type OutcomeSink, type Part, type PartWriter } from "./workflow/sink.ts"
export { jsonlSource, type RequestSource, SourceLineError } from "./workflow/source.ts"

/**
 * The workflows of a durable run: one for the run, one for each chunk, and one that stores the payload of the first start.
 *
 * @category models
 * @since 0.1.0
 */
export interface BatchWorkflow extends Workflows {
  readonly name: string
}

/**
 * Defines a durable run. Do not change the name while runs are under way: they find their workflow by it.
 *
 * @example
 * import * as BatchRequest from "effect-anthropic/BatchRequest"
 * import * as BatchWorkflow from "effect-anthropic/BatchWorkflow"
 * import * as Messages from "effect-anthropic/Messages"
 * import * as Layer from "effect/Layer"
 * import * as Schema from "effect/Schema"
 * import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
 *
 * const Reviews = BatchWorkflow.make("Reviews")
 *
 * const ReviewsLive = BatchWorkflow.layer(Reviews, {
 *   source: BatchWorkflow.jsonlSource(Schema.Struct({ id: Schema.String, text: Schema.String })),
 *   sink: BatchWorkflow.jsonlSink("outcomes"),
 *   request: ({ id, text }) =>
 *     BatchRequest.make(id, {
 *       model: "claude-haiku-5-5",
 *       max_tokens: 200,
 *       messages: [Messages.user(`Is this review positive? ${text}`)]
 *     })
 * }).pipe(Layer.provideMerge(WorkflowEngine.layerMemory))
 *
 * const program = BatchWorkflow.run(Reviews, { runId: "reviews-2026-11", source: "reviews.jsonl" })
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (name: string): BatchWorkflow => ({
  name,
  run: makeRun(name),
  chunk: makeChunk(name),
  claim: makeClaim(name)
})

/**
 * The options of a durable run that are code. A new release may change them while runs are under way.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options<A, B, E, R> {
  /** Opens the items. */
  readonly source: RequestSource<A, E, R>
  /** Stores the outcomes. */
  readonly sink: OutcomeSink<A, B, E, R>
  /**
   * Makes the request of an item. Its `custom_id` is the caller's id of the item: any string of up to 1 000 characters. It
   * must be the same each time.
   */
  readonly request: (item: A) => BatchRequest
  /**
   * Asks for answers that fit a schema, and decodes them. Steps of the schema may be asynchronous and need services. Up to
   * 16 answers are then decoded at once. If a step dies, the outcome is `Invalid`.
   */
  readonly output?: Schema.ConstraintCodec<B, unknown, unknown, unknown> | undefined
  /** Finds issues of a request before it is sent, for example `Models.checker`. An item with an issue is `Unsent`. */
  readonly check?: ((request: BatchRequest) => ReadonlyArray<Pick<Issue, "path" | "description">>) | undefined
  readonly retry?:
    | {
        /**
         * Whether an item is sent again after an outcome. Default: after `Expired`, `Missing` with the reason `absent`, and
         * a retryable `Errored`. An outcome that was charged is then charged again.
         */
        readonly while?: ((outcome: Outcome<A, B>) => boolean) | undefined
      }
    | undefined
  readonly budget?:
    | {
        /** What is known about the size of an item's request. Default: it is bounded by its bytes. */
        readonly size?: ((item: A) => Pricing.RequestSize | undefined) | undefined
      }
    | undefined
  /**
   * What to do when it is unknown whether a batch was created. `reconcile`: search for it, and create it again only when it
   * surely does not exist. A function is called after each search that has not found it. Default: `reconcile`.
   */
  readonly onUnknownCreate?: "reconcile" | ((unknown: UnknownCreate) => Effect.Effect<UnknownAnswer, E, R>) | undefined
  /**
   * The waits between two looks at a batch. The first is `first`, and each further one is half as long again, up to
   * `longest`. Default: 1 minute and 1 hour, which is 33 looks in 24 hours. Each look is a step that is read again at every
   * wake.
   */
  readonly poll?:
    | { readonly first?: Duration.Input | undefined; readonly longest?: Duration.Input | undefined }
    | undefined
  /**
   * How long after a create its batch may still appear in listings. A chunk is created again only after a search later than
   * that. Default: 2 minutes. Shorten it only with an emulator.
   */
  readonly grace?: Duration.Input | undefined
  /** How many batches one process creates at the same time, over all runs. At least 1. Default: 4. */
  readonly creates?: number | undefined
  /** Called with the failure of a step itself, which is not stored. Default: nothing is called. */
  readonly onFailure?: ((error: unknown, where: Where) => Effect.Effect<unknown, never, R>) | undefined
}

/**
 * Options with a schema for the answers, whose decoding needs the services `RD`.
 *
 * @category options
 * @since 0.1.0
 */
export type TypedOptions<A, B, E, R, RD = never> = Options<A, B, E, R> & {
  readonly output: Schema.ConstraintCodec<B, unknown, RD, unknown>
}

/**
 * Options without a schema for the answers.
 *
 * @category options
 * @since 0.1.0
 */
export type UntypedOptions<A, E, R> = Options<A, undefined, E, R> & { readonly output?: undefined }

/**
 * Carries out durable runs in this process. Every process that shares the work provides it.
 *
 * @category layers
 * @since 0.1.0
 */
export function layer<A, B, E = never, R = never, RD = never>(
  workflow: BatchWorkflow,
  options: TypedOptions<A, B, E, R, RD>
): Layer.Layer<never, never, WorkflowEngine.WorkflowEngine | HttpClient.HttpClient | R | RD>
export function layer<A, E = never, R = never>(
  workflow: BatchWorkflow,
  options: UntypedOptions<A, E, R>
): Layer.Layer<never, never, WorkflowEngine.WorkflowEngine | HttpClient.HttpClient | R>
export function layer<A, B, E, R, RD>(
  workflow: BatchWorkflow,
  options: TypedOptions<A, B, E, R, RD> | UntypedOptions<A, E, R>
): Layer.Layer<never, never, WorkflowEngine.WorkflowEngine | HttpClient.HttpClient | R | RD> {
  return options.output === undefined
    ? layerOf(workflow, options, { prepare: (params) => params, decode: () => Effect.undefined })
    : layerOf<A, B, E, R | RD>(workflow, options, {
        prepare: preparing(options.output),
        decode: StructuredOutput.decode(options.output)
      })
}

/** Adds the format of a schema, compiled once, to parameters. */
const preparing = (schema: StructuredOutput.Output<unknown, unknown>) => {
  const format = StructuredOutput.format(schema)
  return (params: MessageParams): MessageParams => ({ ...params, output_config: { ...params.output_config, format } })
}

const millisOf = (duration: Duration.Input | undefined, fallback: number): number =>
  duration === undefined ? fallback : Math.max(1, Duration.toMillis(Duration.fromInputUnsafe(duration)))

/** A number of which less than 1, or no number, would let nothing go on. */
const atLeastOne = (count: number): number => (count >= 1 ? count : 1)

const layerOf = <A, B, E, R>(
  workflow: BatchWorkflow,
  options: Options<A, B, E, R>,
  answers: Pick<Config<A, B, E, R>, "prepare" | "decode">
): Layer.Layer<never, never, WorkflowEngine.WorkflowEngine | HttpClient.HttpClient | R> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const config: Config<A, B, E, R> = {
        ...answers,
        source: options.source,
        sink: options.sink,
        request: options.request,
        check: options.check,
        retryWhile: options.retry?.while ?? mayPass,
        size: options.budget?.size,
        onUnknownCreate: options.onUnknownCreate ?? "reconcile",
        onFailure: options.onFailure ?? (() => Effect.void),
        pollFirst: millisOf(options.poll?.first, 60_000),
        pollLongest: millisOf(options.poll?.longest, 3_600_000),
        grace: millisOf(options.grace, grace)
      }
      const process: Process = {
        boot: makeNonce(),
        attempted: new Set(),
        placed: new Set(),
        verdicts: new Map(),
        turns: yield* Turns.make(atLeastOne(options.creates ?? 4)),
        book: yield* Pricing.PriceBook
      }
      return Layer.mergeAll(
        runLayer(workflow.run, workflow.chunk, config, process),
        chunkLayer(workflow.chunk, config, process),
        claimLayer(workflow.claim)
      )
    })
  )

/**
 * Starts a run, or joins the run that was started under the same id. Returns its id in the engine at once.
 *
 * Fails with `RunOptionsError` if the payload is not valid. Fails with `PayloadMismatchError` if a run with this id has
 * another source or other options.
 *
 * @category operations
 * @since 0.1.0
 */
export const start: {
  (
    payload: Payload
  ): (
    workflow: BatchWorkflow
  ) => Effect.Effect<string, RunOptionsError | PayloadMismatchError, WorkflowEngine.WorkflowEngine>
  (
    workflow: BatchWorkflow,
    payload: Payload
  ): Effect.Effect<string, RunOptionsError | PayloadMismatchError, WorkflowEngine.WorkflowEngine>
} = dual(2, startRun)

/**
 * Starts a run, or joins it, and waits until it has ended. Interrupting this effect does not stop the run.
 *
 * Fails with `StepFailedError` when a step fails. `resume` continues the run when the cause is fixed.
 *
 * @category operations
 * @since 0.1.0
 */
export const run: {
  (
    payload: Payload
  ): (
    workflow: BatchWorkflow
  ) => Effect.Effect<RunResult, RunOptionsError | PayloadMismatchError | StepFailedError, WorkflowEngine.WorkflowEngine>
  (
    workflow: BatchWorkflow,
    payload: Payload
  ): Effect.Effect<RunResult, RunOptionsError | PayloadMismatchError | StepFailedError, WorkflowEngine.WorkflowEngine>
} = dual(2, awaitRun)

/**
 * Returns the state of a run.
 *
 * @category operations
 * @since 0.1.0
 */
export const status: {
  (runId: string): (workflow: BatchWorkflow) => Effect.Effect<Status, never, WorkflowEngine.WorkflowEngine>
  (workflow: BatchWorkflow, runId: string): Effect.Effect<Status, never, WorkflowEngine.WorkflowEngine>
} = dual(2, statusOf)

/**
 * Stops a run: nothing more is sent, and each of its live batches is canceled once. The run ends when the batches have
 * ended and every item has its outcome. Returns false if there is no such run, or if it has ended.
 *
 * The batch of a create without an answer cannot be canceled before it is found.
 *
 * @category operations
 * @since 0.1.0
 */
export const cancel: {
  (runId: string): (workflow: BatchWorkflow) => Effect.Effect<boolean, never, WorkflowEngine.WorkflowEngine>
  (workflow: BatchWorkflow, runId: string): Effect.Effect<boolean, never, WorkflowEngine.WorkflowEngine>
} = dual(2, cancelRun)

/**
 * Continues a failed run at the steps that failed. Returns false if the run has not failed.
 *
 * @category operations
 * @since 0.1.0
 */
export const resume: {
  (runId: string): (workflow: BatchWorkflow) => Effect.Effect<boolean, never, WorkflowEngine.WorkflowEngine>
  (workflow: BatchWorkflow, runId: string): Effect.Effect<boolean, never, WorkflowEngine.WorkflowEngine>
} = dual(2, resumeRun)
