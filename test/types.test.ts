import { expectTypeOf, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type * as AnthropicError from "effect-anthropic/AnthropicError"
import * as Batches from "effect-anthropic/Batches"
import type * as BatchRequest from "effect-anthropic/BatchRequest"
import type * as Messages from "effect-anthropic/Messages"
import * as Models from "effect-anthropic/Models"
import * as Pagination from "effect-anthropic/Pagination"

declare const requests: ReadonlyArray<BatchRequest.BatchRequest>
declare const message: Messages.Message
declare const response: Batches.MessageBatchIndividualResponse
declare const page: Effect.Effect<Pagination.Page<number>, "E", "R">

// Nothing here runs: `tsc` checks it.
const checked = () => {
  const create = Batches.create(requests)
  expectTypeOf(create).toEqualTypeOf<Effect.Effect<Batches.MessageBatch, Batches.CreateError, HttpClient.HttpClient>>()
  expectTypeOf<Batches.CreateError>().toEqualTypeOf<
    AnthropicError.RequestError | AnthropicError.SpendLimitError | AnthropicError.IndeterminateError
  >()

  const handled = Effect.catchTag(create, "RateLimitError", () => Effect.succeed("later"))
  expectTypeOf<Effect.Error<typeof handled>>().toEqualTypeOf<
    Exclude<Batches.CreateError, AnthropicError.RateLimitError>
  >()
  expectTypeOf<Effect.Success<typeof handled>>().toEqualTypeOf<Batches.MessageBatch | string>()

  expectTypeOf(Batches.createScoped(requests)).toEqualTypeOf<
    Effect.Effect<Batches.MessageBatch, Batches.CreateError, HttpClient.HttpClient | Scope.Scope>
  >()
  expectTypeOf(Batches.results("id")).toEqualTypeOf<
    Stream.Stream<Batches.MessageBatchIndividualResponse, Batches.ResultsError, HttpClient.HttpClient>
  >()
  expectTypeOf<Batches.ResultsError>().toEqualTypeOf<
    | AnthropicError.RequestError
    | AnthropicError.BatchNotEndedError
    | AnthropicError.ResultsUnavailableError
    | AnthropicError.StreamInterruptedError
    | AnthropicError.ResultsIncompleteError
  >()
  expectTypeOf(Batches.resultLines("id")).toEqualTypeOf<
    Stream.Stream<
      Result.Result<Batches.MessageBatchIndividualResponse, AnthropicError.DecodeError>,
      Batches.ResultsError,
      HttpClient.HttpClient
    >
  >()
  expectTypeOf(Batches.cancel("id")).toEqualTypeOf<
    Effect.Effect<Batches.MessageBatch, AnthropicError.RequestError, HttpClient.HttpClient>
  >()
  expectTypeOf(Batches.list()).toEqualTypeOf<
    Stream.Stream<
      Batches.MessageBatch,
      AnthropicError.RequestError | AnthropicError.PaginationError,
      HttpClient.HttpClient
    >
  >()
  expectTypeOf(Models.list()).toEqualTypeOf<Stream.Stream<Models.ModelInfo, Models.ListError, HttpClient.HttpClient>>()
  expectTypeOf(Pagination.paginate(() => page)).toEqualTypeOf<
    Stream.Stream<Pagination.Page<number>, "E" | AnthropicError.PaginationError, "R">
  >()

  class Pace extends Context.Service<Pace, { readonly seconds: number }>()("test/Pace") {}
  const paced = Schedule.spaced("1 second").pipe(
    Schedule.setInputType<Batches.MessageBatch>(),
    Schedule.modifyDelay(({ duration }) => Effect.as(Pace, duration))
  )
  expectTypeOf(Batches.watch("id", { schedule: paced })).toEqualTypeOf<
    Stream.Stream<Batches.MessageBatch, Batches.WatchError, HttpClient.HttpClient | Pace>
  >()
  expectTypeOf(Batches.waitUntilEnded("id", { schedule: paced })).toEqualTypeOf<
    Effect.Effect<Batches.MessageBatch, Batches.WatchError, HttpClient.HttpClient | Pace>
  >()
  expectTypeOf(Batches.waitUntilEnded("id", { schedule: Schedule.spaced("1 second") })).toEqualTypeOf<
    Effect.Effect<Batches.MessageBatch, Batches.WatchError, HttpClient.HttpClient>
  >()
  expectTypeOf(Batches.waitUntilEnded("id")).toEqualTypeOf<
    Effect.Effect<
      Batches.MessageBatch,
      AnthropicError.RequestError | AnthropicError.WatchTimeoutError,
      HttpClient.HttpClient
    >
  >()

  for (const block of message.content) {
    if (block.type === "text") expectTypeOf(block.text).toEqualTypeOf<string>()
    if (block.type === "tool_use") expectTypeOf(block.input).toEqualTypeOf<unknown>()
    if (block.type === "unknown") expectTypeOf(block.raw).toEqualTypeOf<{ readonly [key: string]: unknown }>()
    // @ts-expect-error a block has a text only when its type is "text"
    block.text
  }

  const { result } = response
  switch (result.type) {
    case "succeeded":
      expectTypeOf(result.message).toEqualTypeOf<Messages.Message>()
      break
    case "errored":
      expectTypeOf(result.error.error.message).toEqualTypeOf<string>()
      break
    case "canceled":
    case "expired":
      break
    default:
      result.type satisfies "unknown"
      expectTypeOf(result.raw).toEqualTypeOf<{ readonly [key: string]: unknown }>()
  }

  // @ts-expect-error a request has an id
  Batches.create([{ params: { model: "m", max_tokens: 1, messages: [] } }])
  // @ts-expect-error max_tokens is required
  Batches.create([{ custom_id: "a", params: { model: "m", messages: [] } }])
}

it("the types of the public modules compile as this file expects", () => {
  expectTypeOf(checked).returns.toEqualTypeOf<void>()
})
