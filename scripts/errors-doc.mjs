// Writes the tables of docs/errors.md from the error classes and the error types of the public modules.
//
//   npm run docs:errors             writes them
//   npm run docs:errors -- --check  fails when they are not those of the code
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript-5.9"

const root = fileURLToPath(new URL("..", import.meta.url))
const page = join(root, "docs/errors.md")
const modules = readdirSync(join(root, "src")).filter((name) => /^[A-Z]\w+\.ts$/.test(name))
const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile).config,
  ts.sys,
  root
)
const program = ts.createProgram(
  modules.map((name) => join(root, "src", name)),
  options
)
const checker = program.getTypeChecker()

const exportsOf = (name) => {
  const file = program.getSourceFile(join(root, "src", name))
  return checker.getExportsOfModule(checker.getSymbolAtLocation(file)).map((symbol) => ({
    name: symbol.name,
    symbol: symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  }))
}

/** The first paragraph of a docstring, on one line. */
const sentenceOf = (symbol) =>
  ts
    .displayPartsToString(symbol.getDocumentationComment(checker))
    .split("\n\n")[0]
    .replaceAll(/\s*\n\s*/g, " ")
    .replaceAll("|", "\\|")

const isErrorClass = ({ name, symbol }) => (symbol.flags & ts.SymbolFlags.Class) !== 0 && /Error$/.test(name)

/** `_tag` of the members of a type, if all of them have one. */
const tagsOf = (type) => {
  const members = type.isUnion() ? type.types : [type]
  const tags = members.map((member) => {
    const tag = checker.getPropertyOfType(member, "_tag")
    const value = tag === undefined ? undefined : checker.getTypeOfSymbol(tag)
    return value?.isStringLiteral() ? value.value : undefined
  })
  return tags.includes(undefined) ? undefined : tags.sort()
}

const table = (heads, rows) =>
  [heads, heads.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

/** What the page says can be done about each error: the last cell of its row, written by hand. */
const advice = new Map(
  [...readFileSync(page, "utf8").matchAll(/^\| `(\w+)` \| `\w+` \|.*\| ([^|]*) \|$/gm)].map(([, name, text]) => [
    name,
    text
  ])
)

function classes() {
  const seen = new Map()
  for (const module of modules) {
    for (const entry of exportsOf(module).filter(isErrorClass)) {
      if (seen.has(entry.symbol)) continue
      seen.set(entry.symbol, [
        `\`${entry.name}\``,
        `\`${module.slice(0, -3)}\``,
        sentenceOf(entry.symbol),
        advice.get(entry.name) ?? "-"
      ])
    }
  }
  return table(
    ["error", "module", "when", "what to do"],
    [...seen.values()].sort((one, other) => (one[0] < other[0] ? -1 : 1))
  )
}

function operations() {
  const unions = modules.flatMap((module) =>
    exportsOf(module)
      .filter(({ name, symbol }) => /Error$/.test(name) && (symbol.flags & ts.SymbolFlags.TypeAlias) !== 0)
      .map(({ name, symbol }) => [
        `\`${module.slice(0, -3)}.${name}\``,
        tagsOf(checker.getDeclaredTypeOfSymbol(symbol))
      ])
      .filter(([name, tags]) => tags !== undefined && !name.startsWith("`AnthropicError."))
  )
  const everywhere = new Set(common(unions.map(([, tags]) => tags)))
  return { rows: unions, everywhere }
}

/** The tags that most unions have, so that each row tells only what is special to it. */
function common(unions) {
  const counts = new Map()
  for (const tag of unions.flat()) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  return [...counts].filter(([, count]) => count >= unions.length * 0.75).map(([tag]) => tag)
}

const { everywhere, rows } = operations()
const without = (tags) => (tags.length === everywhere.size ? "all of these: it makes no call" : quoted(tags) || "-")
const quoted = (tags) => tags.map((tag) => `\`${tag}\``).join(", ")
const sections = {
  classes: classes(),
  common: `${quoted([...everywhere].sort())}.`,
  operations: table(
    ["type", "fails with, beside the common ones", "without"],
    rows.map(([name, tags]) => [
      name,
      quoted(tags.filter((tag) => !everywhere.has(tag))) || "-",
      without([...everywhere].filter((tag) => !tags.includes(tag)).sort())
    ])
  )
}

const before = readFileSync(page, "utf8")
const after = before.replaceAll(
  /(<!-- (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
  (_, start, name, end) => `${start}\n${sections[name]}\n\n${end}`
)
if (!process.argv.includes("--check")) writeFileSync(page, after)
else if (before !== after) {
  console.error("docs/errors.md is not what the code says: run `npm run docs:errors`")
  process.exit(1)
}
