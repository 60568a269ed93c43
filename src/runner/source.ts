// Reads the items of a run one by one, with their positions, and finds ids that come twice.
// A fiber reads ahead by one array, so that a slow source does not delay the rest of the run.
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { BatchRequest } from "../BatchRequest.ts"
import { SeenIds } from "../hash/seen.ts"
import type { Signal } from "../run/signal.ts"
import { type Requested, requestOf, type Slot } from "../run/slot.ts"
import type { MessageParams } from "../schema/MessageParams.ts"

/** An item that was read, with the request for it. */
export interface Read<out A, out B> {
  readonly slot: Slot<A, B>
  readonly requested: Requested
  readonly isDuplicate: boolean
}

export interface SourceReader<A, B, E> {
  /** The next item, if it was read. Undefined at the end and while the source is slow. */
  readonly poll: Effect.Effect<Read<A, B> | undefined, E>
  /** Waits for the next item. Undefined at the end. */
  readonly next: Effect.Effect<Read<A, B> | undefined, E>
  /** Gives the last item back, to be read once more. */
  readonly unread: (read: Read<A, B>) => void
  /** Whether everything was read. */
  readonly isDone: () => boolean
}

type Ahead<A, E> =
  | { readonly _tag: "Items"; readonly items: ReadonlyArray<A> }
  | { readonly _tag: "End" }
  | { readonly _tag: "Failed"; readonly cause: Cause.Cause<E> }

/** Starts to read a source. The reading stops with the scope. */
export const sourceReader = Effect.fnUntraced(function* <A, B, E, R, R2>(options: {
  readonly items: Stream.Stream<A, E, R>
  readonly request: (item: A) => BatchRequest
  readonly prepare: (params: MessageParams) => MessageParams
  readonly signal: Signal
  readonly onRead: (count: number) => Effect.Effect<unknown, never, R2>
}): Effect.fn.Return<SourceReader<A, B, E>, never, R | R2 | Scope.Scope> {
  const context = yield* Effect.context<R2>()
  const ahead = yield* Queue.bounded<Ahead<A, E>>(1)
  const offer = (message: Ahead<A, E>) =>
    Effect.andThen(
      Queue.offer(ahead, message),
      Effect.sync(() => options.signal.notify())
    )
  yield* options.items.pipe(
    Stream.runForEachArray((items) => offer({ _tag: "Items", items })),
    Effect.matchCauseEffect({
      onSuccess: () => offer({ _tag: "End" }),
      onFailure: (cause) => offer({ _tag: "Failed", cause })
    }),
    Effect.forkScoped
  )

  const seen = new SeenIds()
  let current: Iterator<A, undefined> = [][Symbol.iterator]()
  let back: Read<A, B> | undefined
  let position = 0
  let hasEnded = false

  const read = (item: A): Read<A, B> => {
    const requested = requestOf(options.request, options.prepare, item)
    const slot: Slot<A, B> = { item, id: requested.id, position, attempts: 0, last: undefined }
    position += 1
    return { slot, requested, isDuplicate: requested._tag === "Request" && !seen.add(requested.id) }
  }

  const known = (): Read<A, B> | undefined => {
    if (back !== undefined) {
      const read = back
      back = undefined
      return read
    }
    const { done, value } = current.next()
    return done === true ? undefined : read(value)
  }

  const accept = (message: Ahead<A, E>): Effect.Effect<void, E, R2> => {
    switch (message._tag) {
      case "Items":
        current = message.items[Symbol.iterator]()
        return Effect.asVoid(options.onRead(message.items.length))
      case "End":
        hasEnded = true
        return Effect.void
      case "Failed":
        return Effect.failCause(message.cause)
    }
  }

  const poll: Effect.Effect<Read<A, B> | undefined, E, R2> = Effect.suspend(() => {
    const next = known()
    if (next !== undefined || hasEnded) return Effect.succeed(next)
    return Effect.flatMap(Queue.poll(ahead), (message) =>
      Option.isNone(message) ? Effect.succeed(undefined) : Effect.andThen(accept(message.value), poll)
    )
  })

  const next: Effect.Effect<Read<A, B> | undefined, E, R2> = Effect.suspend(() => {
    const read = known()
    if (read !== undefined || hasEnded) return Effect.succeed(read)
    return Effect.flatMap(Queue.take(ahead), (message) => Effect.andThen(accept(message), next))
  })

  return {
    poll: Effect.provide(poll, context),
    next: Effect.provide(next, context),
    unread: (read) => {
      back = read
    },
    isDone: () => hasEnded && back === undefined
  }
})
