// Writes the API reference to docs/api/, which is not committed. A link that leads nowhere is an error.
//
//   npm run docs
//
// TypeDoc needs the compiler interface of TypeScript 5, so both are installed beside the project and not into it.
import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const cache = join(root, "node_modules/.cache/typedoc")
const command = join(cache, "node_modules/typedoc/bin/typedoc")

if (!existsSync(command)) {
  mkdirSync(cache, { recursive: true })
  execFileSync(
    "npm",
    ["install", "--prefix", cache, "--no-audit", "--no-fund", "typedoc@0.28.20", "typescript@5.9.3"],
    { stdio: "inherit" }
  )
}

const modules = readdirSync(join(root, "src")).filter((name) => /^[A-Z]\w+\.ts$/.test(name))
const tsconfig = join(cache, "tsconfig.json")
writeFileSync(tsconfig, JSON.stringify({ extends: join(root, "tsconfig.json"), include: [join(root, "src")] }))
writeFileSync(
  join(cache, "options.json"),
  JSON.stringify({
    name: "effect-anthropic",
    entryPoints: [...modules.map((name) => join(root, "src", name)), join(root, "src/testing/index.ts")],
    out: join(root, "docs/api"),
    tsconfig,
    readme: "none",
    includeVersion: true,
    disableSources: true,
    excludePrivate: true,
    excludeInternal: true,
    excludeExternals: true,
    categorizeByGroup: false,
    githubPages: false,
    blockTags: ["@since", "@category", "@example", "@param", "@returns"],
    excludeNotDocumented: false,
    validation: { invalidLink: true, invalidPath: true, rewrittenLink: true, notExported: false, notDocumented: false },
    treatWarningsAsErrors: true
  })
)
process.exit(
  spawnSync(process.execPath, [command, "--options", join(cache, "options.json")], { cwd: root, stdio: "inherit" })
    .status ?? 1
)
