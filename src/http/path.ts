// Ids as segments of a path.
// An id that would change the path is refused, because it would reach another resource.
import * as Result from "effect/Result"

/**
 * A resource, or its id alone.
 *
 * @category models
 * @since 0.1.0
 */
export type IdOf = string | { readonly id: string }

export const idOf = (resource: IdOf): string => (typeof resource === "string" ? resource : resource.id)

/** Encodes an id as exactly one path segment, or says why it cannot be one. */
export const segment = (id: string): Result.Result<string, string> => {
  if (id === "") return Result.fail("the id is empty")
  if (id === "." || id === "..") return Result.fail(`"${id}" is not an id`)
  return Result.try({ try: () => encodeURIComponent(id), catch: () => "the id is not well-formed Unicode" })
}
