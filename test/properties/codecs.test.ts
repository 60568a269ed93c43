// What the API sends survives storage: decoded, written as JSON, read back it is the same, and what is sent back is what came.
import { assert, describe, it } from "@effect/vitest"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Batches from "effect-anthropic/Batches"
import * as Files from "effect-anthropic/Files"
import * as Messages from "effect-anthropic/Messages"
import * as Models from "effect-anthropic/Models"
import { restoreUnknown } from "../../src/schema/restore.ts"
import { wireMessage } from "../support/batches.ts"
import { fields } from "../support/blocks.ts"
import { Extras, Int, Mutation, mutated, parsed, survives } from "../support/survives.ts"

const Input = {
  mutations: Schema.Array(Mutation).check(Schema.isMaxLength(6)),
  extras: Extras,
  usage: Extras,
  text: Schema.String,
  tokens: Int(0, 1_000_000)
}

const wireOf = ({
  extras,
  mutations,
  text,
  tokens,
  usage
}: { readonly [K in keyof typeof Input]: (typeof Input)[K]["Type"] }) =>
  parsed({
    ...extras,
    ...wireMessage(text, {
      ...fields,
      content: [{ type: "text", text }, ...mutations.map(mutated)],
      stop_reason: text,
      usage: { ...usage, ...fields.usage, input_tokens: tokens }
    })
  })

describe("an answer with unknown blocks, fields and values", () => {
  it.prop("is restored from JSON, and is sent back unchanged", Input, (input) => {
    const wire = wireOf(input)
    const message = survives(Messages.Message, wire)
    assert.include(Messages.text(message), input.text)
    const sent = JSON.stringify({ messages: [Messages.assistant(message)] })
    for (const kept of [message, structuredClone(message), parsed(structuredClone(message))]) {
      const { params, wrong } = restoreUnknown({ messages: [Messages.assistant(kept)] })
      assert.deepStrictEqual(wrong, [])
      assert.strictEqual(JSON.stringify(params), sent)
    }
    // The input of a call that is no object goes back as one.
    const isKept = message.content.every((block) => !("input" in block) || Predicate.isReadonlyObject(block.input))
    const asReceived = JSON.stringify({ messages: [{ role: "assistant", content: wire.content }] })
    if (isKept) assert.strictEqual(sent, asReceived)
    const clone = structuredClone(message)
    assert.isTrue(Schema.is(Messages.Message)(clone))
    assert.deepStrictEqual(Schema.decodeUnknownSync(Messages.Message)(parsed(clone)), message)
    assert.deepStrictEqual<unknown>(Schema.encodeSync(Messages.Message)(clone), wire)
    for (const block of wire.content) survives(Messages.ContentBlock, block)
    survives(Messages.Usage, wire.usage)
  })

  it.prop("is restored from JSON as the result of a batch and in the events of a stream", Input, (input) => {
    const message = wireOf(input)
    const [, block] = message.content
    survives(Batches.MessageBatchIndividualResponse, {
      ...input.extras,
      custom_id: input.text,
      result: { ...input.usage, type: "succeeded", message }
    })
    survives(Batches.MessageBatchResult, { ...input.extras, type: `new ${input.text}` })
    for (const event of [
      { ...input.extras, type: "message_start", message },
      { ...input.extras, type: "content_block_start", index: 0, content_block: block ?? { type: "text", text: "" } },
      { ...input.extras, type: "content_block_delta", index: 0, delta: { ...input.usage, type: `new ${input.text}` } },
      {
        ...input.extras,
        type: "message_delta",
        delta: { ...input.usage, stop_reason: input.text, container: fields.container },
        usage: { ...input.usage, output_tokens: 1 }
      },
      { ...input.extras, type: `new ${input.text}` }
    ]) {
      survives(Messages.MessageEvent, parsed(event))
    }
  })
})

describe("a resource with unknown fields", () => {
  const Resource = { extras: Extras, text: Schema.String, at: Schema.DateTimeUtc, isNull: Schema.Boolean }

  it.prop("is restored from JSON unchanged", Resource, ({ at, extras, isNull, text }) => {
    // RFC 3339 has four digits for the year.
    const date = new Date(Math.abs(at.epochMilliseconds) % 4_000_000_000_000).toISOString()
    const timestamp = isNull ? null : date
    const counts = { processing: 1, succeeded: 0, errored: 0, canceled: 0, expired: 0 }
    survives(Batches.MessageBatch, {
      ...extras,
      id: text,
      type: "message_batch",
      processing_status: text,
      request_counts: { ...extras, ...counts },
      created_at: date,
      expires_at: date,
      ended_at: timestamp,
      cancel_initiated_at: null,
      archived_at: timestamp,
      results_url: isNull ? null : text
    })
    survives(Batches.DeletedMessageBatch, { ...extras, id: text, type: "message_batch_deleted" })
    survives(Files.FileMetadata, {
      ...extras,
      id: text,
      type: "file",
      filename: text,
      mime_type: text,
      size_bytes: 1,
      created_at: date,
      downloadable: isNull,
      expires_at: timestamp
    })
    survives(Files.DeletedFile, { ...extras, id: text, type: "file_deleted" })
    const capabilities = { ...extras, batch: { ...extras, supported: isNull }, effort: null }
    survives(Models.ModelInfo, {
      ...extras,
      id: text,
      type: "model",
      display_name: text,
      created_at: date,
      line: text,
      lifecycle: text,
      retires_at: timestamp,
      max_tokens: isNull ? null : 1,
      capabilities
    })
    survives(Models.ModelCapabilities, capabilities)
    survives(Models.ModelLine, text)
    survives(Messages.StopReason, text)
    survives(Messages.MessageTokensCount, { ...extras, input_tokens: 1 })
  })
})
