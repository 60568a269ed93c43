// Compiles src to dist, then marks what runs while a module loads as pure: bundlers keep all of it otherwise.
// Of the declarations only those stay that a consumer can reach.
import { execFileSync } from "node:child_process"
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { decode, encode } from "@jridgewell/sourcemap-codec"
import { parseAst } from "rolldown/parseAst"
import { pruneDeclarations } from "./declarations.mjs"

const root = fileURLToPath(new URL("..", import.meta.url))
const dist = join(root, "dist")
const pure = "/*#__PURE__*/"
const unmarkable = ["MemberExpression", "SpreadElement", "TemplateLiteral", "BinaryExpression", "UnaryExpression"]

rmSync(dist, { recursive: true, force: true })
const tsc = join(root, "node_modules/typescript/bin/tsc")
execFileSync(process.execPath, [tsc, "-p", "tsconfig.src.json", "--noEmit", "false"], { cwd: root, stdio: "inherit" })
for (const name of readdirSync(dist, { recursive: true })) {
  if (name.endsWith(".js")) annotate(join(dist, name))
}

const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
const modules = Object.values(exports).filter((file) => file.endsWith(".js"))
pruneDeclarations(
  dist,
  modules.map((file) => join(root, file.replace(/\.js$/, ".d.ts")))
)

function annotate(file) {
  const code = readFileSync(file, "utf8")
  const map = JSON.parse(readFileSync(`${file}.map`, "utf8"))
  const lines = code.split("\n")
  const mappings = decode(map.mappings)
  for (const [offset, text] of annotations(parseAst(code)).sort((a, b) => b[0] - a[0])) {
    const before = code.slice(0, offset).split("\n")
    const line = before.length - 1
    const column = before[line].length
    lines[line] = lines[line].slice(0, column) + text + lines[line].slice(column)
    for (const segment of mappings[line]) {
      if (segment[0] >= column) segment[0] += text.length
    }
  }
  writeFileSync(file, lines.join("\n"))
  writeFileSync(`${file}.map`, JSON.stringify({ ...map, mappings: encode(mappings) }))
}

/** What to insert, and where. */
function annotations(program) {
  return program.body.flatMap(valuesAtLoad).flatMap((value) => {
    const calls = []
    const seen = new Set()
    const visit = (node) => {
      if (node === null || typeof node !== "object" || /Function/.test(node.type)) return
      if (node.type === "CallExpression" || node.type === "NewExpression") {
        // A marked call is dropped whatever its callee does, so one mark stands for a chain.
        calls.push([node.start, pure])
        return node.arguments.forEach(visit)
      }
      seen.add(node.type)
      Object.values(node).forEach(visit)
    }
    visit(value)
    // No mark makes the read of a property, or an operator, droppable, but a pure call around it does.
    return seen.has("Identifier") && unmarkable.some((type) => seen.has(type))
      ? [
          [value.start, `${pure}(() => (`],
          [value.end, "))()"]
        ]
      : calls
  })
}

/** The expressions of a top-level statement that are evaluated when the module loads. */
function valuesAtLoad(statement) {
  const declaration = statement.declaration ?? statement
  if (declaration.type === "VariableDeclaration") return declaration.declarations.map(({ init }) => init)
  if (declaration.type !== "ClassDeclaration") return []
  const fields = declaration.body.body.filter((member) => member.type === "PropertyDefinition" && member.static)
  return [declaration.superClass, ...fields.map(({ value }) => value)]
}
