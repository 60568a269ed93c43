// Tools about the models of the API. They are served over MCP, and a model can call them as well.
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Models from "effect-anthropic/Models"

const ListModels = Tool.make("list_models", {
  description: "The ids of the models of the API, newest first",
  parameters: Schema.Struct({
    limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100 })))
  }),
  success: Schema.Struct({ models: Schema.Array(Schema.String) }),
  failure: Schema.String,
  failureMode: "return"
}).annotate(Tool.Readonly, true)

export const toolkit = Toolkit.make(ListModels)

export const handlers = toolkit.toLayer(
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    return {
      list_models: ({ limit = 20 }) =>
        Models.list().pipe(
          Stream.take(limit),
          Stream.map(({ id }) => id),
          Stream.runCollect,
          Effect.map((models) => ({ models })),
          Effect.mapError((error) => error.message),
          Effect.provideService(HttpClient.HttpClient, client)
        )
    }
  })
)
