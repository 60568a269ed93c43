// Leaves of the declarations what a consumer can reach: the exports of the public modules, and what their types mention.
// What is only mentioned loses its comment, because no editor shows it.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { decode, encode } from "@jridgewell/sourcemap-codec"
import ts from "typescript-5.9"

/** Prunes the declarations in a directory. `entries` are the absolute paths of the public ones. */
export function pruneDeclarations(directory, entries) {
  const files = readdirSync(directory, { recursive: true }).filter((name) => name.endsWith(".d.ts"))
  const modules = new Map(files.map((name) => join(directory, name)).map((file) => [file, readModule(file)]))
  const reached = new Reached(modules)
  for (const entry of entries) reached.addExport(entry, "*", true)
  for (const module of modules.values()) {
    if (module.statements.some((statement) => reached.statements.has(statement))) write(module, reached)
    else for (const name of [module.file, `${module.file}.map`]) rmSync(name)
  }
}

/** The statements of a module, what each declares and mentions, and where its imports and exports lead. */
function readModule(file) {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ESNext, true)
  const module = {
    file,
    source,
    statements: [],
    declared: new Map(),
    imported: new Map(),
    exported: new Map(),
    stars: []
  }
  for (const node of source.statements) {
    const statement = { node, names: new Set(), inner: [], isDeclaration: false, isAugmentation: false }
    module.statements.push(statement)
    if (ts.isImportDeclaration(node)) readImport(module, statement)
    else if (ts.isExportDeclaration(node)) readExport(module, statement)
    else readDeclaration(module, statement)
  }
  return module
}

/** The file that a specifier leads to, if it is one of this package. */
function targetOf(file, specifier) {
  if (specifier === undefined || !specifier.text.startsWith(".")) return undefined
  const target = join(dirname(file), specifier.text.replace(/\.[jt]s$/, ".d.ts"))
  if (!existsSync(target)) throw new Error(`${file} names ${specifier.text}, which has no declarations`)
  return target
}

const originalName = ({ name, propertyName }) => (propertyName ?? name).text

function importsOf({ importClause }) {
  const { name, namedBindings } = importClause ?? {}
  const imports = name === undefined ? [] : [{ local: name.text, name: "default" }]
  if (namedBindings === undefined) return imports
  if (ts.isNamespaceImport(namedBindings)) return [...imports, { local: namedBindings.name.text, name: "*" }]
  return [
    ...imports,
    ...namedBindings.elements.map((element) => ({ local: element.name.text, name: originalName(element) }))
  ]
}

function readImport(module, statement) {
  const target = targetOf(module.file, statement.node.moduleSpecifier)
  for (const { local, name } of importsOf(statement.node)) module.imported.set(local, { target, name, statement })
}

function readExport(module, statement) {
  const { exportClause, moduleSpecifier } = statement.node
  const target = moduleSpecifier === undefined ? module.file : targetOf(module.file, moduleSpecifier)
  if (exportClause === undefined) module.stars.push({ target, statement })
  else if (ts.isNamespaceExport(exportClause))
    module.exported.set(exportClause.name.text, { target, name: "*", statement })
  else {
    for (const element of exportClause.elements) {
      module.exported.set(element.name.text, { target, name: originalName(element), statement })
    }
  }
}

function declaredBy(node) {
  if (ts.isVariableStatement(node)) return node.declarationList.declarations.map(({ name }) => name.text)
  return node.name === undefined ? [] : [node.name.text]
}

function readDeclaration(module, statement) {
  const { node } = statement
  statement.isDeclaration = true
  statement.isAugmentation = ts.isModuleDeclaration(node) && ts.isStringLiteral(node.name)
  const isExported = node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  for (const name of declaredBy(node)) {
    module.declared.set(name, [...(module.declared.get(name) ?? []), statement])
    if (isExported) module.exported.set(name, { target: module.file, name, statement })
  }
  const visit = (part) => {
    if (ts.isIdentifier(part)) statement.names.add(part.text)
    if (ts.isImportTypeNode(part)) {
      const target = targetOf(module.file, part.argument.literal)
      let name = part.qualifier
      while (name !== undefined && ts.isQualifiedName(name)) name = name.left
      if (target !== undefined) statement.inner.push({ target, name: name?.text ?? "*" })
    }
    ts.forEachChild(part, visit)
  }
  visit(node)
}

class Reached {
  statements = new Set()
  /** Statements that declare what a public module exports. */
  exported = new Set()
  /** Imports and exports, each as its file and name. */
  names = new Set()
  #modules
  #visited = new Set()

  constructor(modules) {
    this.#modules = modules
  }

  /** Adds an export of a module, or all of them, and what it leads to. */
  addExport(file, name, isPublic) {
    const key = `${file} ${name} ${isPublic}`
    if (this.#visited.has(key)) return
    this.#visited.add(key)
    const module = this.#modules.get(file)
    const names = name === "*" ? [...module.exported.keys()] : [name]
    for (const own of names) {
      const found = module.exported.get(own)
      if (found !== undefined) this.#addOwnExport(module, own, found, isPublic)
    }
    for (const { statement, target } of module.stars) {
      if (name !== "*" && (module.exported.has(name) || !this.#hasExport(target, name))) continue
      this.statements.add(statement)
      this.addExport(target, name, isPublic)
    }
  }

  #addOwnExport(module, own, { name, statement, target }, isPublic) {
    this.names.add(`export ${module.file} ${own}`)
    if (!statement.isDeclaration) this.statements.add(statement)
    if (target === undefined) return
    if (target !== module.file) return this.addExport(target, name, isPublic)
    if (isPublic) for (const declaration of module.declared.get(name) ?? []) this.exported.add(declaration)
    this.#addLocal(module, name, isPublic)
  }

  #hasExport(file, name) {
    const { exported, stars } = this.#modules.get(file)
    return exported.has(name) || stars.some(({ target }) => this.#hasExport(target, name))
  }

  /** Adds what a name in a module stands for. */
  #addLocal(module, name, isPublic = false) {
    for (const statement of module.declared.get(name) ?? []) this.#addDeclaration(module, statement)
    const found = module.imported.get(name)
    if (found === undefined) return
    this.statements.add(found.statement)
    this.names.add(`import ${module.file} ${name}`)
    if (found.target !== undefined) this.addExport(found.target, found.name, isPublic)
  }

  #addDeclaration(module, statement) {
    if (this.statements.has(statement)) return
    this.statements.add(statement)
    for (const other of module.statements) if (other.isAugmentation) this.#addDeclaration(module, other)
    for (const name of statement.names) this.#addLocal(module, name)
    for (const { name, target } of statement.inner) this.addExport(target, name, false)
  }
}

/** `export {}`, and imports for the augmentation of a module. */
const isBare = (node) =>
  (ts.isImportDeclaration(node) && importsOf(node).length === 0) ||
  (ts.isExportDeclaration(node) && node.exportClause?.elements?.length === 0)

/** Writes what is reached of a module. Whole lines go, with their lines of the source map. */
function write({ file, source, statements }, reached) {
  const lines = source.text.split("\n")
  const removed = new Set()
  const lineOf = (position) => source.getLineAndCharacterOfPosition(position).line
  const remove = (from, to) => {
    for (let line = from; line < to; line++) removed.add(line)
  }
  for (const statement of statements) {
    const { node } = statement
    const [comment] = ts.getLeadingCommentRanges(source.text, node.getFullStart()) ?? []
    const start = lineOf(node.getStart())
    const end = lineOf(node.end) + 1
    const isKept = reached.statements.has(statement) || isBare(node)
    const hasComment = isKept && (!statement.isDeclaration || reached.exported.has(statement))
    if (comment !== undefined && !hasComment) remove(lineOf(comment.pos), start)
    if (!isKept) remove(start, end)
    const text = isKept ? narrowed(file, node, reached) : undefined
    if (text !== undefined) {
      lines[start] = text
      remove(start + 1, end)
    }
  }
  const isLeft = (_, line) => !removed.has(line)
  const map = JSON.parse(readFileSync(`${file}.map`, "utf8"))
  writeFileSync(file, lines.filter(isLeft).join("\n"))
  writeFileSync(`${file}.map`, JSON.stringify({ ...map, mappings: encode(decode(map.mappings).filter(isLeft)) }))
}

/** An import or export with only the names that are reached, or undefined if that is all of them. */
function narrowed(file, node, { names }) {
  const isImport = ts.isImportDeclaration(node)
  const list = isImport ? node.importClause?.namedBindings : node.exportClause
  if (list === undefined || !(ts.isNamedImports(list) || ts.isNamedExports(list))) return undefined
  const kept = list.elements.filter(({ name }) => names.has(`${isImport ? "import" : "export"} ${file} ${name.text}`))
  if (kept.length === list.elements.length) return undefined
  const text = node.getText()
  const offset = node.getStart()
  const before = text.slice(0, list.getStart() - offset)
  return `${before}{ ${kept.map((element) => element.getText()).join(", ")} }${text.slice(list.end - offset)}`
}
