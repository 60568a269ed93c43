// A program of effect/ai on this package: a chat with a tool, an object, and a text as it comes.
//
//   npm run example -- examples/language-model.ts [--live]
import * as Chat from "effect/ai/Chat"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as AnthropicLanguageModel from "effect-anthropic/AnthropicLanguageModel"
import { run } from "./support/example.ts"

const Weather = Tool.make("get_weather", {
  description: "The temperature in a city, in degrees Celsius",
  parameters: Schema.Struct({ city: Schema.String }),
  success: Schema.Struct({ degrees: Schema.Number })
})

const toolkit = Toolkit.make(Weather)

const handlers = toolkit.toLayer({ get_weather: ({ city }) => Effect.succeed({ degrees: city.length * 3 }) })

const City = Schema.Struct({ name: Schema.String, country: Schema.String })

// Nothing here names a provider.
const program = Effect.gen(function* () {
  const chat = yield* Chat.empty
  const asked = yield* chat.generateText({ prompt: "How warm is it in Lyon? Use get_weather.", toolkit })
  for (const { name, result } of asked.toolResults) yield* Console.log(`${name} said`, result)
  const told = yield* chat.generateText({ prompt: "And in one word?", toolkit })
  yield* Console.log(`Claude: ${told.text}`)

  const { value } = yield* LanguageModel.generateObject({ prompt: "Where is Lyon?", schema: City })
  yield* Console.log("An object:", value)

  yield* LanguageModel.streamText({ prompt: "Say something about the river." }).pipe(
    Stream.runForEach((part) => (part.type === "text-delta" ? Console.log(`… ${part.delta}`) : Effect.void))
  )
})

run(
  program.pipe(
    Effect.provide(handlers),
    Effect.provide(AnthropicLanguageModel.layer({ model: "claude-haiku-5-5", max_tokens: 1024 }))
  ),
  { cost: "Four short answers: less than a cent." }
)
