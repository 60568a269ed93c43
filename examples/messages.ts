// One answer, a conversation that continues from it, and the number of tokens of the input.
//
//   npm run example -- examples/messages.ts [--live]
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Messages from "effect-anthropic/Messages"
import { run } from "./support/example.ts"

const program = Effect.gen(function* () {
  const params: Messages.MessageParams = {
    model: "claude-opus-5-5",
    max_tokens: 2048,
    system: "Answer in one sentence.",
    thinking: { type: "adaptive" },
    messages: [Messages.user("Why is the sky blue?")]
  }

  const { input_tokens } = yield* Messages.countTokens(params)
  yield* Console.log(`The question has ${input_tokens} tokens`)

  const first = yield* Messages.create(params)
  yield* Console.log(`Claude: ${Messages.text(first)}`)

  // The answer is sent back exactly as it was received, with its thinking and its signature.
  const second = yield* Messages.create({
    ...params,
    messages: [...params.messages, Messages.assistant(first), Messages.user("And at sunset?")]
  })
  yield* Console.log(`Claude: ${Messages.text(second)}`)
  yield* Console.log(`It stopped with ${second.stop_reason}, after ${second.usage.output_tokens} tokens`)
})

const answers = [
  "Air scatters the short waves of sunlight, the blue ones, more than the long ones.",
  "Then the light has come through so much air that only the long waves, the red ones, are left."
]

run(program, {
  cost: "Two short answers: less than a cent.",
  emulator: { answer: (_, index) => answers[index] }
})
