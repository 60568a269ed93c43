// Every public export says what it is: a sentence, a category and the version it came with, in sentences of at most 25 words.
// And every function of a subject and what is done with it takes the subject first or last.
import assert from "node:assert/strict"
import ts from "typescript-5.9"

const mostWords = 25

/** The comment of a declaration. That of a variable stands before its statement, that of a re-export before its name. */
const commentsOf = (declaration) => {
  const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration
  return ts
    .getJSDocCommentsAndTags(node)
    .filter(ts.isJSDoc)
    .map((comment) => comment.getText())
}

/** Types and values of the same name are documented each by itself. Signatures of one function share a comment. */
const kindOf = (declaration) =>
  ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration) ? "type" : "value"

/** A name and what it is another name of, down to the declaration. */
const chainOf = (checker, symbol) =>
  symbol.flags & ts.SymbolFlags.Alias
    ? [symbol, ...chainOf(checker, checker.getImmediateAliasedSymbol(symbol))]
    : [symbol]

function commentsByKind(checker, symbol) {
  const chain = chainOf(checker, symbol)
  const own = chain.flatMap(({ declarations = [] }) => declarations.filter(ts.isExportSpecifier).flatMap(commentsOf))
  const byKind = new Map()
  for (const declaration of chain.at(-1).declarations ?? []) {
    if (ts.isSourceFile(declaration)) continue
    const kind = kindOf(declaration)
    byKind.set(kind, [...(byKind.get(kind) ?? own), ...commentsOf(declaration)])
  }
  return byKind
}

const sentencesOf = (comment) =>
  comment
    .replace(/^\/\*\*|\*\/$/g, "")
    .replace(/^[ \t]*\* ?/gm, "")
    .replace(/^@example\n[^@]*(?:^ ?@|$)/gm, "@")
    .split(/^@/m)[0]
    .split(/\n\s*\n|\n- /)
    .flatMap((part) => part.replace(/\s+/g, " ").split(/(?<=[.!?:;])\s/))
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== "")

const wordsOf = (sentence) => sentence.split(" ").filter((word) => /\w/.test(word)).length

function problemsOf(comments) {
  const text = comments.join("\n")
  const sentences = comments.flatMap(sentencesOf)
  return [
    ...(sentences.length === 0 ? ["no sentence"] : []),
    ...["category", "since"].filter((tag) => !text.includes(`@${tag} `)).map((tag) => `no @${tag}`),
    ...sentences.filter((sentence) => wordsOf(sentence) > mostWords).map((sentence) => `long: ${sentence}`)
  ]
}

/** Fails with the exports of modules whose comment lacks something. */
export function checkDocs(checker, modules) {
  const wrong = modules.flatMap(({ module, specifier }) =>
    checker
      .getExportsOfModule(module)
      .flatMap((symbol) =>
        [...commentsByKind(checker, symbol)].flatMap(([kind, comments]) =>
          problemsOf(comments).map((problem) => `${specifier}: ${symbol.name} (${kind}): ${problem}`)
        )
      )
  )
  assert.deepEqual(wrong, [], "exports whose comments lack something")
}

/** What takes its first argument first only: constructors, calls by their parameters, and where a last one may be left out. */
const dataFirst = [
  "effect-anthropic/AnthropicLanguageModel: model",
  "effect-anthropic/BatchRequest: make",
  "effect-anthropic/BatchRun: plan",
  "effect-anthropic/Files: downloadTo",
  "effect-anthropic/Messages: createAs",
  "effect-anthropic/Tools: answer",
  "effect-anthropic/Tools: loop",
  "effect-anthropic/Tools: stream"
]

/** Fails with the functions that need two arguments or more and have no form with the first one last. */
export function checkDual(checker, modules) {
  const single = modules.flatMap(({ module, specifier }) =>
    checker.getExportsOfModule(module).flatMap((symbol) => {
      const target = chainOf(checker, symbol).at(-1)
      if (target.valueDeclaration === undefined) return []
      const signatures = checker.getTypeOfSymbol(target).getCallSignatures()
      return signatures.length === 1 && signatures[0].minArgumentCount > 1 ? [`${specifier}: ${symbol.name}`] : []
    })
  )
  assert.deepEqual(single.sort(), dataFirst, "functions of two arguments that are not dual")
}
