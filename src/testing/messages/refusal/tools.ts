// Checks the tools of a request and the choice among them.
// Of the tools of the API only the names are checked.
import * as Predicate from "effect/Predicate"
import { refusesComputer, refusesForcedTools } from "../../models/refuses.ts"
import { type Check, type Counts, invalid, oneOf, type Params, type Request } from "./model.ts"
import { checkCompiled, checkInputSchema } from "./schemas.ts"

const namePattern = /^[a-zA-Z0-9_-]{1,128}$/
const maxStrict = 20

const isCustom = (tool: Params): boolean => tool.type === undefined || tool.type === null || tool.type === "custom"

function* checkTool(tool: unknown, at: string, counts: Counts): Check {
  if (!Predicate.isReadonlyObject(tool)) return yield invalid(`${at}: Input should be an object`)
  if (!isCustom(tool)) {
    if (typeof tool.type !== "string") yield invalid(`${at}.type: Input should be a valid string`)
    return
  }
  const own = `${at}.custom`
  if (tool.name === undefined) return yield invalid(`${own}.name: Field required`)
  if (typeof tool.name !== "string") return yield invalid(`${own}.name: Input should be a valid string`)
  if (!namePattern.test(tool.name)) {
    return yield invalid(`${own}.name: String should match pattern '${namePattern.source}'`)
  }
  yield* checkInputSchema(tool.input_schema, `${own}.input_schema`)
  if (tool.strict === true) yield* checkCompiled(tool.input_schema, `${own}.input_schema`, counts)
}

const choices = ["auto", "any", "tool", "none"]

function* checkChoice({ model, params }: Request, tools: ReadonlyArray<unknown>): Check {
  const { tool_choice: choice } = params
  if (choice === undefined || choice === null) return
  if (!Predicate.isReadonlyObject(choice)) return yield invalid("tool_choice: Input should be an object")
  if (typeof choice.type !== "string" || !choices.includes(choice.type)) {
    return yield invalid(
      `tool_choice: Input tag '${String(choice.type)}' found using 'type' does not match any of the expected tags: ${oneOf(choices)}`
    )
  }
  if (tools.length === 0) {
    yield invalid("tool_choice.type: tool_choice may only be specified while providing tools")
  }
  if (choice.type !== "any" && choice.type !== "tool") return
  if (refusesForcedTools(model)) yield invalid(`tool_choice.type: '${choice.type}' is not supported by ${model.id}`)
  const thinking = Predicate.isReadonlyObject(params.thinking) ? params.thinking.type : undefined
  if (thinking === "enabled") yield invalid("Thinking may not be enabled when tool_choice forces tool use.")
  if (choice.type !== "tool") return
  if (typeof choice.name !== "string") return yield invalid("tool_choice.tool.name: Field required")
  if (!tools.some((tool) => Predicate.isReadonlyObject(tool) && tool.name === choice.name)) {
    yield invalid(`tool_choice.name: Tool '${choice.name}' not found in provided tools`)
  }
}

export function* checkTools(request: Request): Check {
  const { tools } = request.params
  if (tools !== undefined && tools !== null && !Array.isArray(tools)) {
    return yield invalid("tools: Input should be a valid list")
  }
  const all: ReadonlyArray<unknown> = Array.isArray(tools) ? tools : []
  for (const [index, tool] of all.entries()) yield* checkTool(tool, `tools.${index}`, request.counts)
  const records = all.filter(Predicate.isReadonlyObject)
  const { model } = request
  const old = records.findIndex(({ type }) => refusesComputer(model, type))
  if (old !== -1) yield invalid(`tools.${old}.type: '${records[old]?.type}' is not supported by ${model.id}`)
  if (records.filter((tool) => tool.strict === true).length > maxStrict) {
    yield invalid(`tools: at most ${maxStrict} tools may be strict`)
  }
  const names = records.flatMap(({ name }) => (typeof name === "string" ? [name] : []))
  if (new Set(names).size < names.length) yield invalid("tools: Tool names must be unique.")
  yield* checkChoice(request, all)
}
