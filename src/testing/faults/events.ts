// Faults of a streamed message: an error event, or an end, after some of its events.
// They count complete events, because the emulator sends each as a separate piece.
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { errorBody } from "../server/wire.ts"
import { type Body, bodyAction, breakConnection, encode } from "./body.ts"
import type { Action, Delivery } from "./model.ts"

const after = (delivery: Delivery, body: Body, count: number): Body =>
  Stream.suspend(() => {
    let passed = 0
    return body.pipe(
      Stream.take(count),
      Stream.tap(() =>
        Effect.sync(() => {
          passed += 1
        })
      ),
      Stream.onEnd(
        Effect.sync(() => {
          if (passed < count) delivery.missed(`the stream has ${passed} events, fewer than ${count}`)
        })
      )
    )
  })

/**
 * Sends the first `count` events of a streamed message, `ping` included, then an `error` event, and ends.
 *
 * `data` is sent instead of the API's error. Default type of the error: `overloaded_error`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const errorAfterEvents = (
  count: number,
  options: { readonly errorType?: string | undefined; readonly data?: string | undefined } = {}
): Action =>
  bodyAction(`errorAfterEvents(${count})`, (body, delivery) => {
    const error = { type: options.errorType ?? "overloaded_error", message: "scripted error" }
    const data = options.data ?? JSON.stringify(errorBody(error, delivery.requestId))
    return Stream.concat(after(delivery, body, count), Stream.succeed(encode(`event: error\ndata: ${data}\n\n`)))
  })

/**
 * Sends the first `count` events of a streamed message, then ends cleanly, breaks the connection, or sends nothing more.
 *
 * @category constructors
 * @since 0.1.0
 */
export const cutAfterEvents = (count: number, how: "end" | "reset" | "stall"): Action =>
  bodyAction(`cutAfterEvents(${count}, ${how})`, (body, delivery) =>
    Stream.concat(
      after(delivery, body, count),
      how === "end" ? Stream.empty : how === "reset" ? breakConnection : Stream.never
    )
  )
