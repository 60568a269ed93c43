// Finds what the API surely refuses in the files of a skill, by its documented rules, before anything is sent. Every reason
// is reported, with its file.
import { RequestRefusedError } from "../AnthropicError.ts"
import { skillLimits } from "../facts/limits.ts"
import { type FrontMatter, readFrontMatter } from "./frontMatter.ts"

/**
 * A file of a skill. `path` has its directories, the top one included: `my-skill/scripts/run.py`.
 *
 * @category models
 * @since 0.1.0
 */
export interface SkillFile {
  readonly path: string
  readonly bytes: Uint8Array
  /** The media type. Default: `application/octet-stream`. */
  readonly type?: string | undefined
}

/** What is wrong, and where. */
export interface Reason {
  readonly path: string
  readonly description: string
}

/** The most reasons that an error keeps. */
const maxReasons = 100

/** The error of a call that is refused for these reasons. */
export const refusal = (operation: string, reasons: ReadonlyArray<Reason>): RequestRefusedError =>
  new RequestRefusedError({
    operation,
    reasons: reasons.slice(0, maxReasons),
    omitted: Math.max(0, reasons.length - maxReasons)
  })

const show = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)

/** What is wrong with the path of a file, if anything. */
export const pathProblem = (path: string): string | undefined => {
  const parts = path.split("/")
  if (parts.includes("..")) return "leads out of the skill"
  if (parts.includes("") || parts.includes(".")) return "is not a relative path of a file"
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
  if (/[\u0000-\u001f\u007f\\"]/.test(path)) return "has a quote, a backslash or a control character"
  return /[\ud800-\udfff]/u.test(path) ? "is not well-formed Unicode" : undefined
}

const hasTag = (text: string): boolean => /<\/?[a-z][^<>]*>/i.test(text)

const nameProblem = (name: string): string | undefined => {
  const { nameLength, reservedWords } = skillLimits
  if (!/^[a-z0-9-]+$/.test(name)) return `${show(name)} is not made of a-z, 0-9 and "-"`
  if (name.length > nameLength) return `${show(name)} is longer than ${nameLength} characters`
  const reserved = reservedWords.find((word) => name.split("-").includes(word))
  return reserved === undefined ? undefined : `${show(name)} has the reserved word ${show(reserved)}`
}

const descriptionProblem = (description: string): string | undefined => {
  const { descriptionLength } = skillLimits
  if (description === "") return "it is empty"
  if ([...description].length > descriptionLength) return `it is longer than ${descriptionLength} characters`
  return hasTag(description) ? "it has an XML tag" : undefined
}

const checkFrontMatter = (path: string, front: FrontMatter): ReadonlyArray<Reason> =>
  [["name", nameProblem] as const, ["description", descriptionProblem] as const].flatMap(
    ([key, problemOf]): ReadonlyArray<Reason> => {
      const place = `${path}: ${key}`
      if (!front.has(key)) return [{ path: place, description: "the front matter does not have it" }]
      const text = front.get(key)
      const description = text === undefined ? undefined : problemOf(text)
      return description === undefined ? [] : [{ path: place, description }]
    }
  )

const checkText = ({ bytes, path }: SkillFile): ReadonlyArray<Reason> => {
  let text: string
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    return [{ path, description: "it is not UTF-8" }]
  }
  const front = readFrontMatter(text)
  return front === undefined
    ? [{ path, description: 'it does not begin with front matter between two lines "---"' }]
    : checkFrontMatter(path, front)
}

/** The directory that contains all files, or undefined if some are at the root. */
const topOf = (files: ReadonlyArray<SkillFile>): string | undefined => {
  const tops = new Set(files.map(({ path }) => (path.includes("/") ? path.slice(0, path.indexOf("/") + 1) : "")))
  const [top] = tops
  return tops.size === 1 ? top : undefined
}

const checkSkillFile = (files: ReadonlyArray<SkillFile>): ReadonlyArray<Reason> => {
  const atRoot = files.find(({ path }) => path === "SKILL.md")
  if (atRoot !== undefined) return checkText(atRoot)
  const top = topOf(files)
  if (top === undefined)
    return [{ path: "files", description: "they are not all in one top directory with a SKILL.md" }]
  const path = `${top}SKILL.md`
  const file = files.find((each) => each.path === path)
  if (file !== undefined) return checkText(file)
  const other = files.find((each) => each.path.toLowerCase() === path.toLowerCase())
  return [{ path, description: other === undefined ? "there is no such file" : `it is written ${show(other.path)}` }]
}

/** What is wrong with the total size in bytes, if anything. */
export const sizeProblem = (bytes: number): ReadonlyArray<Reason> =>
  bytes > skillLimits.bytes ? [{ path: "files", description: `${bytes} bytes are over ${skillLimits.bytes}` }] : []

/** Every reason why the API surely refuses these files. */
export const check = (files: ReadonlyArray<SkillFile>): ReadonlyArray<Reason> => {
  if (files.length === 0) return [{ path: "files", description: "there are no files" }]
  const seen = new Set<string>()
  const paths = files.flatMap(({ path }): ReadonlyArray<Reason> => {
    const problem = seen.has(path) ? "comes twice" : pathProblem(path)
    seen.add(path)
    return problem === undefined ? [] : [{ path, description: `the path ${problem}` }]
  })
  const size = files.reduce((sum, { bytes }) => sum + bytes.byteLength, 0)
  return [...paths, ...sizeProblem(size), ...checkSkillFile(files)]
}
