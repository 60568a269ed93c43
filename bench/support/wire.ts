// Answers as the API writes them.
/** A batch as the API writes it. */
export const batch = (baseUrl: string, processing: number, succeeded: number) => ({
  id: "msgbatch_01bench",
  type: "message_batch",
  processing_status: succeeded === 0 ? "in_progress" : "ended",
  request_counts: { processing, succeeded, errored: 0, canceled: 0, expired: 0 },
  created_at: "2026-11-01T10:00:00.123456Z",
  expires_at: "2026-11-02T10:00:00.123456Z",
  ended_at: succeeded === 0 ? null : "2026-11-01T11:00:00.123456Z",
  cancel_initiated_at: null,
  archived_at: null,
  results_url: succeeded === 0 ? null : `${baseUrl}/v1/messages/batches/msgbatch_01bench/results`
})

const prose =
  'The reviewer praises the "quiet" hinge and the screen, yet finds the keyboard shallow;\nover all it is positive. '

export const text = (length: number): string => prose.repeat(Math.ceil(length / prose.length)).slice(0, length)

/** Blocks as models write them: reasoning and an answer, with a citation or a tool call on some. */
const content = (index: number) => [
  { type: "thinking", thinking: text(450), signature: "EqQBCgIYAhIM1gbcDa9GJwZA2b3h".repeat(8) },
  {
    type: "text",
    text: text(500),
    citations:
      index % 3 === 0
        ? [
            {
              type: "char_location",
              cited_text: text(80),
              document_index: 0,
              document_title: "review",
              file_id: null,
              start_char_index: 120,
              end_char_index: 200
            }
          ]
        : null
  },
  ...(index % 2 === 0
    ? [
        {
          type: "tool_use",
          id: `toolu_${index}`,
          name: "record_verdict",
          input: { verdict: "positive", stars: 4, topics: ["hinge", "screen", "keyboard"] },
          caller: { type: "direct" }
        }
      ]
    : [])
]

/** A message with every field that is common today. */
export const message = (content: ReadonlyArray<object>) => ({
  id: "msg_01bench",
  type: "message",
  role: "assistant",
  model: "claude-haiku-5-5",
  content,
  stop_reason: "end_turn",
  stop_sequence: null,
  stop_details: null,
  container: null,
  usage: {
    input_tokens: 812,
    output_tokens: 264,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 640,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    output_tokens_details: { thinking_tokens: 118 },
    server_tool_use: null,
    service_tier: "batch",
    inference_geo: "not_available",
    speed: "standard"
  }
})

/** One line of results: a message, and a field that no version knows. */
export const resultLine = (index: number, blocks: ReadonlyArray<object> = content(index)): string =>
  JSON.stringify({
    custom_id: `review-${index}`,
    result: {
      type: "succeeded",
      message: { ...message(blocks), id: `msg_01${index}`, field_of_tomorrow: { kept: true } }
    }
  })

/** One line of results of about 270 bytes: a verdict in one word. */
export const shortResultLine = (index: number): string =>
  JSON.stringify({
    custom_id: `review-${index}`,
    result: {
      type: "succeeded",
      message: {
        id: `msg_01${index}`,
        type: "message",
        role: "assistant",
        model: "claude-haiku-5-5",
        content: [{ type: "text", text: "positive" }],
        stop_reason: "end_turn",
        stop_sequence: null,
        usage: { input_tokens: 812, output_tokens: 4 }
      }
    }
  })

/** A model as the API writes it. */
export const model = (id: string) => ({
  type: "model",
  id,
  display_name: "Claude Haiku 5.5",
  created_at: "2026-08-12T00:00:00Z",
  max_input_tokens: 1_000_000,
  max_tokens: 128_000
})
