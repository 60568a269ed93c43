// The endpoints of messages and of the count of their tokens.
// Each answered message is charged once.
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Predicate from "effect/Predicate"
import type { Charge } from "../control/bill.ts"
import type { Models } from "../models/endpoints.ts"
import { type Endpoint, Exchange } from "../server/exchange.ts"
import { ApiError, invalidRequest, serial } from "../server/wire.ts"
import { eventStream } from "./events.ts"
import { type Answer, inputTokens, message, refusal } from "./inference.ts"

type Params = { readonly [key: string]: unknown }

const statuses: { readonly [type: string]: number } = { invalid_request_error: 400, not_found_error: 404 }

/** The parameters of a body, once the API would run them. */
const paramsOf = Effect.fnUntraced(function* (models: Models, maxTokens: (given: unknown) => unknown) {
  const body = yield* (yield* Exchange).body
  if (!Predicate.isReadonlyObject(body)) return yield* invalidRequest("Input should be an object")
  const refused = refusal({ ...body, max_tokens: maxTokens(body.max_tokens) }, models)
  if (refused !== undefined) return yield* new ApiError({ status: statuses[refused.type] ?? 400, ...refused })
  return body
})

/**
 * Messages and the count of their tokens. `answer` is called for each message with its number from 0, `pace` is the wait
 * before each event of a stream, and `charge` is called once for each message.
 */
export const messageEndpoints = (
  models: Models,
  options: {
    readonly answer: ((params: Params, index: number) => Answer | undefined) | undefined
    readonly pace: Duration.Input | undefined
    readonly charge: (charge: Charge) => void
  }
): ReadonlyArray<Endpoint> => {
  let count = 0
  return [
    {
      method: "POST",
      path: "/v1/messages",
      handler: Effect.gen(function* () {
        const params = yield* paramsOf(models, (given) => (given === 0 ? 1 : given))
        const index = count++
        const answered = message({
          id: serial("msg_emulated_", index + 1, 8),
          params,
          models,
          serviceTier: "standard",
          answer: options.answer?.(params, index)
        })
        const { now } = yield* Exchange
        const { id, model, usage } = answered
        options.charge({ batchId: undefined, customId: undefined, messageId: id, model, usage, params, at: now })
        return params.stream === true
          ? HttpServerResponse.stream(eventStream(answered, options.pace), {
              contentType: "text/event-stream; charset=utf-8",
              headers: { "cache-control": "no-cache" }
            })
          : HttpServerResponse.jsonUnsafe(answered)
      })
    },
    {
      method: "POST",
      path: "/v1/messages/count_tokens",
      handler: Effect.gen(function* () {
        const params = yield* paramsOf(models, () => 1)
        return HttpServerResponse.jsonUnsafe({ input_tokens: inputTokens(params) })
      })
    }
  ]
}
