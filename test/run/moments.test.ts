import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scheduler from "effect/Scheduler"
import * as Stream from "effect/Stream"
import * as BatchRun from "effect-anthropic/BatchRun"
import * as Journal from "effect-anthropic/Journal"
import { collect, Emulator, itemsOf, onServer, recorder, requestOf } from "./support/world.ts"

const options = { id: "run", request: requestOf, chunk: { items: 3 } } as const

describe("a listener of events", () => {
  for (const tag of ["Polled", "Ended"] as const) {
    it.live(`that dies at the event ${tag} fails the run`, () =>
      Effect.gen(function* () {
        const onEvent = (event: BatchRun.RunEvent) => (event._tag === tag ? Effect.die("no listener") : Effect.void)
        const exit = yield* Effect.exit(collect(BatchRun.run(itemsOf(2), { ...options, onEvent })))
        assert.isTrue(Exit.hasDies(exit))
      }).pipe(onServer())
    )

    it.live(`that is interrupted at the event ${tag} ends the run`, () =>
      Effect.gen(function* () {
        const onEvent = (event: BatchRun.RunEvent) => (event._tag === tag ? Effect.interrupt : Effect.void)
        const exit = yield* Effect.exit(collect(BatchRun.run(itemsOf(2), { ...options, onEvent })))
        assert.isTrue(Exit.hasInterrupts(exit))
      }).pipe(onServer())
    )
  }
})

/** Lets fibers take turns at random operations. */
class RandomTurns extends Scheduler.MixedScheduler {
  #state: number

  constructor(seed: number) {
    super()
    this.#state = seed
  }

  override shouldYield(): boolean {
    this.#state = (this.#state * 1_103_515_245 + 12_345) % 2 ** 31
    return this.#state < 0.03 * 2 ** 31
  }
}

describe("outcomes of a run with `inOrder`", () => {
  for (const seed of [3, 7_922, 15_841]) {
    it.live(`are in the order of the items when fibers take turns at any operation (${seed})`, () =>
      Effect.gen(function* () {
        const all = yield* BatchRun.run(itemsOf(30), {
          request: requestOf,
          chunk: { items: 1 },
          window: { batches: 30 },
          inOrder: true
        }).pipe(collect, Effect.provideService(Scheduler.Scheduler, new RandomTurns(seed)))
        assert.deepStrictEqual(
          all.map(({ position }) => position),
          Array.from({ length: 30 }, (_, index) => index)
        )
      }).pipe(onServer({ plan: { endsAfter: "10 minutes" } }, { responseTimeout: "10 hours", idleTimeout: "10 hours" }))
    )
  }
})

/** A journal in memory that does something else with entries of one kind. */
const journalWith = (
  entry: Journal.Entry["entry"],
  instead: (append: ReturnType<Journal.Session["append"]>) => ReturnType<Journal.Session["append"]>
) =>
  Layer.effect(
    Journal.Journal,
    Effect.map(Journal.Journal, (journal) => ({
      ...journal,
      open: (runId: string) =>
        Effect.map(journal.open(runId), (session) => ({
          ...session,
          append: (one: Journal.Entry) => (one.entry === entry ? instead(session.append(one)) : session.append(one))
        }))
    }))
  ).pipe(Layer.provide(Layer.fresh(Journal.layerMemory)))

/** Entries of batches that were created take a second. */
const slowJournal = journalWith("created", (append) => Effect.andThen(Effect.sleep("1 second"), append))

describe("a run that is interrupted while it records that a batch was created", () => {
  const begun = (onInterrupt: "cancel" | "detach") =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const { of, onEvent } = recorder()
      const fiber = yield* Effect.forkChild(
        Stream.runDrain(BatchRun.run(itemsOf(2), { ...options, onEvent, onInterrupt }))
      )
      while ((yield* emulator.batches).length === 0) yield* Effect.sleep(100)
      assert.isEmpty(of("Submitted"))
      yield* Fiber.interrupt(fiber)
    })

  it.live("cancels the batch", () =>
    Effect.gen(function* () {
      yield* begun("cancel")
      const [batch] = yield* (yield* Emulator).batches
      assert.strictEqual(batch?.processing_status, "canceling")
    }).pipe(Effect.provide(slowJournal), onServer({ plan: { endsAfter: "1 hour" } }))
  )

  it.live("knows the batch at the next start", () =>
    Effect.gen(function* () {
      yield* begun("detach")
      const { of, onEvent } = recorder()
      yield* collect(BatchRun.run(itemsOf(2), { ...options, onEvent }))
      assert.isEmpty(of("Adopted"))
      assert.lengthOf(yield* (yield* Emulator).batches, 1)
    }).pipe(Effect.provide(slowJournal), onServer({ plan: { endsAfter: "1 hour" } }))
  )
})

describe("a run that cannot record that a batch was created", () => {
  it.live("fails, and cancels the batch all the same", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Stream.runDrain(BatchRun.run(itemsOf(2), { ...options, onInterrupt: "cancel" })))
      assert.strictEqual(error._tag, "JournalError")
      const [batch] = yield* (yield* Emulator).batches
      assert.strictEqual(batch?.processing_status, "canceling")
    }).pipe(
      Effect.provide(
        journalWith("created", () =>
          Effect.fail(
            new Journal.JournalError({ runId: "run", reason: "unavailable", description: "the disk is full" })
          )
        )
      ),
      onServer({ plan: { endsAfter: "1 hour" } })
    )
  )
})
