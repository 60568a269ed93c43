// The endpoints of messages and of the count of their tokens.
// Each answered message is charged once.
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Predicate from "effect/Predicate"
import type { Charge } from "../control/bill.ts"
import type { Files } from "../files/state.ts"
import type { Models } from "../models/endpoints.ts"
import { type Endpoint, Exchange } from "../server/exchange.ts"
import { ApiError, invalidRequest, serial } from "../server/wire.ts"
import type { Skills } from "../skills/state.ts"
import { eventStream } from "./events.ts"
import { type Answer, message } from "./inference.ts"
import { refusal } from "./refusal/refusal.ts"
import { makeThreads, type Threads } from "./threads.ts"
import { inputTokens } from "./tokens.ts"

type Params = { readonly [key: string]: unknown }

const statuses: { readonly [type: string]: number } = { invalid_request_error: 400, not_found_error: 404 }

/** The resources that the parameters of a message can name. */
interface Known {
  readonly models: Models
  readonly files: Files
  readonly skills: Skills
}

/** The parameters of a body, and those of the conversation that it continues. */
const paramsOf = Effect.fnUntraced(function* (threads: Threads) {
  const { betas, body: received } = yield* Exchange
  const body = yield* received
  if (!Predicate.isReadonlyObject(body)) return yield* invalidRequest("Input should be an object")
  const resolved = threads.resolve(body, betas)
  return resolved instanceof ApiError ? yield* resolved : resolved
})

/** Fails with the error of the API for parameters that it does not accept. */
const check = Effect.fnUntraced(function* (params: Params, known: Known, kind: "message" | "count") {
  const { betas, now, version, workspaceId } = yield* Exchange
  const fileOf = (id: string) => known.files.factsOf(id, workspaceId, now)
  const skillSource = (id: string, skillVersion: unknown) => known.skills.sourceOf(id, skillVersion, workspaceId)
  const refused = refusal(params, { models: known.models, fileOf, skillSource, kind, version, betas })
  if (refused !== undefined) return yield* new ApiError({ status: statuses[refused.type] ?? 400, ...refused })
})

/**
 * Messages and the count of their tokens. `answer` is called for each message with its number from 0, `pace` is the wait
 * before each event of a stream, and `charge` is called once for each message.
 */
export const messageEndpoints = (
  known: Known,
  options: {
    readonly answer: ((params: Params, index: number) => Answer | undefined) | undefined
    readonly pace: Duration.Input | undefined
    readonly charge: (charge: Charge) => void
  }
): ReadonlyArray<Endpoint> => {
  const threads = makeThreads()
  let count = 0
  return [
    {
      method: "POST",
      path: "/v1/messages",
      handler: Effect.gen(function* () {
        const { isThreaded, params } = yield* paramsOf(threads)
        yield* check(params, known, "message")
        const index = count++
        const answered = message({
          id: serial("msg_emulated_", index + 1, 8),
          params,
          models: known.models,
          serviceTier: "standard",
          answer: options.answer?.(params, index)
        })
        if (isThreaded) threads.keep(params, answered)
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
        const { params } = yield* paramsOf(threads)
        yield* check(params, known, "count")
        return HttpServerResponse.jsonUnsafe({ input_tokens: inputTokens(params) })
      })
    }
  ]
}
