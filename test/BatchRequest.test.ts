import { assert, describe, it } from "@effect/vitest"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as Messages from "effect-anthropic/Messages"

const params = { model: "claude-haiku-5-5", max_tokens: 1, messages: [Messages.user("Hi")] }

describe("BatchRequest", () => {
  it("is plain data with the field names of the API", () => {
    const request = BatchRequest.make("a", params)
    assert.deepStrictEqual(request, { custom_id: "a", params })
    assert.strictEqual(request.params, params)
  })

  it("check finds no issue in a request that the API takes", () => {
    for (const id of ["a", "Z_9-", "x".repeat(64)])
      assert.deepStrictEqual(BatchRequest.check(BatchRequest.make(id, params)), [])
    const more = {
      ...params,
      stream: false,
      speed: null,
      max_tokens: 300_000,
      temperature: 5,
      anything: { at: ["all"] }
    }
    assert.deepStrictEqual(BatchRequest.check(BatchRequest.make("a", more)), [])
  })

  it("check returns the path of each issue", () => {
    const bad = { ...params, stream: true, speed: "fast", max_tokens: 0 } as const
    assert.deepStrictEqual(
      BatchRequest.check(BatchRequest.make("a b", bad)).map(({ path }) => path),
      ["custom_id", "params.stream", "params.speed", "params.max_tokens"]
    )
  })

  it("exports the limits of a batch: 100 000 requests and 256 MB", () => {
    assert.deepStrictEqual([BatchRequest.maxRequests, BatchRequest.maxBytes], [100_000, 256_000_000])
  })
})
