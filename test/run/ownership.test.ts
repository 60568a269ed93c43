import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as BatchRun from "effect-anthropic/BatchRun"
import * as Journal from "effect-anthropic/Journal"
import * as Messages from "effect-anthropic/Messages"
import { collect, creates, Emulator, type Item, itemsOf, onServer, recorder, requestOf } from "./support/world.ts"

const options = { id: "run", request: requestOf, chunk: { items: 3 }, onInterrupt: "cancel" } as const

/** A journal whose owner is taken over at an event of the run, and what is called afterwards. */
const takenOverAt = Effect.fnUntraced(function* (tag: BatchRun.RunEvent["_tag"]) {
  const journal = yield* Effect.provide(Effect.service(Journal.Journal), Layer.fresh(Journal.layerMemory))
  const emulator = yield* Emulator
  const { events, onEvent } = recorder()
  let calls: number | undefined
  const assertOwner = (runId: string) =>
    Effect.suspend(() => (calls === undefined ? Effect.void : new Journal.RunTakenOverError({ runId })))
  const watched: Journal.Journal = {
    ...journal,
    open: (runId) =>
      Effect.map(journal.open(runId), (session) => ({
        ...session,
        assertOwner: assertOwner(runId),
        append: (entry) => Effect.andThen(assertOwner(runId), session.append(entry))
      }))
  }
  return {
    events,
    layer: Layer.succeed(Journal.Journal, watched),
    onEvent: (event: BatchRun.RunEvent) =>
      Effect.andThen(
        onEvent(event),
        Effect.map(emulator.requests, ({ length }) => {
          if (event._tag === tag) calls ??= length
        })
      ),
    /** The calls since then that change something or cost something. */
    changes: Effect.map(emulator.requests, (requests) => requests.slice(calls).filter(({ method }) => method !== "GET"))
  }
})

const picture = (item: Item) => {
  const request = requestOf(item)
  const image = { type: "image", source: { type: "url", url: "https://example.com/a.png" } } as const
  return { ...request, params: { ...request.params, messages: [Messages.user([image])] } }
}

describe("an owner that was taken over", () => {
  const cases = {
    "creates no batch and cancels none": { at: "Submitted", more: {}, outcome: "succeeded" },
    "counts no tokens": {
      at: "ItemsRead",
      more: { request: picture, budget: { limit: 1 } },
      outcome: "succeeded"
    },
    "makes no direct calls": {
      at: "Retried",
      more: { retry: { finishWith: { below: 20 } } },
      outcome: "expired"
    }
  } as const
  for (const [name, { at, more, outcome }] of Object.entries(cases)) {
    it.live(name, () =>
      Effect.gen(function* () {
        const { changes, layer, onEvent } = yield* takenOverAt(at)
        const run = collect(BatchRun.run(itemsOf(9), { ...options, ...more, onEvent }))
        const error = yield* Effect.flip(Effect.provide(run, layer))
        assert.strictEqual(error._tag, "RunTakenOverError")
        assert.deepStrictEqual(yield* changes, [])
      }).pipe(onServer({ plan: { endsAfter: "1 hour" }, outcome: () => ({ type: outcome }) }))
    )
  }

  it.live("cancels no batch when it is interrupted or asked to stop", () =>
    Effect.gen(function* () {
      const { changes, events, layer, onEvent } = yield* takenOverAt("Submitted")
      const run = collect(
        BatchRun.run(itemsOf(3), {
          ...options,
          // The run holds at the event, so that nothing else tells it.
          onEvent: (event) => Effect.andThen(onEvent(event), event._tag === "Submitted" ? Effect.never : Effect.void)
        })
      )
      const fiber = yield* Effect.forkChild(Effect.provide(run, layer))
      while (!events.some(({ _tag }) => _tag === "Submitted")) yield* Effect.sleep("1 second")
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(yield* changes, [])
      assert.strictEqual(yield* creates, 1)
    }).pipe(onServer({ plan: { endsAfter: "1 hour" } }))
  )

  it.live("writes nothing to the file of its outcomes", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* fs.makeTempDirectoryScoped()}/out.jsonl`
      const { changes, layer, onEvent } = yield* takenOverAt("Ended")
      const run = BatchRun.toFile(itemsOf(3), path, { ...options, onEvent })
      const error = yield* Effect.flip(Effect.provide(run, layer))
      assert.strictEqual(error._tag, "RunTakenOverError")
      assert.strictEqual(yield* fs.readFileString(path), "")
      assert.deepStrictEqual(yield* changes, [])
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer), onServer())
  )

  it.live("does not change a file of outcomes that it was about to continue", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* fs.makeTempDirectoryScoped()}/out.jsonl`
      const torn = '{"position":0,"id":"item 0","outcome":"Succeeded"}\n{"posi'
      yield* fs.writeFileString(path, torn)
      const journal = yield* Effect.provide(Effect.service(Journal.Journal), Layer.fresh(Journal.layerMemory))
      const lost: Journal.Journal = {
        ...journal,
        open: (runId) =>
          Effect.map(journal.open(runId), (session) => ({
            ...session,
            assertOwner: new Journal.RunTakenOverError({ runId })
          }))
      }
      const run = BatchRun.toFile(itemsOf(3), path, options)
      const error = yield* Effect.flip(Effect.provideService(run, Journal.Journal, lost))
      assert.strictEqual(error._tag, "RunTakenOverError")
      assert.strictEqual(yield* fs.readFileString(path), torn)
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer), onServer())
  )
})
