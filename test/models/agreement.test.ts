// What `check` says and what the emulator answers, for every model and many settings. Both were written apart from each other.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Messages from "effect-anthropic/Messages"
import * as Models from "effect-anthropic/Models"
import * as Skills from "effect-anthropic/Skills"
import { onEmulator } from "../support/batches.ts"
import { catalogue } from "./support.ts"

const tool = { name: "look", input_schema: { type: "object" as const } }

const codeExecution = { type: "code_execution_20260521", name: "code_execution" }

const settings: ReadonlyArray<readonly [name: string, changes: object]> = [
  ["nothing", {}],
  ...["any", "tool", "auto", "none"].map(
    (type) => [`tool choice ${type}`, { tools: [tool], tool_choice: { type, name: "look" } }] as const
  ),
  ["a prefill", { messages: [Messages.user("Hello"), Messages.assistant("The")] }],
  ["a prefill of blocks", { messages: [Messages.user("Hello"), Messages.assistant([{ type: "text", text: "The" }])] }],
  ...["adaptive", "disabled", "between_tools"].flatMap((type) =>
    [null, "low", "high", "xhigh", "max"].map(
      (effort) => [`thinking ${type} at ${effort}`, { thinking: { type }, output_config: { effort } }] as const
    )
  ),
  ...[1_023, 1_024, 4_095, 4_096].map(
    (budget_tokens) => [`a budget of ${budget_tokens}`, { thinking: { type: "enabled", budget_tokens } }] as const
  ),
  [
    "a budget and a forced tool",
    { thinking: { type: "enabled", budget_tokens: 1_024 }, tools: [tool], tool_choice: { type: "any" } }
  ],
  ...["low", "medium", "high", "xhigh", "max"].map(
    (effort) => [`effort ${effort}`, { output_config: { effort } }] as const
  ),
  [
    "a format",
    {
      output_config: {
        format: { type: "json_schema", schema: { type: "object", properties: {}, additionalProperties: false } }
      }
    }
  ],
  ...["computer_20241022", "computer_20250124", "computer_20251124", "computer_toolset_20260801"].map(
    (type) => [`the tool ${type}`, { tools: [{ type, name: "computer" }] }] as const
  ),
  ["a list of fallbacks", { fallbacks: [{ model: "claude-opus-4-8" }] }],
  ["a skill", { container: Skills.container(["pdf"]), tools: [codeExecution] }],
  ["a skill without its tool", { container: Skills.container(["pdf"]) }],
  ["21 skills", { container: Skills.container(Array.from({ length: 21 }, () => "pdf")), tools: [codeExecution] }],
  ["a region", { inference_geo: "us" }],
  ["a fast speed", { speed: "fast" }],
  ...["temperature", "top_p", "top_k"].map((name) => [name, { [name]: 1 }] as const),
  ...[64_000, 64_001, 128_000, 128_001].map((max_tokens) => [`max_tokens ${max_tokens}`, { max_tokens }] as const)
]

/** Of Mythos Preview little is published, so the emulator does not judge it. */
const models = catalogue.filter(({ id, lifecycle }) => lifecycle !== "retired" && id !== "claude-mythos-preview")

const waysOfSending = [
  { version: "2026-10-21", betas: ["fast-mode-2026-02-01"] },
  { version: "2023-06-01", betas: ["fast-mode-2026-02-01"] },
  { version: "2026-10-21", betas: ["fast-mode-2026-02-01", "interleaved-thinking-2025-05-14"] }
]

describe("check and the emulator", () => {
  for (const { betas, version } of waysOfSending) {
    it.effect(`refuse the same requests of every model under the version ${version} and ${betas.length} betas`, () =>
      Effect.gen(function* () {
        const different: Array<string> = []
        let refused = 0
        for (const model of models) {
          for (const [name, changes] of settings) {
            // A null capability is unknown to `check`, and refused by the emulator.
            if (/xhigh/.test(name) && Option.isNone(Models.capability(model, "effort.xhigh"))) continue
            const params = { model: model.id, max_tokens: 4_096, messages: [Messages.user("Hello")], ...changes }
            const issues = Models.check(model, params, { betas, version }).filter(
              ({ severity }) => severity === "error"
            )
            const result = yield* Effect.result(Messages.create(params))
            const isRefused = result._tag === "Failure" && result.failure._tag === "InvalidRequestError"
            if (isRefused) refused += 1
            if (isRefused !== issues.length > 0)
              different.push(`${model.id}, ${name}: ${isRefused ? "refused" : "accepted"}`)
          }
        }
        assert.deepStrictEqual(different, [])
        assert.isAbove(refused, 100)
      }).pipe(Anthropic.withSettings({ betas, version }), onEmulator())
    )
  }
})
