// Tools of `effect/ai` in the form of the wire, and the input of their calls in the form that a toolkit takes.
import { toCodecAnthropic } from "effect/ai/AnthropicStructuredOutput"
import type * as LanguageModel from "effect/ai/LanguageModel"
import * as Tool from "effect/ai/Tool"
import * as Context from "effect/Context"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { UnknownMember } from "../schema/checked.ts"
import type { ToolChoice } from "../schema/MessageParams.ts"
import type { AnyToolParam, ToolParam } from "../schema/ToolParams.ts"

/** Further fields of a tool on the wire. */
export interface ToolFields extends Omit<ToolParam, "type" | "name" | "description" | "input_schema" | "strict"> {}

/** The annotation that holds further fields of one tool; nothing by default. */
export const ToolFields: Context.Reference<ToolFields> = Context.Reference<ToolFields>(
  "effect-anthropic/AnthropicLanguageModel/ToolFields",
  { defaultValue: () => ({}) }
)

const prefix = "anthropic."

type Keywords = { readonly [keyword: string]: unknown }

/** The API takes an object at the root; effect writes a struct without fields as anything, or anything but null. */
const inputSchema = (schema: Keywords): Result.Result<ToolParam["input_schema"], string> => {
  const isEmpty = Object.keys(schema).every((keyword) => keyword === "not")
  if (isEmpty) return Result.succeed({ type: "object", properties: {}, additionalProperties: false })
  const definitions = schema.$defs
  const name = typeof schema.$ref === "string" ? schema.$ref.replace("#/$defs/", "") : undefined
  const target: unknown = name !== undefined && Predicate.isReadonlyObject(definitions) ? definitions[name] : schema
  if (!Predicate.isReadonlyObject(target) || target.type !== "object") return Result.fail("its input is not an object")
  return Result.succeed({
    ...target,
    ...(definitions === undefined ? {} : { $defs: definitions }),
    type: "object"
  })
}

const tryJsonSchema = (tool: Tool.Any): Result.Result<Keywords, string> =>
  Result.try({
    try: () =>
      Tool.getJsonSchema(tool, Tool.getStrictMode(tool) === true ? { transformer: toCodecAnthropic } : undefined),
    catch: (cause) => (cause instanceof Error ? cause.message : String(cause))
  })

const userDefined = (tool: Tool.Any): Result.Result<ToolParam, string> =>
  Result.gen(function* () {
    const input_schema = yield* inputSchema(yield* tryJsonSchema(tool))
    const description = Tool.getDescription(tool)
    const strict = Tool.getStrictMode(tool)
    return {
      ...Context.get(tool.annotations, ToolFields),
      name: tool.name,
      ...(description === undefined ? {} : { description }),
      input_schema,
      ...(strict === undefined ? {} : { strict })
    }
  })

const argsOf = (tool: Tool.AnyProviderDefined): Keywords => {
  if (!Predicate.isReadonlyObject(tool.args)) return {}
  const { failureMode: _, ...args } = tool.args
  return args
}

const toParam = (tool: Tool.Any): Result.Result<AnyToolParam, string> => {
  if (!Tool.isProviderDefined(tool)) return userDefined(tool)
  if (!tool.id.startsWith(prefix)) return Result.fail(`it is defined by another provider (${tool.id})`)
  const type = tool.id.slice(prefix.length)
  const isToolset = /^(browser|computer)_toolset_/.test(type)
  return Result.succeed(new UnknownMember({ type, ...(isToolset ? {} : { name: tool.providerName }), ...argsOf(tool) }))
}

/** The tools of a request, or what is wrong with one of them. */
export const toParams = (tools: ReadonlyArray<Tool.Any>): Result.Result<ReadonlyArray<AnyToolParam>, string> =>
  Result.all(tools.map((tool) => Result.mapError(toParam(tool), (problem) => `tool ${tool.name}: ${problem}`)))

type NamesOf = Pick<Tool.NameMapper<ReadonlyArray<Tool.Any>>, "getProviderName" | "getCustomName">

/** Which of the tools the model may or must call. A choice of `oneOf` has filtered the tools already. */
export const toChoice = (choice: LanguageModel.ProviderOptions["toolChoice"], names: NamesOf): ToolChoice => {
  if (choice === "auto") return { type: "auto" }
  if (choice === "none") return { type: "none" }
  if (choice === "required") return { type: "any" }
  if ("tool" in choice) return { type: "tool", name: names.getProviderName(choice.tool) }
  return { type: choice.mode === "required" ? "any" : "auto" }
}

/** The decoder of strict inputs by tool: it is compiled once. */
const strictDecoders = new WeakMap<Tool.Any, (input: unknown) => Result.Result<unknown, unknown>>()

const strictDecoder = (tool: Tool.Any): ((input: unknown) => Result.Result<unknown, unknown>) => {
  const known = strictDecoders.get(tool)
  if (known !== undefined) return known
  // On the encoded side there is no transformation that could need a service or run twice.
  const decode = Schema.decodeUnknownResult(toCodecAnthropic(Schema.toEncoded(tool.parametersSchema)).codec)
  strictDecoders.set(tool, decode)
  return decode
}

/**
 * The input of a call in the encoded form of the tool's parameters, which a toolkit decodes. With `strict` the wire has the
 * form of structured outputs: optional fields are nullable, records are lists of pairs. What does not fit is passed on as
 * it is, so that the toolkit reports it in the failure mode of the tool.
 */
export const toToolParams = (tool: Tool.Any | undefined, input: unknown): unknown => {
  if (tool === undefined || Tool.isProviderDefined(tool) || Tool.getStrictMode(tool) !== true) return input
  return Result.getOrElse(strictDecoder(tool)(input), () => input)
}
