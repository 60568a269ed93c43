import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { Settings } from "../Anthropic.ts"
import {
  type ConnectionError,
  DecodeError,
  type IdleTimeoutError,
  type RequestError,
  ResultsIncompleteError,
  StreamInterruptedError
} from "../AnthropicError.ts"
import { type MessageBatch, MessageBatchIndividualResponse } from "../schema/Batch.ts"
import { snippet } from "./apiError.ts"
import { type BadLine, decode } from "./jsonl.ts"
import { delayBeforeRetry } from "./retry.ts"
import { type ApiResponse, type Operation, open } from "./transport.ts"

export type ResultLine = Result.Result<MessageBatchIndividualResponse, DecodeError>

export type DownloadError = RequestError | StreamInterruptedError | ResultsIncompleteError

const operationName = "Batches.results"

const operation = (id: string): Operation & { readonly kind: "idempotent" } => ({
  name: operationName,
  kind: "idempotent",
  method: "GET",
  path: ["messages", "batches", id, "results"],
  accept: "application/binary"
})

const toDecodeError = (line: BadLine, response: ApiResponse): DecodeError =>
  new DecodeError({
    operation: operationName,
    description: line.description,
    path: line.path.map((key) => (typeof key === "number" ? key : String(key))),
    snippet: snippet(response.scrub(line.text)),
    status: response.status,
    requestId: response.requestId,
    line: line.number,
    offset: line.offset
  })

/** A bad line is known by its text, since it has no id that could be trusted. */
const keyOf = (line: BadLine): string => `${line.byteLength}\n${line.description}\n${line.text}`

/** What the downloads of one batch have delivered so far. Each download may have its own order. */
class Delivered {
  readonly #ids = new Set<string>()
  readonly #bad = new Map<string, number>()
  #badCount = 0

  get count(): number {
    return this.#ids.size + this.#badCount
  }

  isNewId(id: string): boolean {
    const isNew = !this.#ids.has(id)
    if (isNew) this.#ids.add(id)
    return isNew
  }

  /** `seen` counts the bad lines of the running download, where the same bad line may stand twice. */
  isNewBadLine(line: BadLine, seen: Map<string, number>): boolean {
    const key = keyOf(line)
    const times = (seen.get(key) ?? 0) + 1
    seen.set(key, times)
    if (times <= (this.#bad.get(key) ?? 0)) return false
    this.#bad.set(key, times)
    this.#badCount += 1
    return true
  }
}

type Cut = ConnectionError | IdleTimeoutError

const isCut = (error: { readonly _tag: string }): error is Cut =>
  error._tag === "ConnectionError" || error._tag === "IdleTimeoutError"

/**
 * The results of an ended batch in the order of the download, each exactly once.
 *
 * A download that is cut off, or that ends cleanly before every request has its line, is read again and what was
 * delivered is skipped. It is given up when as many downloads in a row as the settings allow retries brought nothing new.
 */
export const download = (
  batch: MessageBatch,
  maxLineBytes: number
): Stream.Stream<Array<ResultLine>, DownloadError, HttpClient.HttpClient> =>
  Stream.suspend(() => {
    const expected = Object.values(batch.request_counts).reduce((sum, count) => sum + count, 0)
    const delivered = new Delivered()
    const decodeLines = decode(MessageBatchIndividualResponse, maxLineBytes)
    let isFirst = true
    let retries = 0
    let deliveredBefore = 0
    /** Why the last download did not bring everything; nothing when it ended cleanly. */
    let failure: DownloadError | undefined
    /** The unfinished last line of the last download. */
    let unfinished: string | undefined

    const read = (maxRetries: number) =>
      Effect.map(open(operation(batch.id)), (response) => {
        const seen = new Map<string, number>()
        const previous = unfinished
        unfinished = undefined
        const isNew = (line: Result.Result<MessageBatchIndividualResponse, BadLine>): boolean => {
          if (Result.isSuccess(line)) return delivered.isNewId(line.success.custom_id)
          // An unfinished last line was cut off, unless another download ends in the same way.
          const isCutOff = line.failure.isLast && keyOf(line.failure) !== previous && retries < maxRetries
          if (isCutOff) unfinished = keyOf(line.failure)
          return !isCutOff && delivered.isNewBadLine(line.failure, seen)
        }
        return Stream.map(decodeLines(response.body), (chunk) =>
          chunk.filter(isNew).map(Result.mapError((line) => toDecodeError(line, response)))
        ).pipe(
          Stream.catchIf(isCut, (cause) => {
            failure = new StreamInterruptedError({ operation: operationName, delivered: delivered.count, cause })
            return Stream.empty
          })
        )
      })

    const nextRead = Effect.gen(function* () {
      const settings = yield* Settings
      if (isFirst) {
        isFirst = false
        return [Stream.unwrap(read(settings.retry.maxRetries)), undefined] as const
      }
      if (delivered.count === expected) return undefined
      if (delivered.count > deliveredBefore) retries = 0
      deliveredBefore = delivered.count
      const error = failure ?? new ResultsIncompleteError({ batchId: batch.id, expected, received: delivered.count })
      failure = undefined
      const delay = yield* delayBeforeRetry("idempotent", { fate: "final", error }, retries, settings.retry)
      if (Option.isNone(delay)) return yield* Effect.fail(error)
      yield* Effect.sleep(delay.value)
      retries += 1
      const again = Effect.catchIf(
        read(settings.retry.maxRetries),
        (reopening) => reopening.isRetryable,
        (reopening) => {
          failure = reopening
          return Effect.succeed(Stream.empty)
        }
      )
      return [Stream.unwrap(again), undefined] as const
    })

    return Stream.flatMap(
      Stream.unfold(undefined, () => nextRead),
      (lines) => lines
    )
  })
