import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as Messages from "effect-anthropic/Messages"

export const model = {
  type: "model",
  id: "claude-test-1",
  display_name: "Test One",
  created_at: "2026-01-01T00:00:00Z"
}

export const page = (...data: ReadonlyArray<unknown>) => ({ data, has_more: false, first_id: null, last_id: null })

export const batch = {
  id: "msgbatch_test",
  type: "message_batch",
  processing_status: "in_progress",
  request_counts: { processing: 1, succeeded: 0, errored: 0, canceled: 0, expired: 0 },
  created_at: "2026-01-01T00:00:00Z",
  expires_at: "2026-01-02T00:00:00Z",
  ended_at: null,
  cancel_initiated_at: null,
  archived_at: null,
  results_url: null
}

/** Requests of a batch, each with about `length` characters of text. */
export const requests = (count: number, length = 5) =>
  Array.from({ length: count }, (_, index) =>
    BatchRequest.make(`r-${index}`, {
      model: "claude-haiku-5-5",
      max_tokens: 16,
      messages: [Messages.user("x".repeat(length))]
    })
  )
