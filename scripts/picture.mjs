// Draws docs/run.svg, the moving picture of the README, from the pictures that a real run of `npm start` records.
//
//   npm run picture
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const directory = mkdtempSync(join(tmpdir(), "picture-"))
const record = join(directory, "frames.jsonl")
execFileSync(process.execPath, ["scripts/run.mjs", "examples/run.ts"], {
  env: { ...process.env, RECORD: record },
  stdio: ["ignore", "ignore", "inherit"]
})
const pictures = readFileSync(record, "utf8").trim().split("\n")
rmSync(directory, { recursive: true })

const most = 36
const secondsOfRun = 12
const secondsOfEnd = 5
const [characterWidth, lineHeight, left, top] = [8.45, 20, 20, 52]

const moving = pictures.slice(0, -1)
const step = Math.max(1, Math.ceil(moving.length / most))
const shown = [...moving.filter((_, index) => index % step === 0), pictures.at(-1)].map((text) => JSON.parse(text))
const height = top + Math.max(...shown.map((lines) => lines.length)) * lineHeight + 12

const longest = Math.max(...shown.flat().map((line) => line.reduce((sum, { text }) => sum + text.length, 0)))
const width = Math.ceil(2 * left + longest * characterWidth)

const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")

const textLine = (line, index) => {
  const spans = line.map(({ style, text }) => `<tspan class="${style}">${escape(text)}</tspan>`).join("")
  return `<text x="${left}" y="${top + index * lineHeight}" xml:space="preserve">${spans}</text>`
}

// Each picture is seen for its share of the time; the last one stays longer.
const total = secondsOfRun + secondsOfEnd
const each = secondsOfRun / (shown.length - 1)
const groups = shown.map((lines, index) => {
  const from = (100 * index * each) / total
  const to = index === shown.length - 1 ? 100 : (100 * (index + 1) * each) / total
  const keyframes = `@keyframes f${index}{0%{opacity:${index === 0 ? 1 : 0}}${from.toFixed(3)}%{opacity:1}${to.toFixed(3)}%{opacity:${to === 100 ? 1 : 0}}100%{opacity:${to === 100 ? 1 : 0}}}`
  const body = lines.map(textLine).join("\n")
  return { css: `${keyframes}\n.f${index}{animation:f${index} ${total}s step-end infinite}`, body, index }
})

const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="A run of 360 requests in a terminal: batches, outcomes, tokens, cost, and what batching saved">
<style>
.frame{fill:#ffffff;stroke:#d0d7de}.plain{fill:#1f2328}.strong{fill:#1f2328;font-weight:bold}.dim{fill:#59636e}.good{fill:#1a7f37}.bad{fill:#cf222e}.accent{fill:#0969da}
@media (prefers-color-scheme:dark){.frame{fill:#0d1117;stroke:#3d444d}.plain{fill:#f0f6fc}.strong{fill:#f0f6fc}.dim{fill:#9198a1}.good{fill:#3fb950}.bad{fill:#f85149}.accent{fill:#4493f8}}
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
g{opacity:0}
${groups.map(({ css }) => css).join("\n")}
@media (prefers-reduced-motion:reduce){g[class]{animation:none}.f${shown.length - 1}{opacity:1}}
</style>
<rect class="frame" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
<text x="${left}" y="26"><tspan class="dim">$ npm start</tspan></text>
${groups.map(({ body, index }) => `<g class="f${index}">\n${body}\n</g>`).join("\n")}
</svg>
`
writeFileSync("docs/run.svg", svg)
console.log(`docs/run.svg: ${shown.length} pictures, ${Math.round(svg.length / 1024)} KiB`)
