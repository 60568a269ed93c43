// One program of effect/ai, answered at once and through message batches. Both run on the emulator by default.
//
//   npm run example -- examples/language-model.ts [--live [--pooled]]
import * as Chat from "effect/ai/Chat"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as AnthropicLanguageModel from "effect-anthropic/AnthropicLanguageModel"
import { isLive, run } from "./support/example.ts"

const Weather = Tool.make("get_weather", {
  description: "The temperature in a city, in degrees Celsius",
  parameters: Schema.Struct({ city: Schema.String }),
  success: Schema.Struct({ degrees: Schema.Number })
})

const toolkit = Toolkit.make(Weather)

const handlers = toolkit.toLayer({ get_weather: ({ city }) => Effect.succeed({ degrees: city.length * 3 }) })

const City = Schema.Struct({ name: Schema.String, country: Schema.String })

const cities = ["Lyon", "Turin", "Ghent", "Porto", "Graz"]

/** A chat of two rounds. The first one calls a tool. */
const chat = Effect.gen(function* () {
  const chat = yield* Chat.empty
  const asked = yield* chat.generateText({ prompt: "How warm is it in Lyon? Use get_weather.", toolkit })
  for (const { name, result } of asked.toolResults) yield* Console.log(`  ${name} said`, result)
  const told = yield* chat.generateText({ prompt: "And in one word?", toolkit })
  yield* Console.log(`  Claude: ${told.text}`)
})

// Nothing here names a provider.
const program = Effect.gen(function* () {
  const began = yield* Clock.currentTimeMillis
  const [facts] = yield* Effect.all(
    [
      // All at once: a pool makes one batch of calls that run at the same time.
      Effect.forEach(cities, (city) => LanguageModel.generateObject({ prompt: `Where is ${city}?`, schema: City }), {
        concurrency: "unbounded"
      }),
      chat
    ],
    { concurrency: "unbounded" }
  )
  yield* Console.log(`  ${facts.length} objects, such as`, facts[0]?.value)
  yield* LanguageModel.streamText({ prompt: "Say something about the river." }).pipe(
    Stream.runForEach((part) => (part.type === "text-delta" ? Console.log(`  … ${part.delta}`) : Effect.void))
  )
  yield* Console.log(`  ${(yield* Clock.currentTimeMillis) - began} ms`)
}).pipe(Effect.provide(handlers))

const model = { model: "claude-haiku-5-5", max_tokens: 1024 } as const

const direct = AnthropicLanguageModel.layer(model)

const pooled = AnthropicLanguageModel.layerPooled({
  ...model,
  window: "300 millis",
  ...(isLive ? {} : { watch: { schedule: Schedule.spaced("100 millis") } })
})

run(
  Effect.gen(function* () {
    yield* Console.log("Answered at once:")
    yield* Effect.provide(program, direct)
    if (isLive && !process.argv.includes("--pooled")) return
    yield* Console.log("\nThe same program at half the price, through message batches:")
    yield* Effect.provide(program, pooled)
  }),
  {
    emulator: { plan: { endsAfter: "1 second" } },
    cost: "A dozen short answers: less than a cent. With --pooled each round takes minutes, and up to 24 hours."
  }
)
