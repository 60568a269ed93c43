// The front matter of a `SKILL.md`: the lines of YAML between two lines of dashes at its beginning.
// Only texts are read. Other forms are not checked here, because the API may read them.

/** The texts of the front matter by key. A text is undefined if its form is not read here. */
export type FrontMatter = ReadonlyMap<string, string | undefined>

/** The text between quotes, or undefined if it is not a simple text. */
const unquote = (text: string): string | undefined => {
  const [, single] = /^'((?:[^']|'')*)'\s*(?:#.*)?$/.exec(text) ?? []
  if (single !== undefined) return single.replaceAll("''", "'")
  const [, double] = /^"((?:[^"\\]|\\["\\/nt])*)"\s*(?:#.*)?$/.exec(text) ?? []
  return double?.replace(/\\(.)/g, (_, escaped: string) => ({ n: "\n", t: "\t" })[escaped] ?? escaped)
}

/** The text of a value on its line and on the indented lines after it, if it is a simple one. */
const textOf = (first: string, rest: ReadonlyArray<string>): string | undefined => {
  const lines = rest.map((line) => line.trim())
  if (/^[|>][-+]?\s*(?:#.*)?$/.test(first)) return lines.join(first.startsWith("|") ? "\n" : " ").trim()
  const whole = [first, ...lines.filter((line) => line !== "")].join(" ").trim()
  if (/^['"]/.test(whole)) return unquote(whole)
  // Anchors, tags, collections, aliases and characters that YAML reserves are not plain texts.
  if (/^[&*!{}[\],%@`|>?]/.test(whole)) return undefined
  const plain = whole.replace(/(?:^|\s)#.*$/, "").trim()
  return /^(?:null|~|true|false|[-+.\d][\d._eE+-]*)$/i.test(plain) && plain !== "" ? undefined : plain
}

/** A key at the beginning of a line, with or without quotes, and the rest of the line. */
const keyLine = /^(?:"([^"]*)"|'([^']*)'|([^\s#:'"][^:]*?))\s*:(?:\s+(.*))?$/

/** Reads the front matter, or undefined if the text has none. */
export const readFrontMatter = (text: string): FrontMatter | undefined => {
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\n|\r/)
  const end = lines.findIndex((line, index) => index > 0 && /^(?:---|\.\.\.)\s*$/.test(line))
  if (!/^---\s*$/.test(lines[0] ?? "") || end === -1) return undefined
  const read = new Map<string, string | undefined>()
  const inner = lines.slice(1, end)
  for (const [index, line] of inner.entries()) {
    const [, double, single, plain, value = ""] = keyLine.exec(line) ?? []
    const key = double ?? single ?? plain
    if (key === undefined) continue
    const rest = inner.slice(index + 1)
    const next = rest.findIndex((after) => /^\S/.test(after))
    read.set(key, textOf(value.trim(), next === -1 ? rest : rest.slice(0, next)))
  }
  return read
}
