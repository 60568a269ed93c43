// What is taken out of texts, and what stays: an error has to be readable.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Files from "effect-anthropic/Files"
import * as Models from "effect-anthropic/Models"
import { answering, apiError, assertFields, using } from "../support/fakeClient.ts"

const failing = (apiKey: string, ...error: Parameters<typeof apiError>) =>
  Effect.flip(Models.retrieve("m").pipe(using(answering(apiError(...error)), { apiKey, retry: { maxRetries: 0 } })))

describe("a short credential", () => {
  it.effect("is not redacted in messages, ids, codes and types", () =>
    Effect.gen(function* () {
      const message = "file file_test_latest of test is too old, tested by the tester"
      for (const apiKey of ["test", "k", "file", "too old"]) {
        if (apiKey.includes(" ")) continue
        const fake = answering(
          apiError(404, "not_found_error", {
            message,
            request_id: "req_test",
            details: { error_code: "file_expired", file: "file_test_latest" }
          })
        )
        const error = yield* Effect.flip(Files.retrieve("f").pipe(using(fake, { apiKey })))
        assertFields(error, {
          _tag: "NotFoundError",
          description: message,
          type: "not_found_error",
          errorCode: "file_expired",
          requestId: "req_test",
          details: { error_code: "file_expired", file: "file_test_latest" }
        })
      }
    })
  )

  it.effect("of eight characters is redacted only as a whole word", () =>
    Effect.gen(function* () {
      const error = yield* failing("testtest", 400, "invalid_request_error", {
        message: "no testtest, (testtest) or testtest: but file_testtest_1 and testtest2"
      })
      assertFields(error, {
        description: "no <redacted>, (<redacted>) or <redacted>: but file_testtest_1 and testtest2"
      })
    })
  )
})

describe("a credential that is a word of the API", () => {
  it.effect("is not redacted in codes and types, and does not change the class of the error", () =>
    Effect.gen(function* () {
      const details = { error_code: "enforced_spend_limit_reached" }
      for (const apiKey of ["rate_limit_error", "enforced_spend_limit_reached", "overloaded_error"]) {
        const limited = yield* failing(apiKey, 429, "rate_limit_error", { details })
        assertFields(limited, { _tag: "RateLimitError", type: "rate_limit_error", details, isRetryable: false })
        assertFields(limited, { errorCode: "enforced_spend_limit_reached" })
        assertFields(yield* failing(apiKey, 529, "overloaded_error"), {
          _tag: "OverloadedError",
          type: "overloaded_error"
        })
      }
    })
  )
})

describe("a long credential", () => {
  const key = "sk-ant-api03-0123456789abcdefABCDEF"

  it.effect("is redacted everywhere, also in the middle of words", () =>
    Effect.gen(function* () {
      const error = yield* failing(key, 400, `x_${key}`, {
        message: `file_${key}_1, ${key}`,
        request_id: `req_${key}`,
        details: { error_code: `code_${key}`, [`field_${key}`]: [`value_${key}`, { deep: key }] }
      })
      assert.notInclude(JSON.stringify(error), key)
      assertFields(error, {
        description: "file_<redacted>_1, <redacted>",
        type: "x_<redacted>",
        errorCode: "code_<redacted>",
        requestId: "req_<redacted>"
      })
    })
  )

  it.effect("is not redacted where only its beginning appears", () =>
    Effect.gen(function* () {
      const error = yield* failing(key, 400, "invalid_request_error", {
        message: "sk-ant-api03-0123 is not a key of ours; sk-ant-"
      })
      assertFields(error, { description: "sk-ant-api03-0123 is not a key of ours; sk-ant-" })
    })
  )
})
