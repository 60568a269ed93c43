// Blocks and fields of an answer as the API writes them: one of every kind, with all that it may hold.
const error = (prefix: string) => ({ type: `${prefix}_error`, error_code: "unavailable", error_message: null })
const location = { cited_text: "c", document_index: 0, document_title: null, file_id: null }

/** A block of every kind, with all that it may hold. */
export const blocks: ReadonlyArray<{ readonly type: string; readonly [field: string]: unknown }> = [
  {
    type: "text",
    text: "t",
    citations: [
      { type: "char_location", ...location, start_char_index: 0, end_char_index: 1 },
      { type: "page_location", ...location, start_page_number: 1, end_page_number: 2 },
      { type: "content_block_location", ...location, start_block_index: 0, end_block_index: 1 },
      {
        type: "search_result_location",
        cited_text: "c",
        search_result_index: 0,
        source: "s",
        title: null,
        start_block_index: 0,
        end_block_index: 1
      },
      { type: "web_search_result_location", cited_text: "c", url: "u", title: "t", encrypted_index: "e" },
      { type: "dream_location", depth: 3 }
    ]
  },
  { type: "text", text: "t", citations: null },
  { type: "thinking", thinking: "t", signature: "s" },
  { type: "redacted_thinking", data: "d" },
  { type: "tool_use", id: "i", name: "n", input: { a: [1] }, caller: { type: "direct" }, toolset_name: "set" },
  { type: "tool_use", id: "i", name: "n", input: null, caller: { type: "code_execution_20260120", tool_id: "t" } },
  {
    type: "server_tool_use",
    id: "i",
    name: "web_search",
    input: {},
    caller: { type: "code_execution_20990101", x: 1 }
  },
  {
    type: "web_search_tool_result",
    tool_use_id: "i",
    caller: { type: "direct" },
    content: [{ type: "web_search_result", url: "u", title: "t", encrypted_content: "e", page_age: null }]
  },
  { type: "web_search_tool_result", tool_use_id: "i", content: error("web_search_tool_result") },
  {
    type: "web_fetch_tool_result",
    tool_use_id: "i",
    content: {
      type: "web_fetch_result",
      url: "u",
      retrieved_at: null,
      content: {
        type: "document",
        source: { type: "base64", media_type: "application/pdf", data: "" },
        title: null,
        citations: { enabled: true }
      }
    }
  },
  { type: "web_fetch_tool_result", tool_use_id: "i", content: error("web_fetch_tool_result") },
  {
    type: "code_execution_tool_result",
    tool_use_id: "i",
    content: {
      type: "code_execution_result",
      stdout: "",
      stderr: "",
      return_code: 0,
      content: [{ type: "code_execution_output", file_id: "f" }]
    }
  },
  {
    type: "code_execution_tool_result",
    tool_use_id: "i",
    content: { type: "encrypted_code_execution_result", encrypted_stdout: "", stderr: "", return_code: 1, content: [] }
  },
  { type: "code_execution_tool_result", tool_use_id: "i", content: error("code_execution_tool_result") },
  {
    type: "bash_code_execution_tool_result",
    tool_use_id: "i",
    content: {
      type: "bash_code_execution_result",
      stdout: "",
      stderr: "",
      return_code: 0,
      content: [{ type: "bash_code_execution_output", file_id: "f" }]
    }
  },
  ...[
    { type: "view_result", content: "c", file_type: "text", num_lines: 1, start_line: null, total_lines: null },
    { type: "create_result", is_file_update: true },
    { type: "str_replace_result", lines: ["l"], old_start: 1, old_lines: 1, new_start: 1, new_lines: null }
  ].map(({ type, ...fields }) => ({
    type: "text_editor_code_execution_tool_result",
    tool_use_id: "i",
    content: { type: `text_editor_code_execution_${type}`, ...fields }
  })),
  {
    type: "tool_search_tool_result",
    tool_use_id: "i",
    content: { type: "tool_search_tool_search_result", tool_references: [{ type: "tool_reference", tool_name: "n" }] }
  },
  { type: "container_upload", file_id: "f" }
]

export const fields = {
  stop_details: { type: "refusal", category: "cyber", explanation: null },
  container: { id: "c", expires_at: "2026-01-01T00:00:00Z", skills: [{ type: "custom", skill_id: "s", version: "1" }] },
  diagnostics: { cache_miss_reason: { type: "tools_changed", cache_missed_input_tokens: 5 } },
  usage: {
    input_tokens: 1,
    output_tokens: 2,
    cache_creation_input_tokens: null,
    cache_read_input_tokens: 3,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    output_tokens_details: { thinking_tokens: 1 },
    server_tool_use: { web_search_requests: 1, web_fetch_requests: 0 },
    service_tier: "batch",
    inference_geo: null,
    speed: "warp"
  }
}
