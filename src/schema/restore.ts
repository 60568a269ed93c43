// Unknown members on their way into a request: what the server sent is put in place of a copy that lost its class.
import * as Predicate from "effect/Predicate"
import { isUnknownMember, UnknownMember } from "./UnknownMember.ts"

type Fields = { readonly [field: string]: unknown }

/** A place of a request, and what is wrong there. */
interface Wrong {
  readonly path: string
  readonly description: string
}

/** The fields of a request that have members of open unions in them. */
const roots = ["messages", "system", "tools"] as const

/** The fields of a member that have further ones in them. What a tool is called with, or a schema, belongs to the caller. */
const nested = ["content", "citations", "caller", "source", "tool_references"] as const

/**
 * The parameters with `raw` in place of every `{ type: "unknown", raw }`, and the places of those that it cannot be told for:
 * a member of which `raw` is missing or that was given further fields. Nothing is changed in what it is called with.
 */
export const restoreUnknown = (params: Fields): { readonly params: Fields; readonly wrong: ReadonlyArray<Wrong> } => {
  const wrong: Array<Wrong> = []
  const visitFields = (value: Fields, names: ReadonlyArray<string>, path: string): Fields => {
    let restored: { [field: string]: unknown } | undefined
    for (const name of names) {
      const member = value[name]
      const kept = visit(member, path === "" ? name : `${path}.${name}`)
      if (kept === member) continue
      restored ??= { ...value }
      restored[name] = kept
    }
    return restored ?? value
  }
  const visit = (value: unknown, path: string): unknown => {
    if (Array.isArray(value)) {
      const restored = value.map((item, index) => visit(item, `${path}[${index}]`))
      return restored.some((item, index) => item !== value[index]) ? restored : value
    }
    if (!Predicate.isReadonlyObject(value) || value instanceof UnknownMember) return value
    if (value.type !== "unknown") return visitFields(value, nested, path)
    if (isUnknownMember(value)) return value.raw
    const hasRaw = Object.hasOwn(value, "raw")
    if (hasRaw || Object.keys(value).length === 1) {
      const description = hasRaw
        ? "an unknown member has further fields: put them into its `raw`, with Messages.raw"
        : `a member of type "unknown" has no \`raw\``
      wrong.push({ path, description })
    }
    return value
  }
  return { params: visitFields(params, roots, ""), wrong }
}
