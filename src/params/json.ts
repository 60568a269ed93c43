// Writes JSON, and refuses values that JSON.stringify would change. The written text shows whether a search for them is
// needed: a lone surrogate is escaped in it, and NaN is `null`.
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"

/** What is wrong with a value, and the path, such as `messages[0].content`. The path is empty for the value itself. */
export interface Reason {
  readonly path: string
  readonly description: string
}

/** The most reasons that are collected for one value. */
const maxReasons = 100

/** If a text has none of these, nothing was changed. One expression is faster here than `includes` for each. */
const suspicious = /null|\\ud/

/**
 * Writes a value as JSON. Fails with the places that JSON cannot hold: texts and keys that are not well-formed Unicode,
 * numbers that are not finite, bigints, values in arrays that are not JSON, invalid dates, and cycles.
 *
 * Properties that are undefined, functions or symbols are left out, as `JSON.stringify` does.
 */
export const write = (value: unknown): Result.Result<string, ReadonlyArray<Reason>> => {
  let json: string | undefined
  let failure = "it is not a JSON value"
  try {
    json = JSON.stringify(value)
    if (json !== undefined && !suspicious.test(json)) return Result.succeed(json)
  } catch (cause) {
    failure = `it cannot be written as JSON: ${messageOf(cause)}`
  }
  const reasons = reasonsOf(value)
  if (reasons.length > 0) return Result.fail(reasons)
  return json === undefined ? Result.fail([{ path: "", description: failure }]) : Result.succeed(json)
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const reasonsOf = (value: unknown): ReadonlyArray<Reason> => {
  const search = new Search()
  try {
    search.visit(value, "", "", false)
  } catch {
    // For a value that is nested too deeply, or whose getters throw, the place is the whole value.
    return []
  }
  return search.reasons
}

/** The path of a property. Names that are not identifiers are quoted. */
const at = (path: string, key: string): string => {
  const short = key.length > 80 ? `${key.slice(0, 80)}…` : key
  if (!/^[A-Za-z_$][\w$]*$/.test(short)) return `${path}[${JSON.stringify(short)}]`
  return path === "" ? short : `${path}.${short}`
}

/** With the flag `u` a pair is one character, so this matches only halves. */
const loneSurrogate = /[\ud800-\udfff]/u

/** Why a value that is not an object would be changed, if it would be. */
const wrongWith = (value: unknown, isItem: boolean): string | undefined => {
  switch (typeof value) {
    case "string": {
      const index = value.search(loneSurrogate)
      return index === -1 ? undefined : `the text is not well-formed Unicode: half of a pair at index ${index}`
    }
    case "number":
      return Number.isFinite(value) ? undefined : `${value} is not a finite number`
    case "bigint":
      return "a BigInt cannot be written as JSON"
    case "undefined":
    case "function":
    case "symbol":
      return isItem ? `${typeof value} in an array would be written as null` : undefined
    default:
      return undefined
  }
}

/** Visits a value in the way and in the order of `JSON.stringify`. */
class Search {
  readonly reasons: Array<Reason> = []
  readonly #ancestors = new Set<object>()

  visit(value: unknown, key: string, path: string, isItem: boolean): void {
    if (this.reasons.length >= maxReasons) return
    const written = this.#resolve(value, key, path)
    const wrong = wrongWith(written, isItem)
    if (wrong !== undefined) this.#refuse(path, wrong)
    if (typeof written !== "object" || written === null) return
    if (this.#ancestors.has(written)) {
      this.#refuse(path, "it contains itself")
      return
    }
    this.#ancestors.add(written)
    this.#visitMembers(written, path)
    this.#ancestors.delete(written)
  }

  /** The value that is written in place of a value. */
  #resolve(value: unknown, key: string, path: string): unknown {
    if (!Predicate.isObjectOrArray(value)) return value
    if (value instanceof Date && Number.isNaN(value.getTime())) {
      this.#refuse(path, "the date is invalid")
      return null
    }
    if ("toJSON" in value && typeof value.toJSON === "function") {
      try {
        return value.toJSON(key)
      } catch (cause) {
        this.#refuse(path, `its toJSON failed: ${messageOf(cause)}`)
        return null
      }
    }
    const isBoxed = [Number, String, Boolean, BigInt].some((box) => value instanceof box)
    return isBoxed ? value.valueOf() : value
  }

  #visitMembers(value: object, path: string): void {
    if (Array.isArray(value)) {
      // By index, because holes of arrays are written, too.
      for (let i = 0; i < value.length; i++) this.visit(value[i], String(i), `${path}[${i}]`, true)
      return
    }
    for (const [key, member] of Object.entries(value)) {
      if (loneSurrogate.test(key)) this.#refuse(at(path, key), "the key is not well-formed Unicode")
      this.visit(member, key, at(path, key), false)
    }
  }

  #refuse(path: string, description: string): void {
    if (this.reasons.length < maxReasons) this.reasons.push({ path, description })
  }
}
