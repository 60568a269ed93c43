// A request body that fails while it is sent: the call ends with what its source did, on a real socket and without one.
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import * as FileSource from "effect-anthropic/FileSource"
import * as Files from "effect-anthropic/Files"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { inProcess, served } from "../support/served.ts"

const { Emulator } = AnthropicEmulator

const megabyte = new Uint8Array(1_000_000)

/** Pieces of a megabyte, and after them what goes wrong. */
const pieces = <E>(count: number, end: Stream.Stream<never, E>): Stream.Stream<Uint8Array, E> =>
  Stream.concat(Stream.fromIterable(Array(count).fill(megabyte), { chunkSize: 1 }), end)

const source = <E>(count: number, end: Stream.Stream<never, E>, size?: number) =>
  FileSource.fromStream(() => pieces(count, end), { name: "a.txt", size })

const defect = new Error("the caller's own mistake")

/** Fails when a promise is rejected and nobody listens, which would end a process. */
const withoutRejections = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const rejections: Array<unknown> = []
      const listener = (cause: unknown): void => {
        rejections.push(cause)
      }
      process.on("unhandledRejection", listener)
      return { rejections, listener }
    }),
    ({ rejections }) =>
      Effect.gen(function* () {
        const exit = yield* Effect.exit(effect)
        yield* Effect.sleep("50 millis")
        assert.deepStrictEqual(rejections, [])
        return exit
      }),
    ({ listener }) => Effect.sync(() => process.off("unhandledRejection", listener))
  )

const shapes = [
  ["small source", 0, 100],
  ["large source", 3, 10_000_000],
  ["source of unknown size", 3, undefined]
] as const

for (const [where, layer] of [
  ["on a socket", served()],
  ["in process", inProcess()]
] as const) {
  describe(where, () => {
    for (const [shape, count, size] of shapes) {
      it.live(`a ${shape} that fails ends the upload with its own error`, () =>
        Effect.gen(function* () {
          const upload = Files.upload(source(count, Stream.fail("disk is gone" as const), size))
          const exit = yield* withoutRejections(upload)
          assert(Exit.isFailure(exit))
          assert.strictEqual(Cause.squash(exit.cause), "disk is gone")
          assert.isTrue(Cause.hasFails(exit.cause))
        }).pipe(Effect.provide(layer))
      )

      it.live(`a ${shape} that dies ends the upload with its defect`, () =>
        Effect.gen(function* () {
          const exit = yield* withoutRejections(Files.upload(source(count, Stream.die(defect), size)))
          assert(Exit.isFailure(exit))
          assert.strictEqual(Cause.squash(exit.cause), defect)
          assert.isTrue(Cause.hasDies(exit.cause))
        }).pipe(Effect.provide(layer))
      )
    }

    it.live("an observer of progress that dies ends the upload with its defect", () =>
      Effect.gen(function* () {
        for (const file of [FileSource.fromText("hello", { name: "a.txt" }), source(3, Stream.empty)]) {
          const exit = yield* withoutRejections(Files.upload(file, { onProgress: () => Effect.die(defect) }))
          assert(Exit.isFailure(exit))
          assert.strictEqual(Cause.squash(exit.cause), defect)
        }
        assert.isEmpty((yield* Emulator.use((emulator) => emulator.requests)).filter(({ status }) => status === 200))
      }).pipe(Effect.provide(layer))
    )

    it.live("an upload that is interrupted in its body has no other failure", () =>
      Effect.gen(function* () {
        const exit = yield* withoutRejections(
          Files.upload(source(3, Stream.never)).pipe(
            Effect.timeout("200 millis"),
            Effect.catchTag("TimeoutError", Effect.succeed)
          )
        )
        assert.isTrue(Exit.isSuccess(exit))
      }).pipe(Effect.provide(layer))
    )
  })
}
