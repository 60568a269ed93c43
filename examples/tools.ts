// Typed tools: the model calls, the handlers of a toolkit answer, and the loop asks again.
//
//   npm run example -- examples/tools.ts [--live]
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Messages from "effect-anthropic/Messages"
import * as Tools from "effect-anthropic/Tools"
import { run } from "./support/example.ts"

const Weather = Tool.make("get_weather", {
  description: "The weather in a city now, in degrees Celsius",
  parameters: Schema.Struct({ city: Schema.String.annotate({ description: "In English" }) }),
  success: Schema.String
})

const toolkit = Toolkit.make(Weather)

const handlers = toolkit.toLayer({
  // `city` is a string: an input that does not fit is sent back to the model as an error, and the handler is not called.
  get_weather: ({ city }) => Effect.as(Console.log(`  get_weather(${city})`), `18 degrees and a light wind in ${city}`)
})

const program = Effect.gen(function* () {
  const { answers, message } = yield* Tools.loop(
    {
      model: "claude-opus-5-5",
      max_tokens: 1024,
      messages: [Messages.user("Do I need a jacket in Lyon today? Use get_weather.")]
    },
    toolkit,
    { maxTurns: 5 }
  )
  yield* Console.log(`Claude, after ${answers.length} answers: ${Messages.text(message)}`)
})

run(Effect.provide(program, handlers), {
  cost: "Two short answers: less than a cent.",
  // By default the emulator calls a tool whose name is in the question. Here its answers are scripted.
  emulator: {
    answer: (_, index) =>
      index === 0
        ? {
            content: [{ type: "tool_use", id: "toolu_1", name: "get_weather", input: { city: "Lyon" } }],
            stop_reason: "tool_use"
          }
        : "It is 18 degrees in Lyon with a light wind: a jacket does no harm."
  }
})
