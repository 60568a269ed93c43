// Opens the stream of events of one answer. An attempt lasts until its first event, and is repeated until then as the
// settings say. One pull does all the work of a chunk, because each additional layer costs as much as decoding an event.
import { isReadonlyArrayNonEmpty, type NonEmptyReadonlyArray } from "effect/Array"
import * as Cause from "effect/Cause"
import * as Channel from "effect/Channel"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as HttpClient from "effect/http/HttpClient"
import * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { ConnectionError, IdleTimeoutError } from "../AnthropicError.ts"
import type * as Endpoint from "../Endpoint.ts"
import { openWith } from "../endpoint/open.ts"
import type { spendLimitCodes } from "../http/errors.ts"
import type { ApiResponse } from "../http/operation.ts"
import type { MessageEvent } from "../schema/MessageEvent.ts"
import type { StreamError } from "./errors.ts"
import { type Broken, EventReader, type StreamOperation } from "./events.ts"

type Cut = ConnectionError | IdleTimeoutError

type Bytes = Pull.Pull<NonEmptyReadonlyArray<Uint8Array>, Cut>

type Events = NonEmptyReadonlyArray<MessageEvent>

const cutOff = (error: Cut): Broken => ({
  reason: error._tag === "IdleTimeoutError" ? "idle" : "connection",
  failure: { fate: "answered", error }
})

/** How long to wait for the end of a body after the message is complete, so that its connection can be used again. */
const linger = "1 second"

const drain = (pull: Bytes): Effect.Effect<void> =>
  Effect.suspend(() => Effect.ignore(Effect.timeout(Effect.forever(pull), linger)))

/** Returns an effect that returns the next events, at least one. It fails with the error that `tell` makes of a broken stream. */
const readEvents = <E>(reader: EventReader, bytes: Bytes, tell: (broken: Broken) => E): Effect.Effect<Events, E> => {
  const read: Effect.Effect<Events, E> = Pull.matchEffect(bytes, {
    onSuccess: (chunks) => {
      const events = reader.read(chunks)
      if (isReadonlyArrayNonEmpty(events)) return Effect.succeed(events)
      return reader.broken === undefined ? read : Effect.fail(tell(reader.broken))
    },
    onFailure: (cause) => Effect.failCause(Cause.map(cause, (error) => tell(cutOff(error)))),
    onDone: () => Effect.fail(tell(reader.end()))
  })
  return read
}

/** Reads up to the first events of a response. An error before them is a failure of the attempt. */
const begin = Effect.fnUntraced(function* (reader: EventReader, { body, watch }: ApiResponse, parent: Scope.Scope) {
  const scope = yield* Scope.fork(parent)
  const bytes = yield* Channel.toPullScoped(body.channel, scope)
  const beginning = readEvents(reader, bytes, (broken) => reader.report(broken))
  let first: Events | undefined = yield* Effect.onError(beginning, () => Scope.close(scope, Exit.void))
  const next = readEvents(reader, bytes, (broken) => reader.report(broken).error)
  const end = Effect.andThen(drain(bytes), Cause.done())
  const pull = Effect.suspend((): Pull.Pull<Events, StreamError> => {
    if (first !== undefined) {
      const events = first
      first = undefined
      return Effect.succeed(events)
    }
    if (reader.hasMore) {
      const events = reader.read([])
      if (isReadonlyArrayNonEmpty(events)) return Effect.succeed(events)
    }
    if (reader.broken !== undefined) return Effect.fail(reader.report(reader.broken).error)
    return reader.isComplete ? end : next
  })
  return watch === undefined ? pull : watch.events(pull)
})

/**
 * Streams the events of one answer, up to `message_stop`. The attempt is repeated as the settings say before the first
 * event, and never after it. The connection is closed with the stream.
 */
export const open = (
  options: Endpoint.OpenOptions<typeof spendLimitCodes> & StreamOperation,
  maxEventBytes: number
): Stream.Stream<MessageEvent, StreamError, HttpClient.HttpClient> =>
  Stream.fromChannel(
    Channel.fromTransform((_: unknown, scope) =>
      openWith(options, (response) => begin(new EventReader(options, response, maxEventBytes), response, scope))
    )
  )
