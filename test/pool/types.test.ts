import { describe, expectTypeOf, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type * as AnthropicError from "effect-anthropic/AnthropicError"
import type * as Messages from "effect-anthropic/Messages"
import * as Pool from "effect-anthropic/Pool"
import { paramsOf } from "./support.ts"

class Rota extends Context.Service<Rota, { readonly pause: number }>()("Rota") {}

declare const rota: Schedule.Schedule<unknown, unknown, never, Rota>

// Nothing here runs: `tsc` checks it.
const checked = (pool: Pool.Pool["Service"]) => {
  expectTypeOf(Pool.make()).toEqualTypeOf<
    Effect.Effect<Pool.Pool["Service"], Pool.PoolOptionsError, HttpClient.HttpClient | Scope.Scope>
  >()
  expectTypeOf(Pool.make({ watch: { schedule: rota } })).toEqualTypeOf<
    Effect.Effect<Pool.Pool["Service"], Pool.PoolOptionsError, HttpClient.HttpClient | Scope.Scope | Rota>
  >()
  expectTypeOf(Pool.layer({ watch: { schedule: Schedule.spaced("1 hour") } })).toEqualTypeOf<
    Layer.Layer<Pool.Pool, Pool.PoolOptionsError, HttpClient.HttpClient>
  >()

  const call = pool.create(paramsOf("a"))
  expectTypeOf(call).toEqualTypeOf<Effect.Effect<Messages.Message, Pool.PoolError>>()
  const handled = call.pipe(
    Effect.catchTag("PoolClosedError", ({ wasSent }) => Effect.succeed(wasSent)),
    Effect.catchTag("AnswerMissingError", ({ reason }) => Effect.succeed(reason)),
    Effect.catchTag("AnswerUnreadError", ({ batchId, cause }) => Effect.succeed(`${batchId} ${cause._tag}`)),
    Effect.catchTags({
      RequestExpiredError: ({ customId }) => Effect.succeed(customId),
      RequestCanceledError: ({ customId }) => Effect.succeed(customId)
    })
  )
  expectTypeOf<Effect.Error<typeof handled>>().toEqualTypeOf<
    AnthropicError.RequestError | AnthropicError.SpendLimitError | AnthropicError.IndeterminateError
  >()
  expectTypeOf<Effect.Success<typeof handled>>().toEqualTypeOf<Messages.Message | boolean | string>()

  // @ts-expect-error a misspelled field does not compile
  pool.create({ ...paramsOf("a"), max_token: 1 })
  // @ts-expect-error the pool knows its batches
  Pool.make({ watch: { isKnown: false } })
}

describe("the types of a pool", () => {
  it("require a client and a scope, and have every error with its tag", () => {
    expectTypeOf(checked).toBeFunction()
  })
})
