// What the API refuses of a conversation is told here as it is by the emulator, and what it takes is not.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Messages from "effect-anthropic/Messages"
import * as Models from "effect-anthropic/Models"
import { onEmulator } from "../support/batches.ts"
import { message, params } from "./support.ts"

const hello = Messages.user("Hello")
const call = (id: string, input: unknown = {}): Messages.ToolUseBlock => ({ type: "tool_use", id, name: "now", input })
const result = (tool_use_id: string): Messages.ToolResultBlockParam => ({
  type: "tool_result",
  tool_use_id,
  content: "7"
})
const search: Messages.ServerToolUseBlock = { type: "server_tool_use", id: "s1", name: "web_search", input: {} }
const found: Messages.WebSearchToolResultBlock = { type: "web_search_tool_result", tool_use_id: "s1", content: [] }
const answer = (content: ReadonlyArray<unknown>) => Messages.assistant(message(content))

type Case = readonly [what: string, messages: ReadonlyArray<Messages.MessageParam>, paths: ReadonlyArray<string>]

const refused: ReadonlyArray<Case> = [
  ["an empty answer before another turn", [hello, answer([]), hello], ["messages[1].content"]],
  ["an empty text before another turn", [hello, Messages.assistant(""), hello], ["messages[1].content"]],
  ["a blank answer", [hello, answer([{ type: "text", text: " \n" }]), hello], ["messages[1].content[0]"]],
  ["a blank text of the user", [Messages.user(" ")], ["messages[0].content"]],
  ["an empty turn of the user", [Messages.user([])], ["messages[0].content"]],
  [
    "an empty text in a result",
    [hello, answer([call("a")]), Messages.user([{ ...result("a"), content: [{ type: "text", text: "" }] }])],
    ["messages[2].content[0].content[0]"]
  ],
  [
    "an input that was cut off",
    [hello, Messages.assistant([call("a", '{"ci')]), Messages.user([result("a")])],
    ["messages[1].content[0].input"]
  ],
  [
    "an input that is a list",
    [hello, Messages.assistant([call("a", [])]), Messages.user([result("a")])],
    ["messages[1].content[0].input"]
  ],
  ["a call without a result", [hello, answer([call("a")]), hello], ["messages[1].content[0]"]],
  ["a call at the end", [hello, answer([call("a"), call("b")])], ["messages[1].content[0]", "messages[1].content[1]"]],
  [
    "a result after a text",
    [hello, answer([call("a")]), Messages.user([{ type: "text", text: "so" }, result("a")])],
    ["messages[1].content[0]"]
  ],
  [
    "two calls of one id",
    [hello, answer([call("a")]), Messages.user([result("a")]), answer([call("a")]), Messages.user([result("a")])],
    ["messages[3].content[0].id"]
  ],
  [
    "a result without a call",
    [hello, Messages.assistant("Hi"), Messages.user([result("a")])],
    ["messages[2].content[0]"]
  ],
  ["a result in the first turn", [Messages.user([result("a")])], ["messages[0].content[0]"]],
  [
    "a second result",
    [hello, answer([call("a")]), Messages.user([result("a"), result("a")])],
    ["messages[2].content[1]"]
  ],
  [
    "an error without content",
    [hello, answer([call("a")]), Messages.user([{ type: "tool_result", tool_use_id: "a", is_error: true }])],
    ["messages[2].content[0].content"]
  ],
  ["a result of a server tool without its call", [hello, answer([found]), hello], ["messages[1].content[0]"]],
  [
    "thinking that broke off",
    [
      hello,
      answer([
        { type: "thinking", thinking: "Hm", signature: "" },
        { type: "text", text: "Hi" }
      ]),
      hello
    ],
    ["messages[1].content[0]"]
  ]
]

const taken: ReadonlyArray<readonly [what: string, messages: ReadonlyArray<Messages.MessageParam>]> = [
  [
    "results in two turns",
    [hello, answer([call("a"), call("b")]), Messages.user([result("a")]), Messages.user([result("b")])]
  ],
  ["a call with its result", [hello, answer([call("a")]), Messages.user([result("a"), { type: "text", text: "so" }])]],
  [
    "an input that was cut off and is sent as an object",
    [hello, answer([call("a", '{"ci')]), Messages.user([result("a")])]
  ],
  [
    "a system message between a call and its result",
    [hello, answer([call("a")]), Messages.system("Be brief."), Messages.user([result("a")])]
  ],
  ["a server tool with its result", [hello, answer([search, found]), hello]],
  [
    "a result without content",
    [hello, answer([call("a")]), Messages.user([{ type: "tool_result", tool_use_id: "a" }])]
  ],
  [
    "a text in a result",
    [hello, answer([call("a")]), Messages.user([{ ...result("a"), content: [{ type: "text", text: "7" }] }])]
  ],
  ["a block that this version does not know", [hello, answer([{ type: "compaction", content: "c" }]), hello]]
]

const ask = (messages: ReadonlyArray<Messages.MessageParam>) => Effect.result(Messages.create({ ...params, messages }))

describe("Messages.issues", () => {
  for (const [what, messages, paths] of refused) {
    it.effect(`reports ${what}, which the API refuses`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(
          Messages.issues({ ...params, messages }).map(({ path, severity }) => `${severity} ${path}`),
          paths.map((path) => `error ${path}`)
        )
        const asked = yield* ask(messages)
        assert(asked._tag === "Failure")
        assert.strictEqual(asked.failure._tag, "InvalidRequestError")
      }).pipe(onEmulator())
    )
  }

  for (const [what, messages] of taken) {
    it.effect(`reports nothing for ${what}, which the API takes`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(Messages.issues({ ...params, messages }), [])
        assert.strictEqual((yield* ask(messages))._tag, "Success")
      }).pipe(onEmulator())
    )
  }

  it("reports a blank text of the system prompt, and white space at the end of a last turn", () => {
    const issues = Messages.issues({
      ...params,
      system: [{ type: "text", text: " " }],
      messages: [hello, Messages.assistant("It is ")]
    })
    assert.deepStrictEqual(
      issues.map(({ path }) => path),
      ["system[0]", "messages[1].content"]
    )
    assert.deepStrictEqual(
      Messages.issues({ ...params, system: "Be brief.", messages: [hello, Messages.assistant("")] }),
      []
    )
  })

  it("ignores turns that are malformed otherwise, and checks blocks of Messages.raw", () => {
    const odd: never = [null, "turn", { role: "user", content: [null, 7, "x"] }, { role: 7, content: [] }] as never
    assert.deepStrictEqual(
      Messages.issues({ ...params, messages: odd }).map(({ path }) => path),
      ["messages[3].content"]
    )
    assert.deepStrictEqual(Messages.issues({ ...params, messages: "none" as never }), [])
    const raw = Messages.assistant([Messages.raw({ type: "tool_use", id: "a", name: "n", input: "x" })])
    assert.deepStrictEqual(
      Messages.issues({ ...params, messages: [hello, raw, Messages.user([result("a")])] }).map(({ path }) => path),
      ["messages[1].content[0].input"]
    )
  })

  it.effect("is part of Models.check", () =>
    Effect.gen(function* () {
      const model = yield* Models.retrieve("claude-haiku-5-5")
      const issues = Models.check(model, { ...params, messages: [hello, answer([call("a")]), hello] })
      assert.deepStrictEqual(
        issues.map(({ path }) => path),
        ["messages[1].content[0]"]
      )
    }).pipe(onEmulator())
  )
})
