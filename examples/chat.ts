// A chat in the terminal: the answers are shown as they are written, and the model calls a tool.
// Without a terminal, as in `npm run example -- examples/chat.ts < /dev/null`, it asks two questions and ends by itself.
//
//   npm run example -- examples/chat.ts [--live]
import { createInterface } from "node:readline"
import * as Chat from "effect/ai/Chat"
import * as Prompt from "effect/ai/Prompt"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as AnthropicLanguageModel from "effect-anthropic/AnthropicLanguageModel"
import { run } from "./support/example.ts"

const toolkit = Toolkit.make(Tool.make("now", { description: "The time now, in RFC 3339", success: Schema.String }))

const handlers = toolkit.toLayer({ now: () => Effect.map(DateTime.now, DateTime.formatIso) })

const write = (text: string): Effect.Effect<void> => Effect.sync(() => process.stdout.write(text))

/** Asks until the model calls no more tools. The results of a round are in the history of the chat. */
const answer = Effect.fnUntraced(function* (chat: Chat.Chat, prompt: string) {
  let next: Prompt.RawInput = prompt
  let isOpen = true
  while (isOpen) {
    isOpen = false
    yield* chat.streamText({ prompt: next, toolkit }).pipe(
      Stream.runForEach((part) => {
        switch (part.type) {
          case "text-delta":
            return write(part.delta)
          case "tool-call":
            return write(`[${part.name}] `)
          case "finish":
            isOpen = part.reason === "tool-calls" || part.reason === "pause"
            return Effect.void
          default:
            return Effect.void
        }
      })
    )
    next = Prompt.empty
  }
  yield* write("\n")
})

const asked = ["What time is it? Use now.", "Thank you."]

/** The lines of the terminal, up to /bye. */
const lines = Stream.suspend(() =>
  Stream.fromAsyncIterable(createInterface({ input: process.stdin }), (cause) => new Error("no input", { cause }))
).pipe(Stream.takeWhile((line) => line !== "/bye"))

const program = Effect.gen(function* () {
  const chat = yield* Chat.fromPrompt([{ role: "system", content: "Answer in one sentence." }])
  yield* write(process.stdin.isTTY ? "Ask, or leave with /bye.\n> " : "")
  const questions = process.stdin.isTTY
    ? lines
    : Stream.fromIterable(asked).pipe(Stream.tap((question) => write(`> ${question}\n`)))
  yield* Stream.runForEach(questions, (question) =>
    Effect.andThen(answer(chat, question), write(process.stdin.isTTY ? "> " : ""))
  )
})

run(
  program.pipe(
    Effect.provide(handlers),
    Effect.provide(AnthropicLanguageModel.layer({ model: "claude-haiku-5-5", max_tokens: 1024 }))
  ),
  { cost: "A short answer for each question: less than a cent." }
)
