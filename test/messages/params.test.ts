import { assert, describe, it } from "@effect/vitest"
import * as Messages from "effect-anthropic/Messages"
import { params } from "./support.ts"

const accepts = (value: Messages.MessageParams): void => assert.isObject(value)

const cc = { type: "ephemeral", ttl: "1h" } as const

describe("the types of parameters", () => {
  it("take every field, block and tool of the API", () => {
    const blocks: ReadonlyArray<Messages.ContentBlockParam> = [
      { type: "text", text: "a", cache_control: cc },
      { type: "image", source: { type: "url", url: "u" }, transformations: { oversized_image: "error" } },
      { type: "document", source: { type: "text", media_type: "text/plain", data: "d" }, citations: { enabled: true } },
      { type: "search_result", source: "s", title: "t", content: [{ type: "text", text: "x" }] },
      { type: "thinking", thinking: "t", signature: "s" },
      { type: "redacted_thinking", data: "d" },
      { type: "tool_use", id: "i", name: "n", input: {}, cache_control: null },
      {
        type: "tool_result",
        tool_use_id: "i",
        content: [
          { type: "tool_reference", tool_name: "t" },
          { type: "browser_state", tabs: [{ tab_id: "1", title: "t", url: "u", active: true }] },
          { type: "search_result", source: "s", title: "t", content: [] }
        ]
      },
      { type: "server_tool_use", id: "i", name: "web_search", input: {} },
      { type: "web_search_tool_result", tool_use_id: "i", content: [] },
      {
        type: "web_fetch_tool_result",
        tool_use_id: "i",
        content: { type: "web_fetch_tool_result_error", error_code: "unavailable" }
      },
      {
        type: "code_execution_tool_result",
        tool_use_id: "i",
        content: { type: "code_execution_result", stdout: "", stderr: "", return_code: 0, content: [] }
      },
      {
        type: "bash_code_execution_tool_result",
        tool_use_id: "i",
        content: { type: "bash_code_execution_result", stdout: "", stderr: "", return_code: 0, content: [] }
      },
      {
        type: "text_editor_code_execution_tool_result",
        tool_use_id: "i",
        content: { type: "text_editor_code_execution_create_result", is_file_update: true }
      },
      {
        type: "tool_search_tool_result",
        tool_use_id: "i",
        content: { type: "tool_search_tool_search_result", tool_references: [] }
      },
      { type: "container_upload", file_id: "f", cache_control: cc }
    ]
    const tools: ReadonlyArray<Messages.AnyToolParam> = [
      { name: "mine", input_schema: { type: "object" }, strict: true, input_examples: [{}] },
      { type: "bash_20250124", name: "bash" },
      { type: "text_editor_20250124", name: "str_replace_editor" },
      { type: "text_editor_20250429", name: "str_replace_based_edit_tool" },
      { type: "text_editor_20250728", name: "str_replace_based_edit_tool", max_characters: 10 },
      { type: "memory_20250818", name: "memory", defer_loading: true },
      { type: "browser_toolset_20260801", configs: { zoom: { enabled: false }, find: null } },
      { type: "computer_toolset_20260801", cache_control: cc },
      { type: "code_execution_20250522", name: "code_execution" },
      { type: "code_execution_20260521", name: "code_execution", allowed_callers: ["direct"] },
      { type: "web_search_20250305", name: "web_search", max_uses: 3 },
      { type: "web_search_20260318", name: "web_search", response_inclusion: "full", allowed_domains: ["a.example"] },
      { type: "web_fetch_20250910", name: "web_fetch", max_content_tokens: 10 },
      { type: "web_fetch_20260309", name: "web_fetch", use_cache: false },
      {
        type: "web_fetch_20260318",
        name: "web_fetch",
        url_sources: {
          user_input: { type: "none" },
          server_tool_results: { type: "only", tools: [{ type: "tool_reference", name: "web_search" }] }
        }
      },
      { type: "tool_search_tool_bm25", name: "tool_search_tool_bm25" },
      { type: "tool_search_tool_regex_20251119", name: "tool_search_tool_regex" }
    ]
    accepts({
      model: "claude-opus-5-5",
      max_tokens: 0,
      messages: [
        Messages.user(blocks),
        { role: "assistant", content: "a" },
        Messages.system([{ type: "text", text: "s" }])
      ],
      system: [{ type: "text", text: "s", cache_control: { type: "ephemeral" } }],
      stop_sequences: ["x"],
      thinking: { type: "enabled", budget_tokens: 1024, display: "omitted" },
      tools,
      tool_choice: { type: "tool", name: "mine", disable_parallel_tool_use: true },
      output_config: { effort: "max", format: { type: "json_schema", schema: { type: "object" } } },
      cache_control: null,
      container: { id: null, skills: [{ type: "anthropic", skill_id: "pdf", version: "latest" }] },
      diagnostics: { previous_message_id: null },
      inference_geo: "us",
      metadata: { user_id: null },
      service_tier: "standard_only",
      speed: "fast"
    })
    assert.lengthOf(new Set(blocks.map(({ type }) => type)), 16)
  })

  it("refuse what is misspelled or not of the API", () => {
    // @ts-expect-error a field that does not exist
    accepts({ ...params, stop_sequence: "x" })
    // @ts-expect-error a model is missing
    accepts({ max_tokens: 1, messages: [] })
    // @ts-expect-error sampling parameters are no longer taken
    accepts({ ...params, temperature: 1 })
    accepts({
      ...params,
      messages: [
        // @ts-expect-error a block with a misspelled field
        { role: "user", content: [{ type: "text", txt: "x" }] },
        // @ts-expect-error a block of no kind
        { role: "user", content: [{ type: "txt", text: "x" }] }
      ]
    })
    // @ts-expect-error a system message holds text only
    accepts({ ...params, messages: [{ role: "system", content: [{ type: "redacted_thinking", data: "x" }] }] })
    // @ts-expect-error a tool of another version
    accepts({ ...params, tools: [{ type: "web_search_20250305", name: "web_search", response_inclusion: "full" }] })
    accepts(Messages.withExtra(params, { temperature: 1 }))
  })

  it("narrow by type in answers", () => {
    const name = (block: Messages.ContentBlock): string => {
      switch (block.type) {
        case "text":
          return block.text
        case "tool_use":
          return block.name
        case "unknown":
          return String(block.raw.type)
        default:
          return block.type
      }
    }
    const piece = (event: Messages.MessageEvent): string =>
      event.type === "content_block_delta" && event.delta.type === "text_delta" ? event.delta.text : ""
    assert.strictEqual(name(Messages.raw({ type: "strange" })), "strange")
    assert.strictEqual(piece({ type: "message_stop" }), "")
  })
})
