// What a run is made of and the public functions do not show one by one: positions, ids, the fold of entries.
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as BatchRun from "effect-anthropic/BatchRun"
import * as Journal from "effect-anthropic/Journal"
import { apply, emptyState } from "../../src/run/chunk.ts"
import type { Entry } from "../../src/run/entries.ts"
import { makeNonce, parseWireId, positionIn, sizeOf, tagOf, wireId } from "../../src/run/ids.ts"
import { countOf, includes, intervals, PositionSet, pack, unpack } from "../../src/run/positions.ts"
import type { Slot } from "../../src/run/slot.ts"
import { SlotList } from "../../src/run/slots.ts"

const Nat = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000_000_000 }))

describe("positions", () => {
  it.prop("are unpacked as they were packed", { some: Schema.Array(Nat) }, ({ some }) => {
    const positions = [...new Set(some.map((position) => position % 2_000))].toSorted((a, b) => a - b)
    const list = intervals(pack(positions))
    assert(list !== undefined)
    assert.deepStrictEqual([...unpack(list)], positions)
    assert.strictEqual(countOf(list), positions.length)
    for (let position = 0; position < 40; position++) {
      assert.strictEqual(includes(list, position), positions.includes(position))
    }
  })

  it.prop("are added once each, and only those of the intervals", { some: Schema.Array(Nat) }, ({ some }) => {
    const positions = some.map((position) => position % 40)
    const list = [
      { start: 3, end: 12 },
      { start: 12, end: 13 },
      { start: 20, end: 38 }
    ]
    const set = new PositionSet(list)
    const noted = new Set<number>()
    for (const position of positions) {
      assert.strictEqual(set.add(position), includes(list, position) && !noted.has(position))
      if (includes(list, position)) noted.add(position)
    }
    assert.strictEqual(set.size, noted.size)
    for (let position = 0; position < 40; position++) assert.strictEqual(set.has(position), noted.has(position))
  })

  it("are undefined for malformed intervals", () => {
    for (const ranges of [[1], [-1, 2], [0, 0], [0.5, 1], [0, Number.NaN]]) assert.isUndefined(intervals(ranges))
  })
})

describe("chunks of a run", () => {
  it.prop(
    "have ids that are parsed to their chunk and position",
    { chunk: Nat, position: Nat },
    ({ chunk, position }) => {
      const nonce = makeNonce()
      const id = wireId(nonce, chunk, position)
      assert.match(id, /^[a-zA-Z0-9_-]{1,64}$/)
      assert.deepStrictEqual(parseWireId(nonce, id), { chunk, position })
      assert.strictEqual(positionIn(tagOf(nonce, chunk), id), position)
    }
  )

  it("have ids that differ from those of other runs, other chunks and other forms", () => {
    const nonce = makeNonce()
    for (const end of ["", "-1", "-1-", "-01-1", "-1-0A", "-1-1-1", "-1-12345678901"]) {
      assert.isUndefined(parseWireId(nonce, `${nonce}${end}`), end)
    }
    assert.isUndefined(parseWireId(nonce, `x${nonce}-1-1`))
    assert.isUndefined(positionIn(tagOf(nonce, 1), wireId(nonce, 2, 1)))
  })

  it("have sizes that differ by up to a tenth", () => {
    const sizes = Array.from({ length: 100 }, (_, chunk) => sizeOf(1_000, "a".repeat(20), chunk))
    assert.isAtLeast(Math.min(...sizes), 900)
    assert.isAtMost(Math.max(...sizes), 1_000)
    assert.isAbove(new Set(sizes).size, 30)
    assert.strictEqual(sizeOf(5, "a", 1), 5)
  })
})

const opened: Entry = { entry: "opened", version: 1, runId: "a", nonce: "0".repeat(20), at: 0 }
const intent = (chunk: number, positions: ReadonlyArray<number> = [0, 2], digest = "d"): Entry => ({
  entry: "intent",
  chunk,
  kind: "batch",
  positions,
  count: 2,
  digest,
  at: 0
})
const created: Entry = { entry: "created", chunk: 0, batch: "b", at: 0 }
const ended: Entry = { entry: "ended", chunk: 0, how: "ended", at: 0 }
const settled: Entry = { entry: "settled", chunk: 0, again: [], at: 0 }

const folded = (...entries: ReadonlyArray<Entry>) => {
  const state = emptyState()
  for (const entry of entries) {
    const applied = apply(state, entry)
    if (Result.isFailure(applied)) return applied.failure
  }
  return state
}

describe("the entries of a run", () => {
  it("that cannot follow each other are reported as corrupt", () => {
    const cases: ReadonlyArray<readonly [ReadonlyArray<Entry>, RegExp]> = [
      [[intent(0)], /before opened/],
      [[opened, { ...opened, nonce: "1".repeat(20) }], /opened twice/],
      [[opened, created], /has no intent/],
      [[opened, intent(0), intent(0, [0, 2], "other")], /intended twice/],
      [[opened, intent(0, [0, 3])], /malformed/],
      [[opened, intent(0, [0])], /malformed/],
      [[opened, intent(0), ended], /has no batch/],
      [[opened, intent(0), settled], /settled before/],
      [[opened, intent(0), created, settled], /settled before/],
      [[opened, intent(0), created, ended, { ...settled, again: [1] }], /malformed/],
      [[opened, intent(0), created, { entry: "void", chunk: 0 }], /void after/]
    ]
    for (const [entries, reason] of cases) {
      const result = folded(...entries)
      assert.match(typeof result === "string" ? result : "it was taken", reason)
    }
  })

  it("that are repeated change nothing", () => {
    const once = [opened, intent(0), created, ended, settled]
    const twice = once.flatMap((entry) => [entry, entry])
    assert.deepStrictEqual(folded(...twice), folded(...once))
    const state = folded(...once, { ...created, batch: "other" }, { entry: "void", chunk: 9 })
    assert(typeof state === "object")
    assert.strictEqual(state.chunks.get(0)?.batchId, "b")
  })
})

describe("the errors of runs", () => {
  it("name their subject, and say whether they are retryable", () => {
    const errors = [
      [
        new Journal.JournalError({ runId: "a", reason: "corrupt", description: "torn" }),
        'journal of run "a": corrupt: torn',
        false
      ],
      [
        new Journal.JournalError({ runId: "a", reason: "unavailable", description: "full" }),
        'journal of run "a": unavailable: full',
        true
      ],
      [new Journal.RunLockedError({ runId: "a", owner: 2 }), 'run "a" is under way: owner 2 is alive', true],
      [new Journal.RunTakenOverError({ runId: "a" }), 'run "a" was taken over by another owner', false],
      [
        new BatchRun.ItemsChangedError({ runId: "a", reason: "fewer", from: 3, to: 3 }),
        'run "a": the items are fewer at position 3 than when it was started',
        false
      ],
      [
        new BatchRun.ItemsChangedError({ runId: "a", reason: "different", from: 3, to: 5 }),
        'run "a": the items are different at positions 3 to 5 than when it was started',
        false
      ],
      [
        new BatchRun.WorkspaceMismatchError({ runId: "a", expected: "x", received: "y" }),
        'run "a" was started in x, and the credential is of y',
        false
      ],
      [
        new BatchRun.OutcomeFileError({ path: "o", reason: "unavailable", description: "full" }),
        "o: unavailable: full",
        true
      ],
      [new BatchRun.RunOptionsError({ option: "chunk.items", description: "is 0" }), "`chunk.items` is 0", false]
    ] as const
    for (const [error, message, isRetryable] of errors) {
      assert.strictEqual(error.message, message)
      assert.strictEqual(error.isRetryable, isRetryable)
    }
  })
})

describe("BatchRun.progress", () => {
  it("counts unknown creates until they are found or created again, and has the reason of a wait", () => {
    const waiting = { _tag: "Waiting", reason: "reconcile", chunk: 0, until: 5 } as const
    const events: ReadonlyArray<BatchRun.RunEvent> = [
      { _tag: "Unknown", chunk: 0, count: 3 },
      { _tag: "Unknown", chunk: 1, count: 3 },
      waiting,
      { _tag: "Polled", chunk: 2, batchId: "b", status: "in_progress" }
    ]
    const before = events.reduce(BatchRun.progress, BatchRun.noProgress)
    assert.strictEqual(before.batches.unknown, 2)
    assert.deepStrictEqual(before.waiting, waiting)
    const found = BatchRun.progress(before, { _tag: "Adopted", chunk: 0, batchId: "b", isCertain: true })
    const again = BatchRun.progress({ _tag: "Renewed", chunk: 1 })(found)
    assert.deepInclude(again.batches, { unknown: 0, submitted: 1 })
    assert.isUndefined(again.waiting)
    assert.strictEqual(BatchRun.progress(again, { _tag: "Retried", chunk: 1, count: 2 }).retried, 2)
  })
})

describe("a list of items", () => {
  const Added = Schema.Struct({ position: Nat, attempts: Schema.Literals([0, 1, 2]), hasLast: Schema.Boolean })

  it.prop("gives back what was added, in order and by position", [Schema.Array(Added)], ([all]) => {
    const byPosition = new Map<number, Slot<object | undefined, string>>()
    for (const { attempts, hasLast, position } of all) {
      const item = position % 3 === 0 ? undefined : { position }
      const base = { item, id: `item-${position}`, position, attempts }
      const last = hasLast ? ({ ...base, batchId: undefined, _tag: "Expired" } as const) : undefined
      byPosition.set(position, { ...base, last })
    }
    const slots = [...byPosition.values()]
    const list = SlotList.of(slots)
    assert.deepStrictEqual([...list], slots)
    assert.strictEqual(list.length, slots.length)
    const sorted = slots.toSorted((a, b) => a.position - b.position)
    assert.deepStrictEqual([...list.inOrder], sorted)
    assert.deepStrictEqual(
      [...list.inOrder.positions],
      sorted.map(({ position }) => position)
    )
    for (const slot of slots) {
      assert.deepStrictEqual(list.inOrder.ofPosition(slot.position), slot)
      if (!byPosition.has(slot.position + 1)) assert.isUndefined(list.inOrder.ofPosition(slot.position + 1))
    }
  })

  it("finds thousands of items in a few ranges of positions", () => {
    const positions = [...Array(1_500).keys(), ...Array.from({ length: 2_000 }, (_, index) => 5_000 + index), 9_000]
    const slots = positions.map((position) => ({
      item: { position },
      id: `item-${position}`,
      position,
      attempts: 1,
      last: undefined
    }))
    const list = SlotList.of(slots)
    assert.deepStrictEqual([...list], slots)
    assert.strictEqual(list.inOrder, list)
    assert.deepStrictEqual([...SlotList.of(slots.toReversed()).inOrder], slots)
    for (const slot of slots) assert.deepStrictEqual(list.ofPosition(slot.position), slot)
    for (const position of [1_500, 4_999, 7_000, 8_999, 9_001]) assert.isUndefined(list.ofPosition(position))
  })
})
