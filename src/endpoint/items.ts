// Answers that are a stream of values: JSON Lines, and server-sent events.
// A value that cannot be decoded fails the stream after the values before it.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import {
  ConnectionError,
  type DecodeError,
  type IdleTimeoutError,
  type RequestError,
  StreamInterruptedError
} from "../AnthropicError.ts"
import { parseJson } from "../decode/json.ts"
import * as jsonl from "../decode/jsonl.ts"
import { isCutOff } from "../decode/prefix.ts"
import { SseDecoder } from "../decode/sse.ts"
import { decodeError } from "../http/decodeError.ts"
import { fromEvent } from "../http/errors.ts"
import type { ApiResponse } from "../http/operation.ts"
import { checkLimit } from "../http/refuse.ts"
import { withSpan } from "../http/span.ts"
import { receive } from "../schema/checked.ts"
import { wireOf } from "../schema/wireOf.ts"
import type { ErrorCodes, ErrorOfCodes, NoCodes } from "./call.ts"
import { type OpenOptions, open } from "./open.ts"

/** What a stream of values fails with. */
type ItemError<Codes extends ErrorCodes> = RequestError | ErrorOfCodes<Codes> | StreamInterruptedError

type Cut = ConnectionError | IdleTimeoutError

const defaultMaxLineBytes = 256 * 1024 * 1024

const defaultMaxEventBytes = 64 * 1024 * 1024

const isCut = (error: unknown): error is Cut =>
  Predicate.isTagged(error, "ConnectionError") || Predicate.isTagged(error, "IdleTimeoutError")

/** The values of a response up to the first failure. The error of a cut has the number of values before it. */
const untilFailure = (
  operation: string,
  results: Stream.Stream<Result.Result<unknown, unknown>, Cut>
): Stream.Stream<unknown, unknown> =>
  Stream.suspend(() => {
    let delivered = 0
    return results.pipe(
      Stream.mapEffect((result) => {
        if (Result.isSuccess(result)) delivered += 1
        return Effect.fromResult(result)
      }),
      Stream.mapError((error) =>
        isCut(error) ? new StreamInterruptedError({ operation, delivered, cause: error }) : error
      )
    )
  })

/**
 * Options of `lines`.
 *
 * @category options
 * @since 0.1.0
 */
export interface LinesOptions<out A> {
  /** Decodes the JSON of one line. Decoding has to be synchronous. */
  readonly item: Schema.ConstraintDecoder<A>
  /** The longest line that is accepted, in bytes, at least 1. Default: 256 MiB. */
  readonly maxLineBytes?: number | undefined
}

/**
 * Sends a call and returns the values of its answer, one for each line of JSON. Default of `accept`: `application/binary`.
 *
 * A line that cannot be decoded fails with `DecodeError` after the values before it. If the answer is cut off, also within
 * its last line, the stream fails with `StreamInterruptedError`. It is not read again.
 *
 * @category operations
 * @since 0.1.0
 */
export function lines<A, const Codes extends ErrorCodes = NoCodes, E = never, R = never>(
  options: OpenOptions<Codes, E, R> & LinesOptions<A>
): Stream.Stream<A, ItemError<Codes> | E, HttpClient.HttpClient | R>
export function lines(
  options: OpenOptions<ErrorCodes, unknown, unknown> & LinesOptions<unknown>
): Stream.Stream<unknown, unknown, unknown> {
  const { item, maxLineBytes = defaultMaxLineBytes, name } = options
  const decode = jsonl.decode(wireOf(item), maxLineBytes)
  const opened = open({ accept: "application/binary", ...options })
  return Stream.unwrap(
    Effect.map(Effect.andThen(checkLimit(name, "maxLineBytes", maxLineBytes), opened), (response) => {
      const select: jsonl.Select<unknown, Result.Result<unknown, DecodeError | ConnectionError>> = {
        value: (value) => Result.succeed(value),
        bad: (line) => Result.fail(lineError(name, response, line))
      }
      return untilFailure(name, decode(response.body, select))
    })
  ).pipe(withSpan(name, "first"))
}

/** The error of a line. The end of the last line may be missing because the answer ended too early. */
const lineError = (
  operation: string,
  response: ApiResponse,
  { description, isLast, number: line, offset, path, text }: jsonl.BadLine
): DecodeError | ConnectionError => {
  if (!isLast || !isCutOff(text)) return decodeError(operation, response, { text, description, path, line, offset })
  const { requestId } = response
  return new ConnectionError({ operation, phase: "body", description: `line ${line} breaks off`, requestId })
}

/**
 * One event of a stream. `event` is empty if the server did not name it.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServerEvent<out A> {
  readonly event: string
  readonly data: A
}

/**
 * Options of `events`.
 *
 * @category options
 * @since 0.1.0
 */
export interface EventsOptions<out A> {
  /** Decodes the JSON of the data of one event. Decoding has to be synchronous. */
  readonly data: Schema.ConstraintDecoder<A>
  /** The longest event that is accepted, in bytes, at least 1. Default: 64 MiB. */
  readonly maxEventBytes?: number | undefined
}

/**
 * Sends a call and returns its server-sent events as they come. Pings are left out. Default of `accept`: `text/event-stream`.
 *
 * An event `error` fails with its error of the API. An event that cannot be decoded fails with `DecodeError`. Both come
 * after the events before them. An answer that is cut off fails with `StreamInterruptedError`. An answer that ends cleanly
 * ends the stream: the caller has to check whether the last event was received.
 *
 * @category operations
 * @since 0.1.0
 */
export function events<A, const Codes extends ErrorCodes = NoCodes, E = never, R = never>(
  options: OpenOptions<Codes, E, R> & EventsOptions<A>
): Stream.Stream<ServerEvent<A>, ItemError<Codes> | E, HttpClient.HttpClient | R>
export function events(
  options: OpenOptions<ErrorCodes, unknown, unknown> & EventsOptions<unknown>
): Stream.Stream<unknown, unknown, unknown> {
  const { data, maxEventBytes = defaultMaxEventBytes, name: operation } = options
  const opened = open({ accept: "text/event-stream", ...options })
  return Stream.unwrap(
    Effect.map(Effect.andThen(checkLimit(operation, "maxEventBytes", maxEventBytes), opened), (response) => {
      const decoder = new SseDecoder(maxEventBytes)
      const decode = receive(wireOf(data))
      const { requestId, scrub } = response
      const malformed = (text: string, description: string, path: ReadonlyArray<string | number> = []) =>
        Result.fail(decodeError(operation, response, { text, description, path }))
      const read = ({ data: text, event }: ServerEvent<string>) => {
        if (event === "error") {
          return Result.fail(fromEvent({ operation, requestId, text, scrub, codes: options.codes }).error)
        }
        const json = parseJson(text)
        if (Result.isFailure(json)) return malformed(text, json.failure)
        const decoded = decode(json.success)
        return Result.isSuccess(decoded)
          ? Result.succeed({ event, data: decoded.success })
          : malformed(text, decoded.failure.description, decoded.failure.path)
      }
      const results = Stream.map(response.body, (chunk) => {
        const found = decoder.push(chunk).filter(({ event }) => event !== "ping")
        const values: Array<Result.Result<unknown, unknown>> = found.map(read)
        if (decoder.failure !== undefined) values.push(malformed("", decoder.failure))
        return values
      })
      return untilFailure(operation, Stream.flattenIterable(results))
    })
  ).pipe(withSpan(operation, "first"))
}
