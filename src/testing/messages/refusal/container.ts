// Checks the skills of a request: their number, that they exist, and that there is a tool that can run them.
import * as Predicate from "effect/Predicate"
import { type Check, invalid, type Request } from "./model.ts"

const most = 20

const hasCodeExecution = (tools: unknown): boolean =>
  Array.isArray(tools) &&
  tools.some(
    (tool) =>
      Predicate.isReadonlyObject(tool) && typeof tool.type === "string" && /^code_execution_\d{8}$/.test(tool.type)
  )

export function* checkContainer({ context, params }: Request): Check {
  const skills = Predicate.isReadonlyObject(params.container) ? params.container.skills : undefined
  if (skills === undefined || skills === null) return
  if (!Array.isArray(skills)) return yield invalid("container.skills: Input should be a valid list")
  if (skills.length === 0) return
  if (skills.length > most) yield invalid(`container.skills: at most ${most} entries, got ${skills.length}`)
  for (const [index, skill] of skills.entries()) {
    const { skill_id: id, type, version } = Predicate.isReadonlyObject(skill) ? skill : {}
    const source = typeof id === "string" ? context.skillSource(id, version ?? "latest") : undefined
    if (source === undefined) yield invalid(`container.skills.${index}: no such skill: ${id}`)
    if (source !== type) yield invalid(`container.skills.${index}.type: ${type} is not the type of ${id}`)
  }
  if (!hasCodeExecution(params.tools)) yield invalid("container.skills: the code execution tool is required")
}
