// What the API refuses by model, one rule after the other, with the betas and versions that lift a rule.
import { assert, describe, it } from "@effect/vitest"
import * as Messages from "effect-anthropic/Messages"
import * as Models from "effect-anthropic/Models"
import * as Skills from "effect-anthropic/Skills"
import { catalogue, modelWith } from "./support.ts"

const hello = Messages.user("Hello")
const plain = { max_tokens: 4_096, messages: [hello] }

const pathsOf = (id: string, changes: object, options?: Models.CheckOptions, model: object = {}) =>
  Models.check(modelWith(id, { lifecycle: "active", ...model }), { model: id, ...plain, ...changes }, options).map(
    ({ path, severity }) => `${severity} ${path}`
  )

/** The models of the catalogue that refuse something, by the path of the issue. */
const refusing = (path: string, changes: object, options?: Models.CheckOptions) =>
  catalogue
    .filter(({ lifecycle }) => lifecycle !== "retired")
    .map(({ id }) => id)
    .filter((id) => pathsOf(id, changes, options).includes(`error ${path}`))
    .sort()

const newest = [
  "claude-fable-5-1",
  "claude-fable-5-2",
  "claude-mythos-5-1",
  "claude-mythos-5-2",
  "claude-opus-5-5",
  "claude-sonnet-5-5"
]
const before46 = ["claude-haiku-4-5-20251001", "claude-opus-4-5-20251101", "claude-sonnet-4-5-20250929"]

describe("a forced tool choice", () => {
  it("a forced tool choice is refused by the models that document it", () => {
    assert.deepStrictEqual(refusing("tool_choice", { tool_choice: { type: "any" } }), newest)
    assert.deepStrictEqual(refusing("tool_choice", { tool_choice: { type: "tool", name: "look" } }), newest)
    for (const type of ["auto", "none"]) assert.deepStrictEqual(refusing("tool_choice", { tool_choice: { type } }), [])
    assert.deepStrictEqual(refusing("tool_choice", { tool_choice: null }), [])
  })

  it("a forced tool choice is refused together with a thinking budget by every model", () => {
    const thinking = { type: "enabled" as const, budget_tokens: 1_024 }
    assert.deepStrictEqual(pathsOf("claude-haiku-4-5-20251001", { thinking, tool_choice: { type: "any" } }), [
      "error tool_choice"
    ])
    assert.deepStrictEqual(pathsOf("claude-haiku-4-5-20251001", { thinking, tool_choice: { type: "auto" } }), [])
    assert.deepStrictEqual(
      pathsOf("claude-haiku-5-5", { thinking: { type: "adaptive" }, tool_choice: { type: "any" } }),
      []
    )
    const unknown = modelWith("claude-haiku-4-5-20251001", { id: "claude-haiku-6" })
    assert.deepStrictEqual(
      Models.check(unknown, {
        model: "claude-haiku-6",
        ...plain,
        thinking,
        tool_choice: { type: "tool", name: "x" }
      }).map(({ description }) => description),
      ['the tool choice "tool" does not go with the thinking "enabled"']
    )
  })
})

describe("a last turn of the assistant", () => {
  const prefill = { messages: [hello, Messages.assistant("The answer is")] }

  it("a last turn of the assistant is refused from 4.6 on", () => {
    const accepting = new Set(before46)
    assert.deepStrictEqual(
      refusing("messages[1]", prefill),
      catalogue
        .filter(({ id, lifecycle }) => lifecycle !== "retired" && !accepting.has(id))
        .map(({ id }) => id)
        .sort()
    )
    const blocks = { messages: [hello, Messages.assistant([{ type: "text", text: "The" }])] }
    assert.deepStrictEqual(pathsOf("claude-opus-5-5", blocks), ["error messages[1]"])
    assert.deepStrictEqual(pathsOf("claude-opus-5-5", { messages: [hello, Messages.assistant("Yes"), hello] }), [])
    assert.deepStrictEqual(pathsOf("claude-opus-5-5", { messages: [] }), [])
  })

  it("a last turn of the assistant is accepted when it continues a turn that the server paused", () => {
    const use = { type: "server_tool_use", id: "s1", name: "web_search", input: {} } as const
    const result = { type: "web_search_tool_result", tool_use_id: "s1", content: [] } as const
    const unknown = Messages.raw({ type: "mcp_tool_use", id: "m1" })
    for (const blocks of [[use], [use, result], [unknown]]) {
      const messages = [hello, Messages.assistant([{ type: "text", text: "Let me look." }, ...blocks])]
      assert.deepStrictEqual(pathsOf("claude-opus-5-5", { messages }), [])
    }
    assert.deepStrictEqual(pathsOf("claude-opus-5-5", { ...prefill, fallback_credit_token: "token" }), [])
  })
})

describe("thinking", () => {
  it("a type of thinking is refused by the rules of the model when its capabilities are unknown", () => {
    const none = { capabilities: null }
    const enabled = { thinking: { type: "enabled", budget_tokens: 1_024 } }
    const disabled = { thinking: { type: "disabled" } }
    assert.deepStrictEqual(pathsOf("claude-opus-5-5", enabled, {}, none), ["error thinking.type"])
    assert.deepStrictEqual(pathsOf("claude-opus-4-6", enabled, {}, none), [])
    assert.deepStrictEqual(pathsOf("claude-sonnet-5-5", disabled, {}, none), ["error thinking.type"])
    assert.deepStrictEqual(pathsOf("claude-opus-4-8", disabled, {}, none), [])
    assert.deepStrictEqual(pathsOf("claude-opus-5-5", { thinking: { type: "constructor" } }, {}, none), [])
    assert.deepStrictEqual(pathsOf("claude-opus-5-5", { thinking: { type: 7 } }, {}, none), [])
  })

  it("thinking between tools gets only a warning when capabilities are unknown and the model does not document it", () => {
    const between = { thinking: { type: "between_tools" } }
    const none = { capabilities: null }
    assert.deepStrictEqual(pathsOf("claude-opus-5-5", between, {}, none), ["warning thinking.type"])
    assert.deepStrictEqual(pathsOf("claude-sonnet-5-5", between, {}, none), [])
    assert.deepStrictEqual(pathsOf("claude-opus-5-5", between), ["error thinking.type"])
  })

  it("a type of thinking is checked by the capabilities when they are known", () => {
    const told = { capabilities: { thinking: { supported: true, types: { disabled: { supported: true } } } } }
    assert.deepStrictEqual(pathsOf("claude-sonnet-5-5", { thinking: { type: "disabled" } }, {}, told), [])
    // Told once, not twice.
    assert.deepStrictEqual(pathsOf("claude-sonnet-5-5", { thinking: { type: "disabled" } }), ["error thinking.type"])
  })

  it("disabled thinking is refused above the effort high on Opus 5 and Haiku 5.5", () => {
    for (const id of ["claude-opus-5", "claude-haiku-5-5"]) {
      for (const effort of ["xhigh", "max"]) {
        assert.deepStrictEqual(pathsOf(id, { thinking: { type: "disabled" }, output_config: { effort } }), [
          "error output_config.effort"
        ])
      }
      for (const effort of ["low", "medium", "high", null]) {
        assert.deepStrictEqual(pathsOf(id, { thinking: { type: "disabled" }, output_config: { effort } }), [])
      }
      assert.deepStrictEqual(pathsOf(id, { thinking: { type: "disabled" } }), [])
      assert.deepStrictEqual(pathsOf(id, { thinking: { type: "adaptive" }, output_config: { effort: "max" } }), [])
    }
    const older = { thinking: { type: "disabled" }, output_config: { effort: "max" } }
    assert.deepStrictEqual(pathsOf("claude-opus-4-8", older), [])
  })

  it("thinking between tools is refused above the effort high on Sonnet 5.5", () => {
    const between = (effort: string) => ({ thinking: { type: "between_tools" }, output_config: { effort } })
    assert.deepStrictEqual(pathsOf("claude-sonnet-5-5", between("high")), [])
    assert.deepStrictEqual(pathsOf("claude-sonnet-5-5", between("xhigh")), ["error output_config.effort"])
    assert.deepStrictEqual(pathsOf("claude-sonnet-5-5", between("max")), ["error output_config.effort"])
    assert.deepStrictEqual(pathsOf("claude-opus-5-5", between("high")), ["error thinking.type"])
  })

  it("a thinking budget over max_tokens is accepted with the beta for interleaved thinking", () => {
    const over = { thinking: { type: "enabled", budget_tokens: 10_000 } }
    const betas = ["interleaved-thinking-2025-05-14"]
    assert.deepStrictEqual(pathsOf("claude-haiku-4-5-20251001", over), ["error thinking.budget_tokens"])
    assert.deepStrictEqual(pathsOf("claude-haiku-4-5-20251001", over, { betas }), [])
    assert.deepStrictEqual(
      pathsOf("claude-haiku-4-5-20251001", { thinking: { type: "enabled", budget_tokens: 1_023 } }, { betas }),
      ["error thinking.budget_tokens"]
    )
    assert.deepStrictEqual(pathsOf("claude-haiku-4-5-20251001", { thinking: { type: "enabled" } }, { betas }), [
      "error thinking.budget_tokens"
    ])
  })
})

describe("parameters", () => {
  it("older tools for computer use are refused by the newest models", () => {
    const tools = [
      { name: "look", input_schema: { type: "object" } },
      Messages.raw({ type: "computer_20251124", name: "computer", display_width_px: 1, display_height_px: 1 })
    ]
    assert.deepStrictEqual(refusing("tools[1]", { tools }), [
      "claude-fable-5-2",
      "claude-haiku-5-5",
      "claude-mythos-5-2",
      "claude-opus-5-5",
      "claude-sonnet-5-5"
    ])
    assert.deepStrictEqual(
      pathsOf("claude-haiku-5-5", { tools: [{ type: "computer_20250124", name: "computer" }, null] }),
      ["error tools[0]"]
    )
    assert.deepStrictEqual(
      pathsOf("claude-haiku-5-5", { tools: [{ type: "computer_toolset_20260801", name: "computer" }] }),
      []
    )
  })

  it("skills are refused when they are more than 20, or without the code execution tool", () => {
    const tools = [{ type: "code_execution_20260521", name: "code_execution" }]
    const container = (count: number) => Skills.container(Array.from({ length: count }, () => "pdf"))
    const at = "error container.skills"
    assert.deepStrictEqual(pathsOf("claude-opus-5-5", { container: container(20), tools }), [])
    assert.deepStrictEqual(pathsOf("claude-opus-5-5", { container: container(21), tools }), [at])
    assert.deepStrictEqual(pathsOf("claude-opus-5-5", { container: container(21) }), [at, at])
    assert.deepStrictEqual(pathsOf("claude-opus-5-5", { container: container(1), tools: [null] }), [at])
    const newer = [Messages.raw({ type: "code_execution_20270101", name: "code_execution" })]
    assert.deepStrictEqual(pathsOf("claude-opus-5-5", { container: container(1), tools: newer }), [])
    for (const none of [container(0), "container_1", { id: "container_1" }, null]) {
      assert.deepStrictEqual(pathsOf("claude-opus-5-5", { container: none }), [])
    }
  })

  it("inference_geo is refused before 4.6", () => {
    assert.deepStrictEqual(refusing("inference_geo", { inference_geo: "us" }), before46)
    assert.deepStrictEqual(refusing("inference_geo", { inference_geo: null }), [])
  })

  it("sampling parameters are refused depending on the version of the API and on the model", () => {
    for (const name of ["temperature", "top_p", "top_k"]) {
      assert.deepStrictEqual(pathsOf("claude-opus-4-6", { [name]: 1 }), [`error ${name}`])
      assert.deepStrictEqual(pathsOf("claude-opus-4-6", { [name]: 1 }, { version: "2026-10-21" }), [`error ${name}`])
      assert.deepStrictEqual(pathsOf("claude-opus-4-6", { [name]: 1 }, { version: "2023-06-01" }), [])
      assert.deepStrictEqual(pathsOf("claude-opus-4-6", { [name]: undefined }), [])
      assert.deepStrictEqual(pathsOf("claude-opus-4-7", { [name]: 0.5 }, { version: "2023-06-01" }), [`error ${name}`])
    }
    assert.deepStrictEqual(pathsOf("claude-opus-4-7", { temperature: 1 }, { version: "2023-06-01" }), [])
  })

  it("a list of fallbacks is refused by Haiku 5.5, and any fallbacks in every batch", () => {
    const list = { fallbacks: [{ model: "claude-opus-4-8" }] }
    assert.deepStrictEqual(pathsOf("claude-haiku-5-5", list), ["error fallbacks"])
    assert.deepStrictEqual(pathsOf("claude-haiku-5-5", { fallbacks: "default" }), [])
    assert.deepStrictEqual(pathsOf("claude-fable-5-2", list), [])
    assert.deepStrictEqual(pathsOf("claude-fable-5-2", list, {}, { allowed_fallback_models: [] }), ["error fallbacks"])
    for (const allowed_fallback_models of [null, ["claude-opus-4-8"]]) {
      assert.deepStrictEqual(pathsOf("claude-fable-5-2", list, {}, { allowed_fallback_models }), [])
    }
    assert.deepStrictEqual(pathsOf("claude-fable-5-2", { fallbacks: "default" }, { batch: true }), ["error fallbacks"])
  })

  it("a speed needs a model that has it, and for some models a beta", () => {
    const fast = { speed: "fast" }
    const betas = ["fast-mode-2026-02-01"]
    assert.deepStrictEqual(pathsOf("claude-opus-5-5", fast), [])
    assert.deepStrictEqual(pathsOf("claude-fable-5-2", fast), [])
    assert.deepStrictEqual(pathsOf("claude-opus-5", fast), ["error speed"])
    assert.deepStrictEqual(pathsOf("claude-opus-5", { speed: "standard" }), ["error speed"])
    assert.deepStrictEqual(pathsOf("claude-opus-5", fast, { betas }), [])
    assert.deepStrictEqual(pathsOf("claude-opus-4-8", fast, { betas }), ["warning speed"])
    assert.deepStrictEqual(pathsOf("claude-opus-4-6", fast), ["warning speed"])
    assert.deepStrictEqual(pathsOf("claude-opus-4-7", fast, { betas }), ["error speed"])
    assert.deepStrictEqual(pathsOf("claude-haiku-5-5", fast), ["error speed"])
    assert.deepStrictEqual(pathsOf("claude-haiku-5-5", { speed: "standard" }), [])
    assert.deepStrictEqual(pathsOf("claude-haiku-5-5", { speed: null }), [])
  })

  it("parameters that a batch refuses are refused with the option batch only", () => {
    const batch = { batch: true }
    assert.deepStrictEqual(pathsOf("claude-opus-5-5", { stream: true }, batch), ["error stream"])
    assert.deepStrictEqual(pathsOf("claude-opus-5-5", { stream: false }, batch), [])
    assert.deepStrictEqual(pathsOf("claude-opus-5-5", { speed: "standard" }, batch), ["error speed"])
    const billing_policy = { type: "billing_policy", bill_to: "user_profile" }
    assert.deepStrictEqual(pathsOf("claude-opus-5-5", { billing_policy }, batch), ["error billing_policy.bill_to"])
    assert.deepStrictEqual(pathsOf("claude-opus-5-5", { billing_policy, stream: true }), [])
    assert.deepStrictEqual(pathsOf("claude-opus-5-5", { thread: { type: "create" } }, batch), ["warning thread"])
    assert.deepStrictEqual(
      pathsOf("claude-opus-5-5", { billing_policy: { ...billing_policy, bill_to: "self" } }, batch),
      []
    )
  })
})
