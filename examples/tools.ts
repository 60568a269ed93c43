// Typed tools: the model calls, the handlers answer, and the loop is a few lines of your own.
//
//   npm run example -- examples/tools.ts [--live]
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Messages from "effect-anthropic/Messages"
import * as Tool from "effect-anthropic/Tool"
import { run } from "./support/example.ts"

const weather = Tool.make("get_weather", {
  description: "The weather in a city now, in degrees Celsius",
  input: Schema.Struct({ city: Schema.String.annotate({ description: "In English" }) })
})

const handlers = [
  // `city` is a string here: an input that does not fit is answered as an error, from which the model can go on.
  Tool.handle(weather, ({ city }) =>
    Effect.as(Console.log(`  get_weather(${city})`), `18 degrees and a light wind in ${city}`)
  )
]

const program = Effect.gen(function* () {
  const ask = (messages: ReadonlyArray<Messages.MessageParam>) =>
    Messages.create({ model: "claude-opus-5-5", max_tokens: 1024, tools: [weather.param], messages })

  let messages: ReadonlyArray<Messages.MessageParam> = [
    Messages.user("Do I need a jacket in Lyon today? Use get_weather.")
  ]
  let message = yield* ask(messages)
  while (message.stop_reason === "tool_use") {
    const results = yield* Tool.answer(message, handlers, { concurrency: "unbounded" })
    messages = [...messages, Messages.assistant(message), Messages.user(results)]
    message = yield* ask(messages)
  }
  yield* Console.log(`Claude: ${Messages.text(message)}`)
})

run(program, {
  cost: "Two short answers: less than a cent.",
  // The emulator calls by itself a tool whose name is in the question; here the model is played by a script.
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
