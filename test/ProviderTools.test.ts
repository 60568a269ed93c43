// The tools that the API defines: each version is there, is sent as its type, and those that the caller runs have handlers.
import { assert, describe, it } from "@effect/vitest"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Prompt from "effect/ai/Prompt"
import type * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Messages from "effect-anthropic/Messages"
import * as ProviderTools from "effect-anthropic/ProviderTools"
import * as Tools from "effect-anthropic/Tools"
import { faked } from "./languageModel/support.ts"
import { message } from "./messages/support.ts"
import { wireMessage, written } from "./support/batches.ts"
import { json } from "./support/fakeClient.ts"

type Types = Exclude<Messages.AnyToolParam, Messages.ToolParam | Messages.UnknownMember>["type"]

/** Every type of a tool of the API that this version knows; one that is missing does not compile. */
const types: { readonly [Type in Types]: string | undefined } = {
  bash_20250124: "bash",
  text_editor_20250124: "str_replace_editor",
  text_editor_20250429: "str_replace_based_edit_tool",
  text_editor_20250728: "str_replace_based_edit_tool",
  memory_20250818: "memory",
  browser_toolset_20260801: undefined,
  computer_toolset_20260801: undefined,
  code_execution_20250522: "code_execution",
  code_execution_20250825: "code_execution",
  code_execution_20260120: "code_execution",
  code_execution_20260521: "code_execution",
  web_search_20250305: "web_search",
  web_search_20260209: "web_search",
  web_search_20260318: "web_search",
  web_fetch_20250910: "web_fetch",
  web_fetch_20260209: "web_fetch",
  web_fetch_20260309: "web_fetch",
  web_fetch_20260318: "web_fetch",
  tool_search_tool_bm25_20251119: "tool_search_tool_bm25",
  tool_search_tool_bm25: "tool_search_tool_bm25",
  tool_search_tool_regex_20251119: "tool_search_tool_regex",
  tool_search_tool_regex: "tool_search_tool_regex"
}

const sent = (tool: Tool.Any) => written(Result.getOrThrow(Tools.params(Toolkit.make(tool)))[0])

describe("ProviderTools", () => {
  it("has every version of every tool, sent with its type and its name", () => {
    const all = Object.values(ProviderTools).map((make) => sent(make({})))
    assert.sameDeepMembers(
      all,
      Object.entries(types).map(([type, name]) => (name === undefined ? { type } : { type, name }))
    )
  })

  it("takes arguments with the field names of the API", () => {
    assert.deepStrictEqual(
      sent(
        ProviderTools.webSearch_20260318({
          max_uses: 3,
          allowed_domains: ["example.com"],
          user_location: { type: "approximate", city: "Lyon" },
          response_inclusion: "excluded",
          cache_control: { type: "ephemeral" }
        })
      ),
      {
        type: "web_search_20260318",
        name: "web_search",
        max_uses: 3,
        allowed_domains: ["example.com"],
        user_location: { type: "approximate", city: "Lyon" },
        response_inclusion: "excluded",
        cache_control: { type: "ephemeral" }
      }
    )
    assert.deepStrictEqual(sent(ProviderTools.bash_20250124({ failureMode: "return", defer_loading: true })), {
      type: "bash_20250124",
      name: "bash",
      defer_loading: true
    })
    // @ts-expect-error an argument that the tool does not have
    ProviderTools.webSearch_20250305({ use_cache: true })
    // @ts-expect-error a value that is none
    ProviderTools.webFetch_20260318({ response_inclusion: "some" })
  })

  it("requires handlers for tools that the caller runs, and for no others", () => {
    const handled = Object.entries(ProviderTools).flatMap(([name, make]) => (make({}).requiresHandler ? [name] : []))
    assert.deepStrictEqual(handled.sort(), [
      "bash_20250124",
      "browserToolset_20260801",
      "computerToolset_20260801",
      "memory_20250818",
      "textEditor_20250124",
      "textEditor_20250429",
      "textEditor_20250728"
    ])
  })

  const toolkit = Toolkit.make(
    ProviderTools.bash_20250124({}),
    ProviderTools.memory_20250818({}),
    ProviderTools.textEditor_20250728({}),
    ProviderTools.computerToolset_20260801({}),
    ProviderTools.webSearch_20260318({})
  )
  const handlers = toolkit.toLayer({
    bash: ({ command }) => (command === "false" ? Effect.fail("exit code 1") : Effect.succeed(`ran ${command}`)),
    memory: (call) => Effect.succeed(call.command === "rename" ? call.new_path : call.path),
    str_replace_based_edit_tool: ({ command, path }) => Effect.succeed(`${command} ${path}`),
    computer: ({ input, member }) =>
      Effect.succeed(
        member === "screenshot"
          ? [{ type: "image", source: { type: "base64", media_type: "image/png", data: "QUJD" } }]
          : `${member} ${JSON.stringify(input)}`
      )
  })
  const call = (id: string, name: string, input: unknown, toolset_name?: string) => ({
    type: "tool_use",
    id,
    name,
    input,
    ...(toolset_name === undefined ? {} : { toolset_name })
  })
  const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "QUJD" } }

  it.effect("runs the handlers of calls, also of calls to members of a toolset", () =>
    Effect.gen(function* () {
      const results = yield* Tools.answer(
        message(
          [
            call("a", "bash", { command: "ls" }),
            call("b", "bash", { command: "false" }),
            call("c", "memory", { command: "rename", old_path: "/a", new_path: "/b" }),
            call("d", "memory", { command: "forget" }),
            call("e", "str_replace_based_edit_tool", { command: "view", path: "/x", later: 1 }),
            call("f", "screenshot", {}, "computer"),
            call("g", "left_click", { coordinate: [1, 2] }, "computer")
          ],
          { stop_reason: "tool_use" }
        ),
        toolkit
      )
      assert.deepStrictEqual(
        results.map(({ content, is_error }) => (is_error === true ? "error" : written(content))),
        ["ran ls", "error", "/b", "error", "view /x", [image], 'left_click {"coordinate":[1,2]}']
      )
    }).pipe(Effect.provide(handlers))
  )

  it.effect("sends the blocks of a toolset with the next turn of a language model", () =>
    Effect.gen(function* () {
      const content = [call("f", "screenshot", {}, "computer")]
      const { body, layer } = faked((_, index) =>
        json(index === 0 ? wireMessage("", { content, stop_reason: "tool_use" }) : wireMessage("Done"))
      )
      yield* Effect.gen(function* () {
        const first = yield* LanguageModel.generateText({ prompt: "Look", toolkit })
        const history = first.content.flatMap((part) =>
          part.type === "tool-call" || part.type === "tool-result" ? [part] : []
        )
        assert.deepStrictEqual(
          history.map(({ name }) => name),
          ["computer", "computer"]
        )
        yield* LanguageModel.generateText({
          prompt: Prompt.concat(Prompt.make("Look"), Prompt.fromResponseParts(first.content)),
          toolkit
        })
      }).pipe(Effect.provide([layer, handlers]))
      const { messages } = yield* body(1)
      const turns = Array.isArray(messages) ? messages : []
      assert.deepStrictEqual(turns[1].content, content)
      assert.deepStrictEqual(turns[2].content, [
        { type: "tool_result", tool_use_id: "f", content: [image], toolset_name: "computer" }
      ])
    })
  )
})
