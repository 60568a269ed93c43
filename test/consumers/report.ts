// Opens the report that `npm start -- --report` writes in headless Chromium, and measures what a reader would see.
import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"

/** Measures the page from inside, and leaves what it found where `--dump-dom` prints it. */
const probe = `<script>
addEventListener("load", () => {
  const view = document.documentElement.clientWidth
  const box = (element) => element.getBoundingClientRect()
  const pre = document.createElement("pre")
  pre.id = "probe"
  pre.textContent = JSON.stringify({
    headings: [...document.querySelectorAll("h2")].map(({ textContent }) => textContent),
    facts: [...document.querySelectorAll(".fact")].map(({ innerText }) => innerText.replace("\\n", " ")),
    bars: [...document.querySelectorAll("svg rect")].filter((bar) => box(bar).width >= 1 && box(bar).right <= view).length,
    batches: document.querySelectorAll("svg g").length,
    isTooWide: document.documentElement.scrollWidth > view,
    loaded: performance.getEntriesByType("resource").map(({ name }) => name)
  })
  document.body.append(pre)
})
</script>`

const unescaped = (html: string): string =>
  html.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&")

/** Runs `npm start`, opens its report in the browser, and fails unless all parts are there to see. */
export const openReport = async (chromium: string, limit: number): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), "report-"))
  const path = join(folder, "run.html")
  try {
    await promisify(execFile)("node", ["scripts/run.mjs", "examples/run.ts", "--report", path], { timeout: limit })
    const html = readFileSync(path, "utf8")
    writeFileSync(path, html.replace("</body>", `${probe}</body>`))
    const { stdout } = await promisify(execFile)(
      chromium,
      [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--window-size=1000,900",
        `--user-data-dir=${join(folder, "profile")}`,
        "--dump-dom",
        pathToFileURL(path).href
      ],
      { timeout: limit, maxBuffer: 16_000_000 }
    )
    const found = /<pre id="probe">(.*?)<\/pre>/s.exec(stdout)?.[1]
    assert.ok(found !== undefined, "the browser did not show the report")
    const { bars, batches, facts, ...rest } = JSON.parse(unescaped(found))
    assert.deepEqual(rest, {
      headings: ["Outcomes", "Failures by cause", "Cost by model", "Batches in time"],
      isTooWide: false,
      loaded: []
    })
    assert.ok(batches > 0, "no batch is in the timeline")
    assert.equal(bars, batches)
    assert.deepEqual(
      facts.map((fact: string) => fact.replace(/^\S+ /, "")),
      ["succeeded", "other outcomes", "cost", "saved by batching", "sent more than once"]
    )
    return `${batches} batches, ${facts.join(", ")}`
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
