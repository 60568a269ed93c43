// The union of what an operation fails with is a type and a schema: it takes its members, and no others, and they survive storage.
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as AnthropicError from "effect-anthropic/AnthropicError"
import * as AnthropicLanguageModel from "effect-anthropic/AnthropicLanguageModel"
import * as Batches from "effect-anthropic/Batches"
import * as BatchRun from "effect-anthropic/BatchRun"
import * as Endpoint from "effect-anthropic/Endpoint"
import * as FileSource from "effect-anthropic/FileSource"
import * as Files from "effect-anthropic/Files"
import * as Journal from "effect-anthropic/Journal"
import * as Messages from "effect-anthropic/Messages"
import * as Models from "effect-anthropic/Models"
import * as Pagination from "effect-anthropic/Pagination"
import * as Pool from "effect-anthropic/Pool"
import * as Pricing from "effect-anthropic/Pricing"
import * as RateLimit from "effect-anthropic/RateLimit"
import * as SkillSource from "effect-anthropic/SkillSource"
import * as Skills from "effect-anthropic/Skills"
import * as StructuredOutput from "effect-anthropic/StructuredOutput"
import * as Tools from "effect-anthropic/Tools"
import { samples } from "../support/errors.ts"

const modules = {
  Anthropic,
  AnthropicError,
  AnthropicLanguageModel,
  Batches,
  BatchRun,
  Endpoint,
  Files,
  FileSource,
  Journal,
  Messages,
  Models,
  Pagination,
  Pool,
  Pricing,
  RateLimit,
  Skills,
  SkillSource,
  StructuredOutput,
  Tools
}

const all = [
  ...samples,
  new Pricing.UnknownPriceError({ model: "m", reason: "model", description: "there is none" }),
  new Pricing.InvalidUsageError({ field: "input_tokens", description: "it is negative" }),
  new Pricing.UnboundedCostError({ path: "tools[0]", option: "toolUses", description: "it is not limited" }),
  new Pricing.UnboundedCostError({ path: "tools[0]", description: "it has no price" }),
  new BatchRun.RunOptionsError({ option: "window", description: "is not a whole number" })
]

/** What a call of no particular operation can fail with, and what the API reports. */
const api = [
  "AuthenticationError",
  "BillingError",
  "ConflictError",
  "GatewayTimeoutError",
  "InternalServerError",
  "InvalidRequestError",
  "NotFoundError",
  "OverloadedError",
  "PermissionError",
  "RateLimitError",
  "RequestTooLargeError",
  "UnknownApiError"
]
const request = [
  ...api,
  "ConnectionError",
  "CredentialsError",
  "DecodeError",
  "IdleTimeoutError",
  "RedirectError",
  "RequestRefusedError",
  "ResponseTimeoutError"
]
const create = [...request, "SpendLimitError", "IndeterminateError"]
const stream = [...request, "SpendLimitError", "MessageInterruptedError"]
const output = ["AnswerRefusedError", "AnswerIncompleteError", "AnswerMismatchError"]
const list = [...request, "PaginationError"]
const cost = ["UnknownPriceError", "InvalidUsageError"]
const upperBound = [...cost, "UnboundedCostError"]

const unions: { readonly [name: string]: ReadonlyArray<string> } = {
  "AnthropicError.ApiError": api,
  "AnthropicError.RequestError": request,
  "Batches.CancelError": request,
  "Batches.CreateError": create,
  "Batches.DeleteError": request,
  "Batches.ListError": list,
  "Batches.ResultsError": [
    ...request,
    "BatchNotEndedError",
    "ResultsIncompleteError",
    "ResultsUnavailableError",
    "StreamInterruptedError"
  ],
  "Batches.RetrieveError": request,
  "Batches.WatchError": [...request, "WatchTimeoutError"],
  "BatchRun.RunError": [...list, "RunOptionsError", "SpendLimitError", "StreamInterruptedError", ...upperBound],
  "Files.DeleteError": request,
  "Files.DownloadError": [
    ...request,
    "FileExpiredError",
    "FileNotDownloadableError",
    "FileSizeMismatchError",
    "StreamInterruptedError"
  ],
  "Files.ListError": list,
  "Files.RetrieveError": request,
  "Files.UploadError": [...request, "IndeterminateError", "SourceChangedError", "StorageQuotaExceededError"],
  "Messages.CountTokensError": [...request, "SpendLimitError"],
  "Messages.CreateAsError": [...stream, ...output],
  "Messages.CreateError": stream,
  "Messages.InlineError": ["RequestRefusedError", "SourceChangedError"],
  "Messages.StreamError": stream,
  "Models.ListError": list,
  "Models.RetrieveError": request,
  "Pagination.ListError": list,
  "Pool.PoolError": create,
  "Pricing.CostError": cost,
  "Pricing.UpperBoundError": upperBound,
  "Skills.CallError": request,
  "Skills.CreateError": [...request, "IndeterminateError"],
  "Skills.DownloadError": [...request, "StreamInterruptedError"],
  "Skills.ListError": list,
  "StructuredOutput.OutputError": output,
  "Tools.LoopError": ["RequestRefusedError", "ToolLoopError"]
}

const isUnion = (value: unknown): value is Schema.Codec<(typeof all)[number], unknown> =>
  Schema.isSchema(value) && value.ast._tag === "Union"

const found = Object.entries(modules).flatMap(([module, exports]) =>
  Object.entries(exports).flatMap(([name, value]) =>
    name.endsWith("Error") && isUnion(value) ? [[`${module}.${name}`, value] as const] : []
  )
)

describe("a union of errors", () => {
  it("has an entry in the tests for each exported union", () => {
    assert.deepStrictEqual(found.map(([name]) => name).sort(), Object.keys(unions).sort())
  })

  for (const [name, schema] of found) {
    it(`accepts its members and no others, and restores them from JSON: ${name}`, () => {
      const taken = all.filter(Schema.is(schema))
      assert.deepStrictEqual(
        [...new Set<string>(taken.map(({ _tag }) => _tag))].sort(),
        [...(unions[name] ?? [])].sort()
      )
      const codec = Schema.fromJsonString(Schema.toCodecJson(schema))
      for (const error of taken) {
        const restored = Schema.decodeSync(codec)(Schema.encodeSync(codec)(error))
        assert.deepStrictEqual({ ...restored }, { ...error })
        assert.strictEqual(Object.getPrototypeOf(restored), Object.getPrototypeOf(error))
        assert.strictEqual(restored.message, error.message)
      }
    })
  }
})
