// A service of an application that uses the API. Its layer keeps the client and the settings, and it has its own errors.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Messages from "effect-anthropic/Messages"

export const Verdict = Schema.Struct({
  sentiment: Schema.Literals(["positive", "negative", "mixed"]),
  reason: Schema.String
})

/** There is no verdict. `mayPass` says whether the review can be judged later. */
export class NoVerdict extends Schema.TaggedError<NoVerdict>()("NoVerdict", {
  reason: Schema.String,
  mayPass: Schema.Boolean
}) {}

export class Reviewer extends Context.Service<
  Reviewer,
  { readonly judge: (review: string) => Effect.Effect<typeof Verdict.Type, NoVerdict> }
>()("app/Reviewer") {}

/** The service with the client of the context and its own retry setting. */
export const layer: Layer.Layer<Reviewer, never, HttpClient.HttpClient> = Layer.effect(
  Reviewer,
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const judge = Effect.fn("Reviewer.judge")(
      function* (review: string) {
        const { value } = yield* Messages.createAs(
          {
            model: "claude-haiku-5-5",
            max_tokens: 1024,
            messages: [Messages.user(`Is this review positive, negative or mixed, and why?\n\n${review}`)]
          },
          Verdict
        )
        return value
      },
      Anthropic.withSettings({ retry: { maxRetries: 4 } }),
      Effect.provideService(HttpClient.HttpClient, client),
      // Callers of the service see only what they can act on.
      Effect.mapError(
        (error) => new NoVerdict({ reason: error._tag, mayPass: "isRetryable" in error && error.isRetryable })
      )
    )
    return Reviewer.of({ judge })
  })
)
