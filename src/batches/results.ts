import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { Settings } from "../Anthropic.ts"
import {
  type ConnectionError,
  type DecodeError,
  type IdleTimeoutError,
  type RequestError,
  ResultsIncompleteError,
  StreamInterruptedError
} from "../AnthropicError.ts"
import { type BadLine, decode } from "../decode/jsonl.ts"
import { decodeError } from "../http/decodeError.ts"
import { delayBeforeRetry } from "../http/retry.ts"
import { type ApiResponse, type Operation, open } from "../http/transport.ts"
import { type MessageBatch, MessageBatchIndividualResponse } from "../schema/Batch.ts"

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

const customIdOf = (value: unknown): string | undefined =>
  Predicate.isReadonlyObject(value) && typeof value.custom_id === "string" ? value.custom_id : undefined

const toDecodeError = (
  { description, number, offset, path, text, value }: BadLine,
  response: ApiResponse
): DecodeError =>
  decodeError(operationName, response, { text, description, path, line: number, offset, customId: customIdOf(value) })

/** A bad line without an id is known by how it begins. */
const keyOf = (line: BadLine): string => `${line.byteLength}\n${line.description}\n${line.text.slice(0, 256)}`

/** Which lines the downloads of one batch have brought. Each download may have its own order. */
class Lines {
  #download = 0
  /** The last download that brought each id. */
  readonly #ids = new Map<string, number>()
  /** How often each line without an id was delivered, and how often the running download has brought it. */
  readonly #delivered = new Map<string, number>()
  #brought = new Map<string, number>()
  #withoutId = 0

  /** The distinct lines that the running download has brought. */
  inDownload = 0

  begin(): void {
    this.#download += 1
    this.#brought = new Map()
    this.inDownload = 0
  }

  get ids(): number {
    return this.#ids.size
  }

  get count(): number {
    return this.#ids.size + this.#withoutId
  }

  isNewId(id: string): boolean {
    const last = this.#ids.get(id)
    if (last !== this.#download) {
      this.#ids.set(id, this.#download)
      this.inDownload += 1
    }
    return last === undefined
  }

  /** The same line may stand twice in one download. */
  isNewWithoutId(key: string): boolean {
    const times = (this.#brought.get(key) ?? 0) + 1
    this.#brought.set(key, times)
    this.inDownload += 1
    if (times <= (this.#delivered.get(key) ?? 0)) return false
    this.#delivered.set(key, times)
    this.#withoutId += 1
    return true
  }
}

type Cut = ConnectionError | IdleTimeoutError

const isCut = (error: { readonly _tag: string }): error is Cut =>
  error._tag === "ConnectionError" || error._tag === "IdleTimeoutError"

/** The number of requests: each is in one of the counts, be it one that this version does not know. */
const requestsOf = (batch: MessageBatch): number => {
  const counts: ReadonlyArray<unknown> = Object.values(batch.request_counts)
  return counts.reduce<number>((sum, count) => (typeof count === "number" ? sum + count : sum), 0)
}

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
    const expected = requestsOf(batch)
    const lines = new Lines()
    const decodeLines = decode(MessageBatchIndividualResponse, maxLineBytes)
    let isFirst = true
    let retries = 0
    let deliveredBefore = 0
    /** Why the last download did not bring everything; nothing when it ended cleanly. */
    let failure: DownloadError | undefined
    /** The last line of the last download, when it was unfinished. */
    let unfinished: string | undefined

    const read = (maxRetries: number) =>
      Effect.map(open(operation(batch.id)), (response) => {
        const previous = unfinished
        unfinished = undefined
        lines.begin()
        const isNewBadLine = (line: BadLine): boolean => {
          const id = customIdOf(line.value)
          if (id !== undefined) return lines.isNewId(id)
          const key = keyOf(line)
          if (line.isLast) {
            unfinished = key
            // It was cut off, unless it alone is missing and reading again brings nothing better.
            const isMissing = lines.ids < expected && lines.inDownload === expected - 1
            if (!isMissing || (key !== previous && retries < maxRetries)) return false
          }
          return lines.isNewWithoutId(key)
        }
        return Stream.map(decodeLines(response.body), (chunk) =>
          chunk
            .filter((line) =>
              Result.isSuccess(line) ? lines.isNewId(line.success.custom_id) : isNewBadLine(line.failure)
            )
            .map(Result.mapError((line) => toDecodeError(line, response)))
        ).pipe(
          Stream.catchIf(isCut, (cause) => {
            failure = new StreamInterruptedError({ operation: operationName, delivered: lines.count, cause })
            return Stream.empty
          })
        )
      })

    const nextRead = Effect.gen(function* () {
      const { retry } = yield* Settings
      if (isFirst) {
        isFirst = false
        return [Stream.unwrap(read(retry.maxRetries)), undefined] as const
      }
      // A line without an id may be whole in another download: it counts where one download brought everything.
      if (lines.ids === expected || lines.inDownload === expected) return undefined
      if (lines.count > deliveredBefore) retries = 0
      deliveredBefore = lines.count
      const error = failure ?? new ResultsIncompleteError({ batchId: batch.id, expected, received: lines.ids })
      failure = undefined
      const delay = yield* delayBeforeRetry("idempotent", { fate: "final", error }, retries, retry)
      if (Option.isNone(delay)) return yield* Effect.fail(error)
      yield* Effect.sleep(delay.value)
      retries += 1
      const again = Effect.catchIf(
        read(retry.maxRetries),
        (reopening) => reopening.isRetryable,
        (reopening) => {
          failure = reopening
          return Effect.succeed(Stream.empty)
        }
      )
      return [Stream.unwrap(again), undefined] as const
    })

    return Stream.flatten(Stream.unfold(undefined, () => nextRead))
  })
