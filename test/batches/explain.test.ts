import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Batches from "effect-anthropic/Batches"
import { wireMessage } from "../support/batches.ts"

const decode = Schema.decodeUnknownSync(Batches.MessageBatchIndividualResponse)

const explain = (result: object) => Batches.explain(decode({ custom_id: "a", result }).result)

const succeeded = (fields: Record<string, unknown>) =>
  explain({ type: "succeeded", message: wireMessage("Hi", fields) })

const errored = (type: string, message = "no", details?: object) =>
  explain({
    type: "errored",
    error: { type: "error", error: { type, message, ...(details && { details }) }, request_id: null }
  })

describe("Batches.explain", () => {
  it("describes how an answer ended, and says not to retry it", () => {
    for (const [fields, description] of [
      [{ stop_reason: "end_turn" }, "answered"],
      [{ stop_reason: "stop_sequence" }, "answered"],
      [{ stop_reason: "tool_use" }, "answered with a tool call"],
      [
        { stop_reason: "max_tokens" },
        "the answer is cut off at `max_tokens`: send the request with a larger `max_tokens`"
      ],
      [
        { stop_reason: "model_context_window_exceeded" },
        "the answer is cut off because the context window is full: send a shorter request"
      ],
      [
        { stop_reason: "pause_turn" },
        "the answer is unfinished (`pause_turn`): send it back as an assistant turn to continue"
      ],
      [{ stop_reason: "refusal" }, "the model refused"],
      [
        { stop_reason: "refusal", stop_details: { type: "refusal", category: null, explanation: null } },
        "the model refused"
      ],
      [
        {
          stop_reason: "refusal",
          stop_details: { type: "refusal", category: "cyber", explanation: "It is\nmalware." }
        },
        "the model refused (cyber): It is malware."
      ],
      [{ stop_reason: "resting" }, "answered with the stop reason resting"],
      [{ stop_reason: null }, "answered with the stop reason null"]
    ] as const) {
      assert.deepStrictEqual(succeeded(fields), { description, isRetryable: false })
    }
  })

  it("says to retry errors that may pass, and no others", () => {
    for (const type of ["overloaded_error", "api_error", "timeout_error", "rate_limit_error"]) {
      assert.deepStrictEqual(errored(type, "Try\nlater"), {
        description: `errored with ${type}: Try later`,
        isRetryable: true
      })
    }
    for (const type of [
      "invalid_request_error",
      "authentication_error",
      "billing_error",
      "permission_error",
      "not_found_error",
      "request_too_large",
      "new_error",
      "constructor"
    ]) {
      assert.deepStrictEqual(errored(type), { description: `errored with ${type}: no`, isRetryable: false })
    }
  })

  it("says not to retry a request that a spend limit stopped", () => {
    assert.isFalse(errored("rate_limit_error", "no", { error_code: "enforced_spend_limit_reached" }).isRetryable)
    assert.isTrue(errored("rate_limit_error", "no", { error_code: "ramp_limit_exceeded" }).isRetryable)
    assert.isTrue(errored("rate_limit_error", "no", { error_code: "constructor" }).isRetryable)
  })

  it("says to retry a canceled or expired request, but not a result of an unknown type", () => {
    assert.deepStrictEqual(explain({ type: "canceled" }), {
      description: "canceled before it was processed",
      isRetryable: true
    })
    assert.deepStrictEqual(explain({ type: "expired" }), {
      description: "expired before it was processed",
      isRetryable: true
    })
    assert.deepStrictEqual(explain({ type: "postponed", until: 5 }), {
      description: `a result of the unknown type "postponed"`,
      isRetryable: false
    })
  })

  it("begins the description of a line of results with its id", () => {
    assert.deepStrictEqual(Batches.explain(decode({ custom_id: "r-17", result: { type: "expired" } })), {
      description: "r-17: expired before it was processed",
      isRetryable: true
    })
  })

  it("returns a description of one line with at most 500 characters", () => {
    const { description } = errored("api_error", "long\r\nand\tlonger ".repeat(100))
    assert.lengthOf(description, 500)
    assert.notMatch(description, /[\r\n\t]/)
    assert.isTrue(description.endsWith("…"))
  })
})
