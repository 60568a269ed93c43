// Faults with another answer than that of the API, without carrying the request out, or after a wait. Faults that carry the
// request out are in `processed.ts`.
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { errorBody, errorType } from "../server/wire.ts"
import { encode } from "./body.ts"
import type { Action, Delivery } from "./model.ts"

type Headers = { readonly [name: string]: string }

/**
 * Values of an error answer that replace those of the API.
 *
 * @category options
 * @since 0.1.0
 */
export interface StatusOptions {
  readonly headers?: Headers | undefined
  /** The whole body, instead of the API's error. */
  readonly body?: string | undefined
  readonly errorType?: string | undefined
  readonly message?: string | undefined
  /** The value of `error.details.error_code`. */
  readonly errorCode?: string | undefined
  /** Additional fields of `error.details`. */
  readonly details?: { readonly [key: string]: unknown } | undefined
}

const statusResponse = (
  status: number,
  options: StatusOptions,
  delivery: Delivery
): HttpServerResponse.HttpServerResponse => {
  const { errorCode, details } = options
  const error = {
    type: options.errorType ?? errorType(status),
    message: options.message ?? `scripted answer with status ${status}`,
    ...(errorCode === undefined && details === undefined
      ? {}
      : { details: { ...(errorCode === undefined ? {} : { error_code: errorCode }), ...details } })
  }
  return HttpServerResponse.uint8Array(encode(options.body ?? JSON.stringify(errorBody(error, delivery.requestId))), {
    status,
    headers: { "content-type": "application/json", ...delivery.headers, ...options.headers }
  })
}

/**
 * Answers with an error of the API and does not carry the request out. Default: the error JSON of that status.
 *
 * @category constructors
 * @since 0.1.0
 */
export const status = (status: number, options: StatusOptions = {}): Action => ({
  name: `status(${status})`,
  run: (delivery) => Effect.sync(() => statusResponse(status, options, delivery))
})

/**
 * Answers as a proxy does: a page of HTML, without the API's headers. The request is not carried out.
 *
 * @category constructors
 * @since 0.1.0
 */
export const html = (status: number): Action => ({
  name: `html(${status})`,
  run: () =>
    Effect.succeed(
      HttpServerResponse.text(`<html><head><title>${status}</title></head><body>${status}</body></html>`, {
        status,
        contentType: "text/html"
      })
    )
})

/**
 * Answers with a status and nothing else: no body, and none of the API's headers. The request is not carried out.
 *
 * @category constructors
 * @since 0.1.0
 */
export const empty = (status: number): Action => ({
  name: `empty(${status})`,
  run: () => Effect.succeed(HttpServerResponse.empty({ status }))
})

/**
 * Answers with the given body and does not carry the request out.
 *
 * Default: status 200, `application/json`, and the API's headers.
 *
 * @category constructors
 * @since 0.1.0
 */
export const body = (
  content: string | Uint8Array,
  options: { readonly status?: number | undefined; readonly headers?: Headers | undefined } = {}
): Action => ({
  name: "body",
  run: (delivery) =>
    Effect.sync(() =>
      HttpServerResponse.uint8Array(typeof content === "string" ? encode(content) : content, {
        status: options.status ?? 200,
        headers: { "content-type": "application/json", ...delivery.headers, ...options.headers }
      })
    )
})

/**
 * Redirects the client and does not carry the request out. Default: status 307.
 *
 * @category constructors
 * @since 0.1.0
 */
export const redirect = (location: string, status = 307): Action => ({
  name: `redirect(${location})`,
  run: (delivery) => Effect.sync(() => HttpServerResponse.redirect(location, { status, headers: delivery.headers }))
})

/**
 * Waits on the `Clock` after the request has arrived, then answers as `action` does. Default: as the API does.
 *
 * @category combinators
 * @since 0.1.0
 */
export const delay = (duration: Duration.Input, action?: Action): Action => ({
  name: action === undefined ? "delay" : `delay(${action.name})`,
  run: (delivery) => Effect.delay(action === undefined ? delivery.normal : action.run(delivery), duration)
})
