// Converts tools of `effect/ai` to the form of the API, and the input of their calls to the form of a toolkit.
// Tools that the API does not take are errors with their place, before anything is sent.
import { toCodecAnthropic } from "effect/ai/AnthropicStructuredOutput"
import type * as LanguageModel from "effect/ai/LanguageModel"
import * as Tool from "effect/ai/Tool"
import * as Context from "effect/Context"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Reason } from "../params/json.ts"
import type { ToolChoice } from "../schema/MessageParams.ts"
import type { AnyToolParam, ToolParam } from "../schema/ToolParams.ts"
import { isUnknownMember, UnknownMember } from "../schema/UnknownMember.ts"
import * as structured from "../structured/compile.ts"
import { describe } from "../structured/describe.ts"

/**
 * Further fields of a tool on the wire.
 *
 * @category options
 * @since 0.1.0
 */
export interface ToolFields extends Omit<ToolParam, "type" | "name" | "description" | "input_schema" | "strict"> {}

/**
 * The annotation that holds further fields of one tool, for example `cache_control` or `defer_loading`. Default: none.
 *
 * @category annotations
 * @since 0.1.0
 */
export const ToolFields: Context.Reference<ToolFields> = Context.Reference<ToolFields>(
  "effect-anthropic/Tools/ToolFields",
  { defaultValue: () => ({}) }
)

const prefix = "anthropic."

type Keywords = { readonly [keyword: string]: unknown }

type Decode = (input: unknown) => unknown

/** A tool of the caller as it is sent, and a function from the input of a call to the encoded form of its parameters. */
interface Compiled {
  readonly schema: ToolParam["input_schema"]
  readonly toParameters: Decode
}

/** The field that holds parameters that are not an object. The API requires an object without combinators at the root. */
const wrapper = "value"

const combinators = ["anyOf", "oneOf", "allOf"]

const unwrap = (input: unknown): unknown =>
  Predicate.isReadonlyObject(input) && Object.hasOwn(input, wrapper) ? input[wrapper] : input

/** Effect writes the rest of a struct with rest as a member of `allOf`, which the API refuses at the root. */
const withRest = (schema: Keywords): Keywords => {
  const { allOf, ...own } = schema
  if (!Array.isArray(allOf) || allOf.length !== 1 || own.additionalProperties !== undefined) return schema
  const [rest] = allOf.filter(Predicate.isReadonlyObject)
  const isRest = Object.keys(rest ?? {}).every((keyword) => keyword === "type" || keyword === "additionalProperties")
  return rest?.type === "object" && isRest ? { ...own, additionalProperties: rest.additionalProperties } : schema
}

/** An object at the root: the schema itself, or an object with the schema as a field. */
const rootOf = (schema: Keywords): { readonly root: ToolParam["input_schema"]; readonly isWrapped: boolean } => {
  // Effect writes a struct without fields as any value, or as any value except null.
  const isEmpty = Object.keys(schema).every((keyword) => keyword === "not")
  if (isEmpty) return { root: { type: "object", properties: {}, additionalProperties: false }, isWrapped: false }
  const { $defs, ...given } = schema
  const definitions = $defs === undefined ? {} : { $defs }
  const name = typeof given.$ref === "string" ? given.$ref.replace("#/$defs/", "") : undefined
  const named: unknown = name !== undefined && Predicate.isReadonlyObject($defs) ? $defs[name] : given
  const target = withRest(Predicate.isReadonlyObject(named) ? named : given)
  if (target.type === "object" && combinators.every((keyword) => target[keyword] === undefined)) {
    return { root: { ...target, ...definitions, type: "object" }, isWrapped: false }
  }
  return {
    root: {
      type: "object",
      properties: { [wrapper]: given },
      required: [wrapper],
      additionalProperties: false,
      ...definitions
    },
    isWrapped: true
  }
}

/** The JSON codec of a schema. Values without a JSON form, such as dates, are written as text. */
const jsonOf = (schema: Schema.Constraint): Schema.Codec<unknown, unknown> | undefined => {
  const encoded = Schema.toEncoded(Schema.make<Schema.Codec<unknown, unknown>>(schema.ast))
  const json = Schema.toCodecJson(encoded)
  return json.ast === encoded.ast ? undefined : json
}

const plainSchema = (tool: Tool.Any): Keywords => {
  if (Tool.isDynamic(tool) && tool.jsonSchema !== undefined) return tool.jsonSchema
  const { definitions, schema } = Schema.toJsonSchemaDocument(tool.parametersSchema, { onExcessProperty: "error" })
  const root = structuredClone(Object.keys(definitions).length === 0 ? schema : { ...schema, $defs: definitions })
  describe(Schema.toCodecJson(tool.parametersSchema).ast, root)
  return root
}

/** A value that does not fit is passed on unchanged, because the toolkit reports it in the failure mode of the tool. */
const orAsItIs =
  (decode: (input: unknown) => Result.Result<unknown, unknown>): Decode =>
  (input) =>
    Result.getOrElse(decode(input), () => input)

const isStrict = (tool: Tool.Any): boolean =>
  Tool.getStrictMode(tool) === true && !(Tool.isDynamic(tool) && tool.jsonSchema !== undefined)

/** Compiles a strict tool, which has the form of structured outputs. */
const compileStrict = (tool: Tool.Any): Result.Result<Compiled, string> => {
  const compiled = structured.compile(tool.parametersSchema)
  const problem = structured.problemOf(compiled)
  if (problem !== undefined) return Result.fail(problem)
  // The encoded side has no transformation that could need a service or run twice. It is compiled by Effect alone, because
  // the corrections depend on names of schemas, which the encoded side does not have.
  const { codec } = toCodecAnthropic(Schema.toEncoded(tool.parametersSchema))
  const decode = Schema.decodeUnknownResult(codec)
  return Result.succeed({
    schema: { ...compiled.format.schema, type: "object" },
    toParameters: orAsItIs((input) => decode(compiled.prepare(input)))
  })
}

const compilePlain = (tool: Tool.Any): Result.Result<Compiled, string> =>
  Result.try({
    try: () => {
      const codec = jsonOf(tool.parametersSchema)
      const decode: Decode = codec === undefined ? (input) => input : orAsItIs(Schema.decodeUnknownResult(codec))
      const { isWrapped, root } = rootOf(plainSchema(tool))
      return { schema: root, toParameters: isWrapped ? (input) => decode(unwrap(input)) : decode }
    },
    catch: (cause) => (cause instanceof Error ? cause.message : String(cause))
  })

/** A cache by tool. Tools do not change, and compiling one takes milliseconds. */
const compiledTools = new WeakMap<Tool.Any, Result.Result<Compiled, string>>()

const compile = (tool: Tool.Any): Result.Result<Compiled, string> => {
  const known = compiledTools.get(tool)
  if (known !== undefined) return known
  const compiled = isStrict(tool) ? compileStrict(tool) : compilePlain(tool)
  compiledTools.set(tool, compiled)
  return compiled
}

const namePattern = /^[a-zA-Z0-9_-]{1,128}$/

const userDefined = (tool: Tool.Any, path: string): Result.Result<ToolParam, Reason> => {
  if (!namePattern.test(tool.name)) {
    const description = `${JSON.stringify(tool.name)} is not 1 to 128 letters, digits, "_" or "-"`
    return Result.fail({ path: `${path}.name`, description })
  }
  const compiled = compile(tool)
  if (Result.isFailure(compiled)) {
    return Result.fail({ path: `${path}.input_schema`, description: `tool ${tool.name}: ${compiled.failure}` })
  }
  const description = Tool.getDescription(tool)
  const strict = Tool.getStrictMode(tool)
  return Result.succeed({
    ...Context.get(tool.annotations, ToolFields),
    name: tool.name,
    ...(description === undefined ? {} : { description }),
    input_schema: compiled.success.schema,
    ...(strict === undefined ? {} : { strict })
  })
}

const argsOf = (tool: Tool.AnyProviderDefined): Keywords => {
  if (!Predicate.isReadonlyObject(tool.args)) return {}
  const { failureMode: _, ...args } = tool.args
  return args
}

const toParam = (tool: Tool.Any, path: string): Result.Result<AnyToolParam, Reason> => {
  if (!Tool.isProviderDefined(tool)) return userDefined(tool, path)
  if (!tool.id.startsWith(prefix)) {
    return Result.fail({ path, description: `tool ${tool.name}: it is defined by another provider (${tool.id})` })
  }
  const type = tool.id.slice(prefix.length)
  const isToolset = /^(browser|computer)_toolset_/.test(type)
  return Result.succeed(new UnknownMember({ type, ...(isToolset ? {} : { name: tool.providerName }), ...argsOf(tool) }))
}

/** The name by which the model calls a tool. A toolset has no name and is known by its type. */
const nameOf = (tool: AnyToolParam): unknown => {
  const fields: Keywords = isUnknownMember(tool) ? tool.raw : { ...tool }
  return fields.name ?? fields.type
}

/** The tools of a request, after those that it has already, or every reason why they are wrong. */
export const toParams = (
  tools: ReadonlyArray<Tool.Any>,
  before: ReadonlyArray<AnyToolParam> = []
): Result.Result<ReadonlyArray<AnyToolParam>, ReadonlyArray<Reason>> => {
  const params = [...before]
  const reasons: Array<Reason> = []
  const names = new Set(before.map(nameOf))
  for (const [index, tool] of tools.entries()) {
    const path = `tools[${before.length + index}]`
    const param = toParam(tool, path)
    if (Result.isFailure(param)) {
      reasons.push(param.failure)
      continue
    }
    const name = nameOf(param.success)
    if (names.has(name)) {
      reasons.push({ path: `${path}.name`, description: `another tool has the name ${JSON.stringify(name)} already` })
    }
    names.add(name)
    params.push(param.success)
  }
  return reasons.length === 0 ? Result.succeed(params) : Result.fail(reasons)
}

type NamesOf = Pick<Tool.NameMapper<ReadonlyArray<Tool.Any>>, "getProviderName">

/** Which of the tools the model may or must call. The choice `oneOf` has already filtered the tools. */
export const toChoice = (choice: LanguageModel.ProviderOptions["toolChoice"], names: NamesOf): ToolChoice => {
  if (choice === "auto") return { type: "auto" }
  if (choice === "none") return { type: "none" }
  if (choice === "required") return { type: "any" }
  if ("tool" in choice) return { type: "tool", name: names.getProviderName(choice.tool) }
  return { type: choice.mode === "required" ? "any" : "auto" }
}

/** A call as the API writes it. */
export interface Called {
  readonly name: string
  readonly input: unknown
  readonly toolset_name?: string | null | undefined
}

/**
 * The input of a call in the encoded form of the tool's parameters, which a toolkit decodes. With `strict` the input has the
 * form of structured outputs: optional fields are nullable, records are lists of pairs. An input that does not fit is passed
 * on unchanged, so that the toolkit reports it. The parameters of a toolset are the member that is called and its input.
 */
export const toToolParams = (tool: Tool.Any | undefined, { input, name, toolset_name }: Called): unknown => {
  if (typeof toolset_name === "string") return { member: name, input }
  if (tool === undefined || Tool.isProviderDefined(tool)) return input
  const compiled = compile(tool)
  return Result.isSuccess(compiled) ? compiled.success.toParameters(input) : input
}

/** Encodes what a tool returned or failed with, in the encoded form of the tool, as JSON. */
export const resultEncoder = (schema: Schema.Constraint): ((encoded: unknown) => Result.Result<unknown, unknown>) => {
  const json = jsonOf(schema)
  return json === undefined ? Result.succeed : Schema.encodeUnknownResult(json)
}
