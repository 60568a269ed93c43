// What an editor shows for the exports of the packed package is short enough to be read: at most ten lines each.
import assert from "node:assert/strict"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import ts from "typescript-5.9"
import { checkDocs, checkDual } from "./docs.mjs"

const mostLines = 10

const compilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true
}

/** A language service over one file, whose text can be replaced. */
function serviceFor(project, file) {
  let version = 0
  const service = ts.createLanguageService({
    ...ts.sys,
    useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
    getScriptFileNames: () => [file],
    getScriptVersion: (name) => (name === file ? String(version) : "0"),
    getScriptSnapshot: (name) => {
      const text = ts.sys.readFile(name)
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
    },
    getCurrentDirectory: () => project,
    getCompilationSettings: () => compilerOptions,
    getDefaultLibFileName: ts.getDefaultLibFilePath
  })
  const write = (text) => {
    writeFileSync(file, text)
    version++
  }
  return { service, write }
}

/** What each import of the file leads to. */
function modulesOf(service, file, specifiers) {
  const program = service.getProgram()
  const checker = program.getTypeChecker()
  return program.getSourceFile(file).statements.map(({ moduleSpecifier }, index) => ({
    specifier: specifiers[index],
    module: checker.getSymbolAtLocation(moduleSpecifier)
  }))
}

/** The names that a module exports, values and types. */
function namesOf(checker, module) {
  return checker.getExportsOfModule(module).map((symbol) => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
    return { name: symbol.name, isValue: (target.flags & ts.SymbolFlags.Value) !== 0 }
  })
}

/** Fails when what is shown for a public export is longer than it should be, or when its comment lacks something. */
export function checkHovers({ library, project }) {
  const { exports } = JSON.parse(readFileSync(join(library, "package.json"), "utf8"))
  const specifiers = Object.keys(exports)
    .filter((path) => path !== "./package.json")
    .map((path) => join("effect-anthropic", path))
  const file = join(project, "hovers.ts")
  const { service, write } = serviceFor(project, file)
  const imports = specifiers.map((specifier, index) => `import * as M${index} from "${specifier}"`).join("\n")
  write(imports)
  const checker = service.getProgram().getTypeChecker()
  const modules = modulesOf(service, file, specifiers)
  // The root and the entry for tests export namespaces.
  const documented = modules.filter(({ specifier }) => /\/[A-Z]/.test(specifier))
  checkDocs(checker, documented)
  checkDual(checker, documented)
  const uses = modules.flatMap(({ module, specifier }, index) =>
    namesOf(checker, module).map(({ isValue, name }) => ({
      label: `${specifier}: ${name}`,
      code: isValue ? `M${index}.${name}` : `type _ = M${index}.${name}`
    }))
  )
  const text = [imports, ...uses.map(({ code }) => code)].join("\n")
  write(text)
  let position = imports.length + 1
  const long = []
  for (const { code, label } of uses) {
    const info = service.getQuickInfoAtPosition(file, position + code.lastIndexOf(".") + 1)
    assert.ok(info !== undefined, label)
    // The last line of a name that is exported again says only that.
    const shown = ts.displayPartsToString(info.displayParts).replace(/\n(import|export) .*$/, "")
    const lines = shown.split("\n").length
    if (lines > mostLines) long.push(`${label}: ${lines} lines`)
    position += code.length + 1
  }
  assert.deepEqual(long, [], `exports whose hover is longer than ${mostLines} lines`)
  return uses.length
}
