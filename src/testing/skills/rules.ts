// The checks of the files of a skill. They are copies of the documented rules, read on 2026-11-25. The first problem is
// answered.
import type { ReceivedFile } from "../files/form.ts"

/** The content of a version. */
export interface Parsed {
  readonly name: string
  readonly description: string
}

const maxBytes = 30_000_000

const decode = (file: ReceivedFile): string | undefined => {
  if (file.pieces === undefined) return undefined
  const decoder = new TextDecoder("utf-8", { fatal: true })
  try {
    return file.pieces.map((piece) => decoder.decode(piece, { stream: true })).join("") + decoder.decode()
  } catch {
    return undefined
  }
}

/** The text of a key of the front matter, without quotes. */
const field = (front: string, key: string): string | undefined => {
  const [, text] = new RegExp(`^${key}:[ \\t]*(.*(?:\\r?\\n[ \\t]+.*)*)`, "m").exec(front) ?? []
  return text
    ?.replace(/^[|>][-+]?/, "")
    .replace(/\s+/g, " ")
    .trim()
    .replace(/^(["'])(.*)\1$/, "$2")
}

const frontMatterOf = (text: string): string | undefined => /^\ufeff?---\s*\n([\s\S]*?)\n---\s*(?:\n|$)/.exec(text)?.[1]

const readVersion = (front: string): Parsed | string => {
  const name = field(front, "name")
  const description = field(front, "description")
  if (name === undefined || name === "") return "SKILL.md: the front matter has no name"
  if (!/^[a-z0-9-]{1,64}$/.test(name)) return "name: at most 64 characters of a-z, 0-9 and -"
  if (/(?:^|-)(?:anthropic|claude)(?:-|$)/.test(name)) return "name: contains a reserved word"
  if (description === undefined || description === "") return "SKILL.md: the front matter has no description"
  if ([...description].length > 1024) return "description: at most 1024 characters"
  return /<\/?[a-z][^<>]*>/i.test(description) ? "description: contains an XML tag" : { name, description }
}

/** The name and description of a version, or why its files are refused. */
export const readFiles = (files: ReadonlyArray<ReceivedFile>): Parsed | string => {
  if (files.length === 0) return "files[]: Field required"
  const paths = files.map(({ filename }) => filename)
  if (paths.some((path) => path.split("/").some((part) => part === "" || part === "." || part === ".."))) {
    return "files[]: a path is not relative"
  }
  if (new Set(paths).size < paths.length) return "files[]: a path comes twice"
  if (files.reduce((sum, { size }) => sum + size, 0) > maxBytes) return "files[]: the files have more than 30 MB"
  const tops = new Set(paths.map((path) => (path.includes("/") ? path.slice(0, path.indexOf("/") + 1) : "")))
  const top = paths.includes("SKILL.md") ? "" : tops.size === 1 ? [...tops][0] : undefined
  if (top === undefined) return "files[]: all files must be in one top directory"
  const file = files.find(({ filename }) => filename === `${top}SKILL.md`)
  if (file === undefined) return `files[]: ${top}SKILL.md is required`
  const front = frontMatterOf(decode(file) ?? "")
  return front === undefined ? "SKILL.md: front matter is required" : readVersion(front)
}

/** What is wrong with a display name. */
export const displayNameProblem = (name: string): string | undefined => {
  if (name.trim() === "" || /[\r\n]/.test(name)) return "display_name: one line is required"
  return [...name].length > 255 ? "display_name: at most 255 characters" : undefined
}
