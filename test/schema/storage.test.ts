// Every schema that a public module exports survives storage, whatever module it is of: none can be forgotten here.
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as Duration from "effect/Duration"
import * as Equal from "effect/Equal"
import * as Schema from "effect/Schema"
import * as AnthropicError from "effect-anthropic/AnthropicError"
import * as BatchRun from "effect-anthropic/BatchRun"
import * as BatchWorkflow from "effect-anthropic/BatchWorkflow"
import * as Journal from "effect-anthropic/Journal"
import * as Models from "effect-anthropic/Models"
import * as Pool from "effect-anthropic/Pool"
import * as Pricing from "effect-anthropic/Pricing"
import { wireMessage } from "../support/batches.ts"
import { blocks, fields } from "../support/blocks.ts"
import { samples } from "../support/errors.ts"
import { freeze, parsed, survives } from "../support/survives.ts"

const at = "2026-01-01T00:00:00.000Z"

/** A field, a value and a member that no version knows. */
const later = { field_of_tomorrow: { deep: [1, null, { type: "later" }] } }
const hologram = { type: "hologram", ...later }

const message = wireMessage("Hello", { ...fields, ...later, content: [...blocks, hologram], stop_reason: "later" })
const counts = { processing: 1, succeeded: 0, errored: 0, canceled: 0, expired: 0, ...later }
const params = {
  model: "claude-haiku-5-5",
  max_tokens: 10,
  messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }],
  ...later
}
const actor = { type: "later", user_id: "u", name: null, ...later }
const period = { starting_at: at, ending_at: at }
const group = { model: "m", service_tier: "later", actor, ...later }
const limit = { id: "l", group: { id: "g", type: "later", display_name: "G", ...later }, models: ["m"] }

/** What the API sends, for every schema of it. */
const wire: { readonly [name: string]: ReadonlyArray<unknown> } = {
  "Batches.DeletedMessageBatch": [{ id: "b", type: "message_batch_deleted", ...later }],
  "Batches.MessageBatch": [
    {
      id: "b",
      type: "message_batch",
      processing_status: "later",
      request_counts: counts,
      created_at: at,
      expires_at: at,
      ended_at: null,
      cancel_initiated_at: null,
      archived_at: at,
      results_url: null,
      ...later
    }
  ],
  "Batches.MessageBatchIndividualResponse": [
    { custom_id: "a", result: { type: "succeeded", message }, ...later },
    { custom_id: "b", result: hologram }
  ],
  "Batches.MessageBatchResult": [{ type: "expired", ...later }, hologram],
  "BatchRequest.BatchRequest": [{ custom_id: "a", params, ...later }],
  "Files.DeletedFile": [{ id: "f", type: "file_deleted", ...later }],
  "Files.FileMetadata": [
    {
      id: "f",
      type: "file",
      filename: "a.txt",
      mime_type: "text/plain",
      size_bytes: 1,
      created_at: at,
      downloadable: false,
      ...later
    }
  ],
  "Messages.ContentBlock": [...blocks, hologram],
  "Messages.ContentBlockDelta": [{ type: "text_delta", text: "a", ...later }, hologram],
  "Messages.CountTokensParams": [params],
  "Messages.Message": [message],
  "Messages.MessageEvent": [{ type: "message_start", message, ...later }, hologram],
  "Messages.MessageParam": [{ role: "user", content: "Hello", ...later }],
  "Messages.MessageParams": [params],
  "Messages.MessageTokensCount": [{ input_tokens: 1, ...later }],
  "Messages.StopReason": ["end_turn", "later"],
  "Messages.Usage": [{ ...message.usage, ...later }],
  "Models.ModelCapabilities": [{ batch: { supported: true, ...later }, effort: null, ...later }],
  "Models.ModelInfo": [{ type: "model", id: "m", display_name: "M", created_at: at, line: "later", ...later }],
  "Models.ModelLifecycle": ["active", "later"],
  "Models.ModelLine": ["later"],
  "Organization.ApiKey": [
    {
      id: "k",
      name: "K",
      status: "later",
      created_at: at,
      principal: actor,
      scope: { type: "later", ...later },
      ...later
    }
  ],
  "Organization.OrganizationInfo": [{ id: "o", name: "O", ...later }],
  "Organization.RateLimit": [{ ...limit, limits: [{ type: "later", value: 1, ...later }], ...later }],
  "Organization.UsageRow": [
    {
      ...period,
      group,
      usage: {
        uncached_input_tokens: 1,
        output_tokens: 2,
        cache_read_input_tokens: 3,
        total_tokens: 6,
        cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0, ...later },
        ...later
      },
      ...later
    }
  ],
  "Organization.Workspace": [
    {
      id: "w",
      name: "W",
      created_at: at,
      archived_at: null,
      tags: { team: "later" },
      data_residency: { workspace_geo: "later", allowed_inference_geos: ["later"], ...later },
      ...later
    },
    { id: "w", name: "W", created_at: at, data_residency: { allowed_inference_geos: "unrestricted" } }
  ],
  "Organization.WorkspaceRateLimit": [
    {
      ...limit,
      id: undefined,
      rate_limit_id: "l",
      workspace_id: "w",
      limits: [{ type: "later", value: 1, org_limit: null, source: { type: "later", ...later }, ...later }],
      ...later
    }
  ],
  "Skills.DeletedSkill": [{ id: "s", type: "skill_deleted", ...later }],
  "Skills.DeletedSkillVersion": [{ id: "s", ...later }],
  "Skills.Skill": [
    {
      id: "s",
      type: "skill",
      display_name: "S",
      latest_version_id: "v",
      source: { type: "later", ...later },
      created_at: at,
      updated_at: at,
      ...later
    }
  ],
  "Skills.SkillVersion": [
    { id: "v", type: "skill_version", skill_id: "s", name: "S", description: "d", created_at: at, ...later }
  ]
}

const scope = { type: "later", workspace_id: "w", ...later }

/** What the API sends with exact amounts, of which `JSON.stringify` alone makes no JSON of the API. */
const amounts: { readonly [name: string]: ReadonlyArray<unknown> } = {
  "Organization.CostRow": [
    {
      ...period,
      group,
      cost: { amount: "1.5", list_amount: "12345678901234567890.25", currency: "USD", ...later },
      ...later
    }
  ],
  "Organization.SpendLimit": [
    { id: "l", amount: "100", currency: "USD", period: "later", scope, created_at: at, ...later },
    { id: "l", amount: null, currency: "USD", period: "month", is_enabled: null, scope }
  ],
  "Organization.SpendSummary": [
    { actor, amount: null, period_to_date_spend: "0.125", currency: "USD", period: "month", source: scope, ...later }
  ]
}

const tally = {
  items: 1,
  outcomes: { Succeeded: 1, Invalid: 0, Incomplete: 0, Errored: 0, Canceled: 0, Expired: 0, Missing: 0, Unsent: 0 },
  usage: { input: 1, cacheWrite: 0, cacheRead: 0, output: 2 },
  cost: BigDecimal.fromStringUnsafe("0.0125"),
  savedByBatch: BigDecimal.fromStringUnsafe("0"),
  unpriced: 0,
  retried: 0
}

/** Values of this package's own, for every schema of them. */
const values: { readonly [name: string]: ReadonlyArray<unknown> } = {
  "BatchWorkflow.Payload": [
    { runId: "r", source: "s" },
    { runId: "r", source: "s", options: { budget: { limit: "1.5" } } }
  ],
  "BatchWorkflow.RunOptions": [{}, { window: { batches: 1, queuedBatchRequests: 2 }, retry: { times: 0 } }],
  "BatchWorkflow.RunResult": [{ runId: "r", ...tally, batches: 1, paidTwice: ["b"], location: "l" }]
}

const place = { batchId: "b", customId: "a" }
const cause = new AnthropicError.ConnectionError({ operation: "o", phase: "body", description: "d" })

/** One or more of every error. */
const errors: ReadonlyArray<Error> = [
  ...samples,
  new BatchRun.ItemsChangedError({ runId: "r", reason: "fewer", from: 1, to: 2 }),
  new BatchRun.OutcomeFileError({ path: "p", reason: "corrupt", description: "d" }),
  new BatchRun.RunOptionsError({ option: "window", description: "d" }),
  new BatchRun.WorkspaceMismatchError({ runId: "r", expected: "a", received: "b" }),
  new BatchWorkflow.PayloadMismatchError({ runId: "r" }),
  new BatchWorkflow.SourceLineError({ path: "p", line: 1 }),
  new BatchWorkflow.StepFailedError({ runId: "r", step: "plan", error: "E", isRetryable: false, resumed: 0 }),
  new BatchWorkflow.StepFailedError({
    runId: "r",
    step: "create",
    chunk: 3,
    error: "E",
    isRetryable: true,
    requestId: "req_1",
    resumed: 1
  }),
  new Journal.JournalError({ runId: "r", reason: "newer", description: "d" }),
  new Journal.RunLockedError({ runId: "r", owner: 1 }),
  new Journal.RunTakenOverError({ runId: "r" }),
  new Models.NoModelError({
    considered: 1,
    nearest: [{ model: "m", reasons: [{ need: "n", verdict: "unmet", description: "d" }] }]
  }),
  new Pool.AnswerMissingError({ ...place, reason: "deleted" }),
  new Pool.AnswerUnreadError({ ...place, cause }),
  new Pool.AnswerUnreadError({
    ...place,
    cause: new AnthropicError.WatchTimeoutError({ batchId: "b", elapsed: Duration.hours(25), reason: "timeout" })
  }),
  new Pool.PoolClosedError({ wasSent: false }),
  new Pool.PoolClosedError({ wasSent: true, batchId: undefined, customId: "a" }),
  new Pool.PoolClosedError({ wasSent: true, ...place }),
  new Pool.PoolOptionsError({ option: "o", description: "d" }),
  new Pool.RequestCanceledError(place),
  new Pool.RequestExpiredError(place),
  new Pricing.InvalidUsageError({ field: "f", description: "d" }),
  new Pricing.UnboundedCostError({ path: "p", option: undefined, description: "d" }),
  new Pricing.UnboundedCostError({ path: "p", option: "toolUses", description: "d" }),
  new Pricing.UnknownPriceError({ model: "m", reason: "date", description: "d" })
]

type AnySchema = Schema.Codec<unknown, unknown>

const isCodec = (value: unknown): value is AnySchema => Schema.isSchema(value)

const isClass = (schema: AnySchema): boolean => "prototype" in schema && schema.prototype instanceof Error

const exported = async (): Promise<ReadonlyArray<readonly [string, AnySchema]>> => {
  const { exports } = JSON.parse(readFileSync("package.json", "utf8"))
  const names = Object.keys(exports).flatMap((path) => /^\.\/([A-Z]\w+)$/.exec(path)?.[1] ?? [])
  const found = await Promise.all(
    names.map(async (name) => {
      const module: object = await import(/* @vite-ignore */ `../../src/${name}.ts`)
      return Object.entries(module).flatMap(([key, value]) =>
        isCodec(value) ? [[`${name}.${key}`, value] as const] : []
      )
    })
  )
  return found.flat()
}

const schemas = await exported()

/** Writes a value as JSON text and reads it back: it is equal, and so is its JSON. */
const storedAndRead = (schema: AnySchema, value: unknown): void => {
  const before = JSON.stringify(value)
  assert.isTrue(Schema.is(schema)(value))
  const codec = Schema.fromJsonString(Schema.toCodecJson(schema))
  const text = Schema.encodeSync(codec)(value)
  const restored = Schema.decodeSync(codec)(text)
  // A `BigDecimal` keeps what it has computed, so that two equal ones may differ in their fields.
  if (value instanceof Error) assert.deepStrictEqual(restored, value)
  else assert.isTrue(Equal.equals(restored, value))
  assert.strictEqual(Schema.encodeSync(codec)(restored), text)
  assert.strictEqual(JSON.stringify(value), before)
}

describe("a schema that a public module exports", () => {
  it("has a value in these tests, or is a schema of errors", () => {
    const isError = (schema: AnySchema) => isClass(schema) || errors.some(Schema.is(schema))
    const named = new Set([...Object.keys(wire), ...Object.keys(amounts), ...Object.keys(values)])
    assert.deepStrictEqual(
      schemas.flatMap(([name, schema]) => (named.has(name) || isError(schema) ? [] : [name])),
      []
    )
    const known = new Set(schemas.map(([name]) => name))
    assert.deepStrictEqual(
      [...named].filter((name) => !known.has(name)),
      []
    )
  })

  for (const [name, schema] of schemas) {
    for (const [index, value] of (wire[name] ?? []).entries()) {
      it(`keeps values of the API, with unknown fields and members: ${name} ${index}`, () => {
        survives(schema, value)
      })
    }
    for (const [index, sent] of (amounts[name] ?? []).entries()) {
      it(`keeps values of the API, with exact amounts: ${name} ${index}`, () => {
        const value = Schema.decodeUnknownSync(schema)(freeze(parsed(sent)))
        storedAndRead(schema, value)
        assert.strictEqual(JSON.stringify(Schema.encodeSync(schema)(value)), JSON.stringify(sent))
      })
    }
    for (const [index, value] of (values[name] ?? []).entries()) {
      it(`restores a stored value: ${name} ${index}`, () => {
        storedAndRead(schema, value)
      })
    }
    if (name in wire || name in amounts || name in values) continue
    it(`restores stored errors: ${name}`, () => {
      const taken = errors.filter(Schema.is(schema))
      assert.isNotEmpty(taken)
      for (const error of taken) {
        storedAndRead(schema, error)
        const codec = Schema.toCodecJson(schema)
        const restored = Schema.decodeUnknownSync(codec)(freeze(parsed(Schema.encodeSync(codec)(error))))
        assert.strictEqual(Object.getPrototypeOf(restored), Object.getPrototypeOf(error))
        assert.strictEqual(String(restored), String(error))
      }
    })
  }
})
