import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Batches from "effect-anthropic/Batches"
import { Delivered, type OwnIds } from "../../src/batches/delivered.ts"
import { type DownloadOptions, download } from "../../src/batches/results.ts"
import { type Download, downloads, line, reset } from "../support/batches.ts"

const whole = (...ids: ReadonlyArray<string>): Download => ({ pieces: ids.map((id) => `${line(id)}\n`) })

const cut = (...ids: ReadonlyArray<string>): Download => ({ ...whole(...ids), cut: reset })

const raw = (text: string): Download => ({ pieces: [text] })

/** The ids that a stream of result lines gives, `bad` for a line that cannot be decoded, and how the stream fails. */
const collect = <E, R>(lines: Stream.Stream<Result.Result<{ readonly custom_id: string }, unknown>, E, R>) =>
  Effect.gen(function* () {
    const ids: Array<string> = []
    const error = yield* lines.pipe(
      Stream.map(Result.match({ onSuccess: ({ custom_id }) => custom_id, onFailure: () => "bad" })),
      Stream.runForEach((id) => Effect.sync(() => ids.push(id))),
      Effect.as(undefined),
      Effect.catch((error) => Effect.succeed(error))
    )
    return { ids, error }
  })

const read = collect(Stream.map(Batches.results("msgbatch_test"), Result.succeed))

const readLines = collect(Batches.resultLines("msgbatch_test"))

/** Ids of ours, numbered by `numberOf`. */
const ownIds = (numberOf: OwnIds["numberOf"]): OwnIds => ({
  numberOf,
  makeSet: () => {
    const numbers = new Set<number>()
    return { add: (number) => numbers.size < numbers.add(number).size }
  }
})

const ours = ownIds((id) => (id.startsWith("our-") ? Number(id.slice("our-".length)) : undefined))

/** Downloads as a run does, which knows its own ids. */
const readOurs = (options: DownloadOptions) =>
  Effect.flatMap(Batches.retrieve("msgbatch_test"), (batch) =>
    collect(Stream.flattenIterable(download(batch, options)))
  )

describe("results without counts that can be trusted", () => {
  for (const [name, counted] of [
    ["are all zero", 0],
    ["are one too few", 2],
    ["are far too few", 1]
  ] as const) {
    it.effect(`are complete at the clean end of one download where the counts ${name}`, () => {
      const server = downloads(counted, whole("a", "b", "c"))
      return Effect.gen(function* () {
        assert.deepStrictEqual(yield* read, { ids: ["a", "b", "c"], error: undefined })
        assert.strictEqual(server.count(), 1)
      }).pipe(server.provide())
    })
  }

  it.effect("are read again after a cut, where the counts are zero or too few", () =>
    Effect.gen(function* () {
      for (const counted of [0, 1]) {
        const server = downloads(counted, cut("a", "b"), whole("c", "b", "a"))
        const found = yield* read.pipe(server.provide())
        assert.deepStrictEqual(found, { ids: ["a", "b", "c"], error: undefined })
        assert.strictEqual(server.count(), 2)
      }
    })
  )

  it.effect("fail with StreamInterruptedError where the counts are zero and every download is cut", () => {
    const server = downloads(0, cut("a"))
    return Effect.gen(function* () {
      const { error, ids } = yield* read
      assert.deepStrictEqual(ids, ["a"])
      assert(error?._tag === "StreamInterruptedError")
      assert.strictEqual(error.delivered, 1)
      assert.strictEqual(server.count(), 3)
    }).pipe(server.provide())
  })

  it.effect("are read again where the counts are zero and the last line is cut", () => {
    const server = downloads(0, raw(`${line("a")}\n${line("b").slice(0, 40)}`), whole("b", "a"))
    return Effect.gen(function* () {
      assert.deepStrictEqual(yield* read, { ids: ["a", "b"], error: undefined })
      assert.strictEqual(server.count(), 2)
    }).pipe(server.provide())
  })

  it.effect("are incomplete where the counts are one too many, because a line may be missing", () => {
    const server = downloads(4, whole("a", "b", "c"))
    return Effect.gen(function* () {
      const { error, ids } = yield* read
      assert.deepStrictEqual(ids, ["a", "b", "c"])
      assert(error?._tag === "ResultsIncompleteError")
      assert.deepInclude(error, { expected: 4, received: 3 })
      assert.strictEqual(server.count(), 3)
    }).pipe(server.provide())
  })
})

describe("results that are not lines of results", () => {
  for (const [name, body] of [
    ["an HTML page", "<html><body>502 from a proxy</body></html>"],
    ["a sentence", "upstream connect error or disconnect/reset before headers"],
    ["an error in JSON", '{"type":"error","error":{"type":"api_error","message":"oops"}}'],
    ["JSON that is malformed", '{"custom_id":"a",}'],
    ["bytes that are not UTF-8", "\u0000PK\u0003"]
  ] as const) {
    for (const counted of [0, 1, 3]) {
      it.effect(`fail with a DecodeError that has them as its snippet: ${name}, of a batch of ${counted}`, () => {
        const server = downloads(counted, raw(body))
        return Effect.gen(function* () {
          const { error, ids } = yield* read
          assert.deepStrictEqual(ids, [])
          assert(error?._tag === "DecodeError")
          assert.strictEqual(error.snippet, body)
          assert.strictEqual(error.operation, "Batches.results")
          const lines = yield* readLines
          assert(lines.error === undefined ? lines.ids[0] === "bad" : lines.error._tag === "DecodeError")
        }).pipe(server.provide())
      })
    }
  }

  it.effect("are read again before they fail, also after good lines", () =>
    Effect.gen(function* () {
      for (const start of ["", `${line("a")}\n`]) {
        const server = downloads(3, raw(`${start}<html>`), whole("c", "b", "a"))
        const { error, ids } = yield* read.pipe(server.provide())
        assert.isUndefined(error)
        assert.deepStrictEqual(ids.toSorted(), ["a", "b", "c"])
        assert.strictEqual(server.count(), 2)
      }
    })
  )

  it.effect("fail with ResultsIncompleteError where a result is only cut off", () => {
    const server = downloads(3, raw(line("a").slice(0, 50)))
    return Effect.gen(function* () {
      const { error } = yield* read
      assert(error?._tag === "ResultsIncompleteError")
      assert.deepInclude(error, { expected: 3, received: 0 })
    }).pipe(server.provide())
  })
})

describe("a download with the option own", () => {
  it.effect("delivers foreign lines, and is complete in one download", () => {
    const server = downloads(3, whole("our-1", "other", "our-2"))
    return Effect.gen(function* () {
      const found = yield* readOurs({ own: ours, expected: 2 })
      assert.deepStrictEqual(found, { ids: ["our-1", "other", "our-2"], error: undefined })
      assert.strictEqual(server.count(), 1)
    }).pipe(server.provide())
  })

  it.effect("does not count a foreign line in place of one of ours that is missing", () =>
    Effect.gen(function* () {
      for (const options of [{ own: ours }, { own: ours, expected: 2 }]) {
        const server = downloads(2, whole("our-1", "other"))
        const { error, ids } = yield* readOurs(options).pipe(server.provide())
        assert.deepStrictEqual(ids, ["our-1", "other"])
        assert(error?._tag === "ResultsIncompleteError")
        assert.deepInclude(error, { expected: 2, received: 1 })
        assert.strictEqual(server.count(), 3)
      }
    })
  )

  it.effect("reads again after a clean but early end, with any counts", () =>
    Effect.gen(function* () {
      for (const counted of [0, 1, 3]) {
        const server = downloads(counted, whole("our-1", "other"), whole("other", "our-2", "our-1"))
        const { error, ids } = yield* readOurs({ own: ours, expected: 2 }).pipe(server.provide())
        assert.isUndefined(error)
        assert.deepStrictEqual(ids, ["our-1", "other", "our-2"])
        assert.strictEqual(server.count(), 2)
      }
    })
  )

  it.effect("does not read again after a cut behind the last line of ours", () => {
    const server = downloads(3, cut("our-1", "our-2"))
    return Effect.gen(function* () {
      assert.isUndefined((yield* readOurs({ own: ours, expected: 2 })).error)
      assert.strictEqual(server.count(), 1)
    }).pipe(server.provide())
  })

  it.effect("reports repeated ids of one download, and delivers none twice", () => {
    const server = downloads(3, cut("our-1", "our-1", "other"), whole("other", "our-1", "our-2", "our-2", "other"))
    return Effect.gen(function* () {
      const repeated: Array<string> = []
      const onRepeated = (id: string) => {
        repeated.push(id)
      }
      const { error, ids } = yield* readOurs({ own: ours, expected: 2, onRepeated })
      assert.isUndefined(error)
      assert.deepStrictEqual(ids, ["our-1", "other", "our-2"])
      assert.deepStrictEqual(repeated, ["our-1", "our-2", "other"])
    }).pipe(server.provide())
  })
})

describe("Delivered", () => {
  const Line = Schema.Struct({
    kind: Schema.Literals(["ours", "other", "anonymous"]),
    name: Schema.Literals(["a", "b", "c"])
  })
  const Downloads = Schema.Array(Schema.Array(Line).check(Schema.isMaxLength(10))).check(Schema.isMaxLength(5))

  it.prop("notes each result once over any downloads, and counts those of one download", [Downloads], ([all]) => {
    const delivered = new Delivered(ownIds((id) => (id.startsWith("ours") ? id.charCodeAt(id.length - 1) : undefined)))
    const times = new Map<string, number>()
    let own = 0
    for (const lines of all) {
      delivered.beginDownload()
      for (const { kind, name } of lines) {
        const key = `${kind} ${name}`
        const isNew = kind === "anonymous" ? delivered.noteAnonymous(name) : delivered.note(key) === "new"
        if (isNew) times.set(key, (times.get(key) ?? 0) + 1)
        assert.isAtLeast(delivered.own, own)
        own = delivered.own
      }
      const keys = lines.map(({ kind, name }) => `${kind} ${name}`)
      const ids = new Set(keys.filter((key) => key.startsWith("ours")))
      assert.strictEqual(delivered.inDownload, ids.size + lines.filter(({ kind }) => kind === "anonymous").length)
    }
    for (const [key, count] of times) {
      const counts = all.map((lines) => lines.filter(({ kind, name }) => `${kind} ${name}` === key).length)
      assert.strictEqual(count, key.startsWith("anonymous") ? Math.max(...counts) : 1)
    }
    const seen = new Set(all.flat().map(({ kind, name }) => `${kind} ${name}`))
    assert.deepStrictEqual(new Set(times.keys()), seen)
    assert.strictEqual(delivered.own, [...seen].filter((key) => key.startsWith("ours")).length)
    assert.strictEqual(
      delivered.lines,
      [...times.values()].reduce((sum, count) => sum + count, 0)
    )
  })
})
