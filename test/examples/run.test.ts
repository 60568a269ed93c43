// The program of `npm start`: its view, its report, and what it prints where the output is no terminal.
import { execFile } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as BatchRun from "effect-anthropic/BatchRun"
import { Ledger } from "../../examples/support/ledger.ts"
import { textOf } from "../../examples/support/lines.ts"
import { reportOf } from "../../examples/support/report.ts"
import { viewOf } from "../../examples/support/runView.ts"

const began = 1_000_000

const ledgerOf = (...events: ReadonlyArray<BatchRun.RunEvent>): Ledger => {
  const ledger = new Ledger(DateTime.makeUnsafe(began))
  ledger.addEvent({ _tag: "Opened", runId: "r", isResumed: false, at: began }, began)
  events.forEach((event, index) => {
    ledger.addEvent(event, began + (index + 1) * 60_000)
  })
  return ledger
}

const shown = (ledger: Ledger, total: number): string =>
  viewOf("r", total, ledger, () => began + 3_725_000)
    .lines()
    .map(textOf)
    .join("\n")

describe("the live view of a run", () => {
  it("shows the state, the time, the batches and the reason of a wait", () => {
    const ledger = ledgerOf(
      { _tag: "Intended", chunk: 0, count: 2, bytes: 100, isRetry: false },
      { _tag: "Unknown", chunk: 0, count: 2 },
      { _tag: "Waiting", reason: "reconcile", chunk: 0, until: undefined }
    )
    const text = shown(ledger, 2)
    assert.include(text, "Run r  waiting  01:02:05")
    assert.include(text, "0 of 2")
    assert.include(text, "0 submitted, 0 ended, 1 unknown")
    assert.include(text, "a create got no answer")
  })

  it("is one line on a pipe, which is printed again only when something has changed", () => {
    const ledger = ledgerOf({ _tag: "ItemsRead", count: 2 })
    const before = viewOf("r", 2, ledger, () => began)
    ledger.addEvent({ _tag: "ItemsRead", count: 2 }, began)
    const after = viewOf("r", 2, ledger, () => began)
    assert.strictEqual(after.key, before.key)
    assert.notInclude(after.plain(), "\n")
    ledger.addEvent({ _tag: "Ended", chunk: 0, batchId: "msgbatch_1", how: "ended" }, began)
    assert.notStrictEqual(viewOf("r", 2, ledger, () => began).key, before.key)
  })
})

describe("the report of a run", () => {
  const summaryOf = (outcomes: ReadonlyArray<BatchRun.Outcome<string>>) =>
    Effect.runPromise(Stream.fromIterable(outcomes).pipe(Stream.run(BatchRun.summary)))

  it("escapes texts of the caller, and loads no file", async () => {
    const summary = await summaryOf([
      {
        _tag: "Unsent",
        item: "x",
        id: "<script>alert(1)</script>",
        position: 0,
        batchId: undefined,
        attempts: 0,
        reason: "duplicate",
        issues: []
      }
    ])
    const html = reportOf({ name: 'a "run" & <more>', ledger: ledgerOf(), summary })
    assert.notInclude(html, "<script")
    assert.include(html, "&lt;script&gt;alert(1)&lt;/script&gt;")
    assert.include(html, "a &quot;run&quot; &amp; &lt;more&gt;")
    assert.notMatch(html, /(?:src|href)=|https?:|@import|url\(/)
    assert.include(html, "No batch was created.")
  })

  it("shows how long each batch took, also one whose create got no answer", async () => {
    const ledger = ledgerOf(
      { _tag: "Intended", chunk: 0, count: 7, bytes: 100, isRetry: false },
      { _tag: "Unknown", chunk: 0, count: 7 },
      { _tag: "Adopted", chunk: 0, batchId: "msgbatch_1", isCertain: true },
      { _tag: "Ended", chunk: 0, batchId: "msgbatch_1", how: "ended" }
    )
    const html = reportOf({ name: "r", ledger, summary: await summaryOf([]) })
    assert.include(html, "msgbatch_1: 7 requests, 00:03:00, found after its create got no answer")
  })
})

describe("npm start", () => {
  it("ends with one outcome for each item, prints no colour on a pipe, and writes its report", {
    timeout: 120_000
  }, async () => {
    const directory = mkdtempSync(join(tmpdir(), "start-"))
    try {
      const report = join(directory, "run.html")
      const { stderr, stdout } = await promisify(execFile)(process.execPath, [
        "scripts/run.mjs",
        "examples/run.ts",
        "--report",
        report
      ])
      assert.strictEqual(stderr, "")
      assert.notInclude(stdout, "\u001b")
      assert.include(stdout, "Every one of 360 items has one outcome: 350 succeeded")
      assert.include(stdout, "10 × refusal")
      const html = readFileSync(report, "utf8")
      assert.include(html, "<td>claude-sonnet-5</td>")
      assert.include(html, "found after its create got no answer")
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})

describe("the costs of a run", () => {
  it("are zero without answers", () => {
    assert.isTrue(BigDecimal.isZero(ledgerOf().total.cost))
  })
})
