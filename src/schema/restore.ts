// Prepares unknown members for a request: a copy that lost its class is replaced by the value that the server sent.
import * as Predicate from "effect/Predicate"
import { isUnknownMember, UnknownMember } from "./UnknownMember.ts"

type Fields = { readonly [field: string]: unknown }

/** A path in a request, and what is wrong there. */
interface Wrong {
  readonly path: string
  readonly description: string
}

/** The fields of a request that contain members of open unions. */
const roots: ReadonlySet<string> = new Set(["messages", "system", "tools"])

/**
 * The fields of a member that contain further members. Inputs of tools and schemas are not searched, because they belong to
 * the caller.
 */
const nested: ReadonlySet<string> = new Set(["content", "citations", "caller", "source", "tool_references"])

/**
 * Returns the parameters with `raw` in place of every `{ type: "unknown", raw }`, and the paths of those that cannot be
 * replaced: `raw` is missing, or there are additional fields. The argument is not changed.
 */
export const restoreUnknown = (params: Fields): { readonly params: Fields; readonly wrong: ReadonlyArray<Wrong> } => {
  const wrong: Array<Wrong> = []
  const visitFields = (value: Fields, names: ReadonlySet<string>, path: string): Fields => {
    let restored: { [field: string]: unknown } | undefined
    for (const name in value) {
      const member = value[name]
      if (!Predicate.isObjectOrArray(member) || !names.has(name)) continue
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
