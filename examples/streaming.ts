// An answer as it is written, then an answer that breaks off, with the part that was received.
//
//   npm run example -- examples/streaming.ts [--live]
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Messages from "effect-anthropic/Messages"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { isLive, run } from "./support/example.ts"

const { Emulator, Fault } = AnthropicEmulator

const params: Messages.MessageParams = {
  model: "claude-haiku-5-5",
  max_tokens: 1024,
  messages: [Messages.user("Tell me, in three sentences, how a lighthouse works.")]
}

const write = (text: string) => Effect.sync(() => void process.stdout.write(text))

const whole = Effect.gen(function* () {
  // The events are combined into the message while their text is shown.
  const message = yield* Messages.stream(params).pipe(
    Stream.tap((event) =>
      event.type === "content_block_delta" && event.delta.type === "text_delta" ? write(event.delta.text) : Effect.void
    ),
    Messages.accumulate
  )
  yield* Console.log(`\n\n${message.stop_reason} after ${message.usage.output_tokens} tokens\n`)
})

// A stream that ends too early fails with an error, which has the part that was received.
const brokenOff = Messages.streamText(params).pipe(
  Stream.runForEach(write),
  Effect.catchTag("MessageInterruptedError", (error) =>
    Console.log(
      `\n\nBroke off (${error.reason}) after ${error.partial === undefined ? 0 : Messages.text(error.partial).length} characters`
    )
  )
)

run(isLive ? whole : Effect.andThen(whole, brokenOff), {
  cost: "One short answer: less than a cent.",
  emulator: {
    pace: "80 millis",
    answer: () => "A lamp burns in a tower. A lens gathers its light into beams. The lens turns, and so do they."
  },
  seed: Effect.flatMap(Emulator, (emulator) => emulator.fault({ skip: 1, ...Fault.cutAfterEvents(6, "reset") }))
})
