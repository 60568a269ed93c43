// Downloads the results of a batch, repeatedly if necessary, until every line was delivered once. This file decides what is
// complete. `Delivered` records which lines were delivered.
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { type CallWatch, currentSettings } from "../Anthropic.ts"
import {
  type ConnectionError,
  type DecodeError,
  type IdleTimeoutError,
  type RequestError,
  ResultsIncompleteError,
  StreamInterruptedError
} from "../AnthropicError.ts"
import { type BadLine, decode, type Select } from "../decode/jsonl.ts"
import { isCutOff } from "../decode/prefix.ts"
import * as Endpoint from "../Endpoint.ts"
import { decodeError } from "../http/decodeError.ts"
import { delayBeforeRetry } from "../http/retry.ts"
import { type MessageBatch, MessageBatchIndividualResponse } from "../schema/Batch.ts"
import { Delivered, type OwnIds } from "./delivered.ts"

export type ResultLine = Result.Result<MessageBatchIndividualResponse, DecodeError>

export type DownloadError = RequestError | StreamInterruptedError | ResultsIncompleteError

const operationName = "Batches.results"

const defaultMaxLineBytes = 256 * 1024 * 1024

const open = (id: string) =>
  Endpoint.open({ name: operationName, path: ["messages", "batches", id, "results"], accept: "application/binary" })

const customIdOf = (value: unknown): string | undefined =>
  Predicate.isReadonlyObject(value) && typeof value.custom_id === "string" ? value.custom_id : undefined

const toDecodeError = (
  { description, number, offset, path, text, value }: BadLine,
  response: Endpoint.ApiResponse,
  maxBodyBytes: number | undefined
): DecodeError =>
  decodeError(operationName, response, {
    text,
    description,
    path,
    line: number,
    offset,
    customId: customIdOf(value),
    maxBodyBytes
  })

/** Identifies a bad line without an id by its length and its beginning. */
const contentOf = (line: BadLine): string => `${line.byteLength}\n${line.description}\n${line.text.slice(0, 256)}`

type Cut = ConnectionError | IdleTimeoutError

const isCut = (error: { readonly _tag: string }): error is Cut =>
  error._tag === "ConnectionError" || error._tag === "IdleTimeoutError"

/**
 * The number of requests by `request_counts`, including unknown counts. Some gateways answer zeros or leave counts out. The
 * number is then unknown, because no batch is empty.
 */
const requestsOf = (batch: MessageBatch): number | undefined => {
  const counts: ReadonlyArray<unknown> = Object.values(batch.request_counts)
  const sum = counts.filter(Predicate.isNumber).reduce((sum, count) => sum + count, 0)
  return Number.isSafeInteger(sum) && sum > 0 ? sum : undefined
}

/** How to download the results of a batch. */
export interface DownloadOptions {
  /** The longest line that is accepted, in bytes. Default: 256 MiB. */
  readonly maxLineBytes?: number | undefined
  /** The most bytes of a line that cannot be decoded that its error keeps in `body`. Default: the whole line. */
  readonly maxErrorBytes?: number | undefined
  /**
   * The `custom_id`s that belong to the caller. Lines of other ids are delivered too, but do not count: the download is
   * complete when every line of ours was delivered. Default: all belong to the caller, and a hash of each is kept to the
   * end.
   */
  readonly own?: OwnIds | undefined
  /**
   * How many distinct ids of ours the results have, if the caller knows it. Default: the sum of the batch's
   * `request_counts`, or unknown if that is zero.
   */
  readonly expected?: number | undefined
  /** Whether the results are reported to the watch of the calls, which counts them. Default: true. */
  readonly isCounted?: boolean | undefined
  /** Called with the `custom_id` of each line that repeats an id of the same download. Such a line is not delivered. */
  readonly onRepeated?: ((customId: string) => void) | undefined
}

/** Reports the results of each array of lines to the watch of the calls, before the reader has them. */
const watched = <E, R>(
  batch: MessageBatch,
  watch: CallWatch | undefined,
  lines: Stream.Stream<ResultLine, E, R>
): Stream.Stream<ResultLine, E, R> =>
  watch === undefined
    ? lines
    : Stream.transformPull(lines, (pull) =>
        Effect.succeed(Effect.tap(pull, (chunk) => watch.results(batch, Arr.getSuccesses(chunk))))
      )

/** How an incomplete download ended. */
interface Ending {
  /** Why it was cut, or could not be opened. Undefined after a clean end. */
  failure?: DownloadError | undefined
  /** The last line, if no line end follows it and it cannot be decoded. It may have been cut. */
  unfinished?: { readonly content: string; readonly error: DecodeError; readonly isCutOff: boolean } | undefined
}

/**
 * Streams the results of an ended batch in the order of the download, each once.
 *
 * A download that is cut, or that ends cleanly before every expected line was delivered, is read again. Lines that were
 * delivered before are skipped. If the expected number is unknown, or smaller than the number of lines, a clean end is the
 * end. The stream fails when as many downloads in a row as the settings allow retries had nothing new. It fails with
 * `StreamInterruptedError` if the last one was cut, and with `DecodeError` if it did not consist of results. Otherwise it
 * fails with `ResultsIncompleteError`, whose `expected` and `received` count lines of ours.
 *
 * A run uses it with `own` and `expected`. After `ResultsIncompleteError` the ids that were not delivered are missing.
 */
export const download = (
  batch: MessageBatch,
  options: DownloadOptions = {}
): Stream.Stream<ResultLine, DownloadError, HttpClient.HttpClient> =>
  Stream.suspend(() => {
    const { maxLineBytes = defaultMaxLineBytes, onRepeated = () => undefined } = options
    const expected = options.expected ?? requestsOf(batch)
    const delivered = new Delivered(options.own, expected)
    const decodeLines = decode(MessageBatchIndividualResponse, maxLineBytes)
    let isFirst = true
    let retries = 0
    let linesBefore = 0
    let ending: Ending = {}

    const isNewId = (customId: string): boolean => {
      const noted = delivered.note(customId)
      if (noted === "repeated") onRepeated(customId)
      return noted === "new"
    }

    /** Whether only an unfinished last line is missing, and reading again does not help. */
    const isFinal = (content: string, previous: string | undefined, maxRetries: number): boolean => {
      const isMissing = expected === undefined || (delivered.own < expected && delivered.inDownload === expected - 1)
      return isMissing && (content === previous || retries >= maxRetries)
    }

    const read = (maxRetries: number) =>
      Effect.map(open(batch.id), (response) => {
        const previous = ending.unfinished?.content
        ending = {}
        delivered.beginDownload()
        const select: Select<MessageBatchIndividualResponse, ResultLine> = {
          value: (result) => (isNewId(result.custom_id) ? Result.succeed(result) : undefined),
          bad: (line) => {
            const error = toDecodeError(line, response, options.maxErrorBytes)
            const id = customIdOf(line.value)
            if (id !== undefined) return isNewId(id) ? Result.fail(error) : undefined
            const content = contentOf(line)
            if (line.isLast && !isFinal(content, previous, maxRetries)) {
              ending.unfinished = { content, error, isCutOff: isCutOff(line.text) }
              return undefined
            }
            return delivered.noteAnonymous(content) ? Result.fail(error) : undefined
          }
        }
        const { watch } = options.isCounted === false ? {} : response
        return watched(batch, watch, decodeLines(response.body, select)).pipe(
          Stream.catchIf(isCut, (cause) => {
            ending.failure = new StreamInterruptedError({ operation: operationName, delivered: delivered.lines, cause })
            return Stream.empty
          })
        )
      })

    const isClean = (): boolean => ending.failure === undefined && ending.unfinished === undefined

    /**
     * Whether the reading ends. The expected number of lines ends it, even after a cut. More lines show that the number is
     * wrong.
     */
    const isComplete = (): boolean => {
      if (expected === undefined) return isClean()
      if (delivered.own === expected || delivered.inDownload === expected) return true
      return isClean() && Math.max(delivered.own, delivered.inDownload) > expected
    }

    /** The error of missing lines. If the last download did not consist of results, it is the error of that. */
    const incomplete = (): DownloadError =>
      ending.unfinished?.isCutOff === false
        ? ending.unfinished.error
        : new ResultsIncompleteError({ batchId: batch.id, expected: expected ?? 0, received: delivered.own })

    const nextRead = Effect.gen(function* () {
      const { retry } = yield* currentSettings
      if (isFirst) {
        isFirst = false
        return [Stream.unwrap(read(retry.maxRetries)), undefined] as const
      }
      if (isComplete()) return undefined
      if (delivered.lines > linesBefore) retries = 0
      linesBefore = delivered.lines
      const error = ending.failure ?? incomplete()
      // The next download may have the missing lines, even if this one had something else.
      const cause = ending.failure ?? { isRetryable: true }
      const delay = yield* delayBeforeRetry("idempotent", { fate: "final", error: cause }, retries, retry)
      if (Option.isNone(delay)) return yield* Effect.fail(error)
      yield* Effect.sleep(delay.value)
      retries += 1
      const again = Effect.catchIf(
        read(retry.maxRetries),
        (reopening) => reopening.isRetryable,
        (reopening) => {
          ending.failure = reopening
          return Effect.succeed(Stream.empty)
        }
      )
      return [Stream.unwrap(again), undefined] as const
    })

    return Stream.flatten(Stream.unfold(undefined, () => nextRead))
  })

/** The results up to the first line that could not be decoded. Fails with the error of that line. */
export const untilBadLine = <E, R>(
  lines: Stream.Stream<ResultLine, E, R>
): Stream.Stream<MessageBatchIndividualResponse, E | DecodeError, R> =>
  Stream.transformPull(lines, (pull) =>
    Effect.sync(() => {
      let failure: DecodeError | undefined
      const next: Pull.Pull<
        Arr.NonEmptyReadonlyArray<MessageBatchIndividualResponse>,
        E | DecodeError,
        void,
        R
      > = Effect.suspend(() => (failure === undefined ? read : Effect.fail(failure)))
      const read = Effect.flatMap(pull, (chunk) => {
        const results: Array<MessageBatchIndividualResponse> = []
        for (const line of chunk) {
          if (Result.isFailure(line)) {
            failure = line.failure
            break
          }
          results.push(line.success)
        }
        return Arr.isReadonlyArrayNonEmpty(results) ? Effect.succeed(results) : next
      })
      return next
    })
  )
