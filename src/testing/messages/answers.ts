// The default answers of the emulator: a call of a tool, JSON of a schema, or a copy of the text of the user. Thinking comes
// before it if requested.
import * as Predicate from "effect/Predicate"
import type { ContentBlock } from "../../schema/Message.ts"

type Params = { readonly [key: string]: unknown }

/** A default answer of the emulator. */
export interface Content {
  readonly blocks: ReadonlyArray<ContentBlock>
  readonly stop_reason: "end_turn" | "tool_use"
}

const refOf = (schema: unknown): string | undefined =>
  Predicate.isReadonlyObject(schema) && typeof schema.$ref === "string" ? schema.$ref : undefined

const definitionOf = (schema: Params, root: Params): Params => {
  const name = refOf(schema)?.replace("#/$defs/", "")
  const definition = name !== undefined && Predicate.isReadonlyObject(root.$defs) ? root.$defs[name] : undefined
  return Predicate.isReadonlyObject(definition) ? definition : schema
}

const isRecords = (value: unknown): value is ReadonlyArray<Params> =>
  Array.isArray(value) && value.every(Predicate.isReadonlyObject)

const strings: { readonly [format: string]: string } = {
  "date-time": "2026-01-01T00:00:00Z",
  date: "2026-01-01",
  time: "12:00:00Z",
  duration: "PT1H",
  email: "someone@example.com",
  hostname: "example.com",
  uri: "https://example.com/",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  uuid: "00000000-0000-4000-8000-000000000000"
}

/** A value that a JSON Schema allows. It is `null` where that is allowed, and `text` for strings without a format. */
export const sampleOf = (schema: Params, text: string, root: Params = schema): unknown =>
  new Sampler(root, text).sample(schema, [])

/** 1, or the nearest allowed number. */
const between = (least: unknown, most: unknown): number =>
  Math.min(Math.max(1, typeof least === "number" ? least : 1), typeof most === "number" ? most : Number.MAX_VALUE)

class Sampler {
  readonly #root: Params
  readonly #text: string

  constructor(root: Params, text: string) {
    this.#root = root
    this.#text = text
  }

  /** `entered` are the references that lead here. A recursive schema is not entered again. */
  sample(given: unknown, entered: ReadonlyArray<string>): unknown {
    if (!Predicate.isReadonlyObject(given)) return null
    const ref = refOf(given)
    if (ref !== undefined && entered.includes(ref)) return null
    const inner = ref === undefined ? entered : [...entered, ref]
    const schema = definitionOf(given, this.#root)
    if (schema.const !== undefined) return schema.const
    if (Array.isArray(schema.enum)) return schema.enum[0]
    const members = isRecords(schema.anyOf) ? schema.anyOf : isRecords(schema.allOf) ? schema.allOf : []
    const isEnd = (member: Params) => !inner.includes(refOf(member) ?? "")
    const member = members.find(({ type }) => type === "null") ?? members.find(isEnd) ?? members[0]
    if (member !== undefined) return this.sample(member, inner)
    switch (schema.type) {
      case "object":
        return this.#object(schema, inner)
      case "array":
        return this.#array(schema, inner)
      case "string":
        return (typeof schema.format === "string" ? strings[schema.format] : undefined) ?? this.#text
      case "integer":
      case "number":
        return between(schema.minimum, schema.maximum)
      case "boolean":
        return true
      default:
        return null
    }
  }

  #object(schema: Params, entered: ReadonlyArray<string>): unknown {
    const properties = Predicate.isReadonlyObject(schema.properties) ? schema.properties : {}
    const required = Array.isArray(schema.required) ? schema.required : []
    return Object.fromEntries(
      Object.entries(properties)
        .filter(([name]) => required.includes(name))
        .map(([name, property]) => [name, this.sample(property, entered)])
    )
  }

  #array({ items, minItems, prefixItems }: Params, entered: ReadonlyArray<string>): unknown {
    const first = Array.isArray(prefixItems) ? prefixItems.map((item) => this.sample(item, entered)) : []
    if (!Predicate.isReadonlyObject(items)) return first
    const least = typeof minItems === "number" ? minItems : 0
    const isRecursive = entered.includes(refOf(items) ?? "")
    const length = Math.max(least, isRecursive ? 0 : first.length + 1)
    return [...first, ...Array.from({ length: length - first.length }, () => this.sample(items, entered))]
  }
}

const listOf = (value: unknown): ReadonlyArray<Params> =>
  Array.isArray(value) ? value.filter(Predicate.isReadonlyObject) : []

/** The tool that is called: the one that is chosen, or with `auto` one whose name is in the text. */
const calledTool = (params: Params, text: string): Params | undefined => {
  const own = listOf(params.tools).filter((tool) => Predicate.isReadonlyObject(tool.input_schema))
  const choice = Predicate.isReadonlyObject(params.tool_choice) ? params.tool_choice : { type: "auto" }
  if (choice.type === "none") return undefined
  if (choice.type === "tool") return own.find((tool) => tool.name === choice.name)
  return choice.type === "any" ? own[0] : own.find((tool) => typeof tool.name === "string" && text.includes(tool.name))
}

const answersCall = (params: Params): boolean => {
  const last = listOf(params.messages).at(-1)
  return listOf(last?.content).some((block) => block.type === "tool_result")
}

const thinkingOf = (params: Params, text: string): ReadonlyArray<ContentBlock> => {
  const thinking = Predicate.isReadonlyObject(params.thinking) ? params.thinking : {}
  if (thinking.type !== "enabled" && thinking.type !== "adaptive") return []
  const shown = thinking.display === "omitted" ? "" : `The user wrote ${text.length} characters.`
  return [{ type: "thinking", thinking: shown, signature: "c2lnbmF0dXJlIG9mIHRoZSBlbXVsYXRvcg==" }]
}

/** The answer to a text: a call of a tool, JSON of the requested schema, or a copy of the text. */
export const contentOf = (params: Params, text: string, id: string): Content => {
  const thinking = thinkingOf(params, text)
  const tool = answersCall(params) ? undefined : calledTool(params, text)
  if (tool !== undefined) {
    const call: ContentBlock = {
      type: "tool_use",
      id: id.replace("msg_", "toolu_"),
      name: typeof tool.name === "string" ? tool.name : "",
      input: Predicate.isReadonlyObject(tool.input_schema) ? sampleOf(tool.input_schema, text) : {},
      caller: { type: "direct" }
    }
    return { blocks: [...thinking, call], stop_reason: "tool_use" }
  }
  const format = Predicate.isReadonlyObject(params.output_config) ? params.output_config.format : undefined
  const schema = Predicate.isReadonlyObject(format) ? format.schema : undefined
  const answer = Predicate.isReadonlyObject(schema) ? JSON.stringify(sampleOf(schema, text)) : text
  return { blocks: [...thinking, { type: "text", text: answer, citations: null }], stop_reason: "end_turn" }
}
