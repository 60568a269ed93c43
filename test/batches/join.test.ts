import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { pipe } from "effect/Function"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Batches from "effect-anthropic/Batches"
import * as StructuredOutput from "effect-anthropic/StructuredOutput"
import { onEmulator, seedEnded, wireMessage } from "../support/batches.ts"

const decode = Schema.decodeUnknownSync(Batches.MessageBatchIndividualResponse)

/** A result with the answer `text`. */
const result = (custom_id: string, text = `answer to ${custom_id}`) =>
  decode({ custom_id, result: { type: "succeeded", message: wireMessage(text) } })

const resultsOf = (...ids: ReadonlyArray<string>) => Stream.fromIterable(ids.map((id) => result(id)))

interface Item {
  readonly id: string
  readonly n: number
}

const idOf = (item: Item) => item.id

/** A row as `Joined a 1`; repeats have a `!`. */
const tell = (row: Batches.JoinRow<Item, unknown>): string => {
  switch (row._tag) {
    case "Joined":
      return `Joined ${row.custom_id} ${row.item.n}`
    case "ItemOnly":
      return `ItemOnly ${row.custom_id} ${row.item.n}${row.isRepeated ? "!" : ""}`
    case "ResultOnly":
      return `ResultOnly ${row.custom_id}${row.isRepeated ? "!" : ""}`
  }
}

const told = <E, R>(rows: Stream.Stream<Batches.JoinRow<Item, unknown>, E, R>) =>
  Effect.map(Stream.runCollect(rows), (all) => all.map(tell))

describe("Batches.join", () => {
  it.effect("emits results with their items as they arrive, then the items without a result", () =>
    Effect.gen(function* () {
      const items = [
        { id: "a", n: 1 },
        { id: "b", n: 2 },
        { id: "c", n: 3 },
        { id: "d", n: 4 }
      ]
      assert.deepStrictEqual(yield* told(Batches.join(resultsOf("c", "x", "a"), items, idOf)), [
        "Joined c 3",
        "ResultOnly x",
        "Joined a 1",
        "ItemOnly b 2",
        "ItemOnly d 4"
      ])
    })
  )

  it.effect("takes the results first or last", () =>
    Effect.gen(function* () {
      const items = [{ id: "a", n: 1 }]
      const rows = Batches.join(resultsOf("a", "b"), items, idOf)
      const piped = pipe(resultsOf("a", "b"), Batches.join(items, idOf))
      assert.deepStrictEqual(yield* Stream.runCollect(rows), yield* Stream.runCollect(piped))
      assert.deepStrictEqual(yield* told(rows), ["Joined a 1", "ResultOnly b"])
    })
  )

  it.effect("emits the row of a result with its message, and the item itself", () =>
    Effect.gen(function* () {
      const item = { id: "a", n: 1 }
      const [row] = yield* Stream.runCollect(Batches.join(resultsOf("a"), [item], idOf))
      assert(row?._tag === "Joined")
      assert.strictEqual(row.item, item)
      assert.deepStrictEqual(row.result, result("a").result)
    })
  )

  it.effect("keeps every item with the same id, and marks the repeated ones", () =>
    Effect.gen(function* () {
      const items = [
        { id: "a", n: 1 },
        { id: "a", n: 2 },
        { id: "b", n: 3 },
        { id: "b", n: 4 },
        { id: "a", n: 5 }
      ]
      assert.deepStrictEqual(yield* told(Batches.join(resultsOf("a"), items, idOf)), [
        "Joined a 1",
        "ItemOnly b 3",
        "ItemOnly a 2!",
        "ItemOnly b 4!",
        "ItemOnly a 5!"
      ])
    })
  )

  it.effect("keeps every result with the same id, and marks the repeated ones", () =>
    Effect.gen(function* () {
      const rows = Batches.join(resultsOf("a", "a", "x", "x", "a"), [{ id: "a", n: 1 }], idOf)
      assert.deepStrictEqual(yield* told(rows), [
        "Joined a 1",
        "ResultOnly a!",
        "ResultOnly x",
        "ResultOnly x!",
        "ResultOnly a!"
      ])
    })
  )

  it.effect("does not give a repeated result to a repeated item", () =>
    Effect.gen(function* () {
      const items = [
        { id: "a", n: 1 },
        { id: "a", n: 2 }
      ]
      assert.deepStrictEqual(yield* told(Batches.join(resultsOf("a", "a"), items, idOf)), [
        "Joined a 1",
        "ResultOnly a!",
        "ItemOnly a 2!"
      ])
    })
  )

  it.effect("keeps items that are undefined or null", () =>
    Effect.gen(function* () {
      const rows = Batches.join(resultsOf("undefined"), [undefined, null], String)
      assert.deepStrictEqual(
        (yield* Stream.runCollect(rows)).map((row) => [row._tag, row._tag === "ResultOnly" ? "" : row.item]),
        [
          ["Joined", undefined],
          ["ItemOnly", null]
        ]
      )
    })
  )

  it.effect("emits the same rows in every run, also from an iterator that can be read only once", () =>
    Effect.gen(function* () {
      let made = 0
      function* items() {
        for (const id of ["a", "b"]) yield { id, n: ++made }
      }
      const rows = Batches.join(resultsOf("a"), items(), idOf)
      assert.strictEqual(made, 0)
      const expected = ["Joined a 1", "ItemOnly b 2"]
      assert.deepStrictEqual(yield* told(rows), expected)
      assert.deepStrictEqual(yield* told(rows), expected)
      const both = yield* Effect.all([told(rows), told(rows)], { concurrency: 2 })
      assert.deepStrictEqual(both, [expected, expected])
      assert.strictEqual(made, 2)
    })
  )

  it.effect("dies in every run, also the second, when the items cannot be read", () =>
    Effect.gen(function* () {
      function* items() {
        yield { id: "a", n: 1 }
        throw new Error("the file is gone")
      }
      const rows = Batches.join(resultsOf("a"), items(), idOf)
      for (const _ of [1, 2]) {
        const exit = yield* Effect.exit(told(rows))
        assert(exit._tag === "Failure")
        assert.include(String(exit.cause), "the file is gone")
      }
    })
  )

  it.effect("fails with the error of its results, after the rows before it", () =>
    Effect.gen(function* () {
      const failing = Stream.concat(resultsOf("a"), Stream.fail("cut"))
      const seen: Array<string> = []
      const rows = Batches.join(failing, [{ id: "a", n: 1 }], idOf)
      const error = yield* Effect.flip(Stream.runForEach(rows, (row) => Effect.sync(() => seen.push(tell(row)))))
      assert.strictEqual(error, "cut")
      assert.deepStrictEqual(seen, ["Joined a 1"])
    })
  )

  it.effect("joins the results of a batch", () =>
    Effect.gen(function* () {
      const { id } = yield* seedEnded(2)
      const items = [
        { id: "seed-000002", n: 2 },
        { id: "elsewhere", n: 3 }
      ]
      const rows = yield* told(Batches.results(id).pipe(Batches.join(items, idOf)))
      assert.deepStrictEqual(rows.sort(), ["ItemOnly elsewhere 3", "Joined seed-000002 2", "ResultOnly seed-000001"])
    }).pipe(onEmulator())
  )

  const Id = Schema.Literals(["a", "b", "c", "d", "__proto__", "constructor"])

  it.effect.prop(
    "emits every item and every result exactly once, in any order and with any repeats",
    { items: Schema.Array(Id), results: Schema.Array(Id) },
    ({ items, results }) =>
      Effect.gen(function* () {
        const numbered = items.map((id, n) => ({ id, n }))
        const answers = results.map((id, index) => result(id, `answer ${index}`))
        const rows = yield* Stream.runCollect(Batches.join(Stream.fromIterable(answers), numbered, idOf))
        const itemsOut = rows.flatMap((row) => (row._tag === "ResultOnly" ? [] : [row.item.n]))
        assert.deepStrictEqual(
          itemsOut.sort((a, b) => a - b),
          numbered.map(({ n }) => n)
        )
        assert.deepStrictEqual(
          rows.flatMap((row) => (row._tag === "ItemOnly" ? [] : [row.result])),
          answers.map((answer) => answer.result)
        )
        for (const id of new Set([...items, ...results])) {
          const own = rows.filter((row) => row.custom_id === id)
          const isAsked = items.includes(id)
          const isAnswered = results.includes(id)
          const joined = own.filter((row) => row._tag === "Joined")
          assert.lengthOf(joined, isAsked && isAnswered ? 1 : 0)
          // Exactly the first item and the first result of an id are not repeats.
          const first = own.filter((row) => row._tag === "Joined" || !row.isRepeated)
          assert.lengthOf(first, 1)
          if (joined[0] !== undefined) assert.strictEqual(joined[0].item.n, items.indexOf(id))
        }
      }),
    { arbitrary: { runs: 200 } }
  )
})

describe("Batches.joinAs", () => {
  const Judgement = Schema.Struct({ stars: Schema.Int })
  const items = [
    { id: "a", n: 1 },
    { id: "b", n: 2 },
    { id: "c", n: 3 },
    { id: "d", n: 4 }
  ]
  const results = Stream.fromIterable([
    result("a", JSON.stringify({ stars: 5 })),
    result("b", JSON.stringify({ stars: "many" })),
    decode({ custom_id: "c", result: { type: "expired" } }),
    result("x", JSON.stringify({ stars: 1 }))
  ])

  it.effect("decodes each answer by the schema, and joins as join does", () =>
    Effect.gen(function* () {
      const rows = yield* Stream.runCollect(
        Batches.joinAs(results, items, idOf, StructuredOutput.decodeResult(Judgement))
      )
      assert.deepStrictEqual(rows.map(tell), ["Joined a 1", "Joined b 2", "Joined c 3", "ResultOnly x", "ItemOnly d 4"])
      assert.deepStrictEqual(
        rows.map((row) => (row._tag === "ItemOnly" ? undefined : row.result.type)),
        ["succeeded", "unfit", "expired", "succeeded", undefined]
      )
      const [a, b] = rows
      assert(a?._tag === "Joined" && a.result.type === "succeeded")
      assert.deepStrictEqual(a.result.value, { stars: 5 })
      assert(b?._tag === "Joined" && b.result.type === "unfit")
      assert.strictEqual(b.result.error._tag, "AnswerMismatchError")
    })
  )

  it.effect("takes the results first or last", () =>
    Effect.gen(function* () {
      const first = yield* Stream.runCollect(
        Batches.joinAs(results, items, idOf, StructuredOutput.decodeResult(Judgement))
      )
      const last = yield* Stream.runCollect(
        results.pipe(Batches.joinAs(items, idOf, StructuredOutput.decodeResult(Judgement)))
      )
      assert.deepStrictEqual(last.map(tell), first.map(tell))
      assert.strictEqual(last[0]?._tag === "Joined" ? last[0].result.type : undefined, "succeeded")
    })
  )

  it.effect("takes any function that decodes, and fails with its error", () =>
    Effect.gen(function* () {
      const decodeOne = (response: Batches.MessageBatchIndividualResponse) =>
        response.custom_id === "x" ? Effect.fail("foreign") : Effect.succeed(response.custom_id.toUpperCase())
      const own = Stream.filter(results, ({ custom_id }) => custom_id !== "x")
      const rows = yield* Stream.runCollect(Batches.joinAs(own, items, idOf, decodeOne))
      assert.deepStrictEqual(
        rows.map((row) => (row._tag === "ItemOnly" ? undefined : row.result)),
        ["A", "B", "C", undefined]
      )
      assert.strictEqual(
        yield* Effect.flip(Stream.runDrain(Batches.joinAs(results, items, idOf, decodeOne))),
        "foreign"
      )
    })
  )
})
