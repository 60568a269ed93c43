// Parameters of a message with all that they may hold: a block, a tool and a field of every kind.
import * as Messages from "effect-anthropic/Messages"

const cc = { type: "ephemeral", ttl: "1h" } as const

/** A block of every kind that may be sent. */
export const blockParams: ReadonlyArray<Messages.ContentBlockParam> = [
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

/** A tool of every kind. */
export const toolParams: ReadonlyArray<Messages.AnyToolParam> = [
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

/** Parameters with every field. */
export const wholeParams: Messages.MessageParams = {
  model: "claude-opus-5-5",
  max_tokens: 0,
  messages: [
    Messages.user(blockParams),
    { role: "assistant", content: "a" },
    Messages.system([{ type: "text", text: "s" }])
  ],
  system: [{ type: "text", text: "s", cache_control: { type: "ephemeral" } }],
  stop_sequences: ["x"],
  thinking: { type: "enabled", budget_tokens: 1024, display: "omitted" },
  tools: toolParams,
  tool_choice: { type: "tool", name: "mine", disable_parallel_tool_use: true },
  output_config: { effort: "max", format: { type: "json_schema", schema: { type: "object" } } },
  cache_control: null,
  container: { id: null, skills: [{ type: "anthropic", skill_id: "pdf", version: "latest" }] },
  diagnostics: { previous_message_id: null },
  inference_geo: "us",
  metadata: { user_id: null },
  service_tier: "standard_only",
  speed: "fast"
}
