// Images and documents from bytes: their types, their limits, and sources that are not what they say.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as FileSource from "effect-anthropic/FileSource"
import * as Messages from "effect-anthropic/Messages"
import { onEmulator } from "../support/batches.ts"
import { params } from "./support.ts"

const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3])
const pdf = new TextEncoder().encode("%PDF-1.7 …")

const reasonOf = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.map(Effect.flip(effect), (error) => (error instanceof Error ? error.message : String(error)))

describe("Messages.image and Messages.document", () => {
  it.effect("make blocks that the API takes", () =>
    Effect.gen(function* () {
      const image = yield* Messages.image(FileSource.fromBytes(png), { cache_control: { type: "ephemeral" } })
      assert.deepStrictEqual(image, {
        type: "image",
        source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgoBAgM=" },
        cache_control: { type: "ephemeral" }
      })
      const report = yield* Messages.document(FileSource.fromBytes(pdf), {
        title: "Report",
        citations: { enabled: true }
      })
      assert.deepInclude(report, { type: "document", title: "Report", citations: { enabled: true } })
      assert.deepInclude(report.source, { type: "base64", media_type: "application/pdf" })
      const text = yield* Messages.document(FileSource.fromText("a,b\n1,2", { name: "t.csv", type: "text/plain" }))
      assert.deepStrictEqual(text.source, { type: "text", media_type: "text/plain", data: "a,b\n1,2" })
      const code = yield* Messages.document(FileSource.fromText("const a = 1", { name: "a.ts" }))
      assert.deepInclude(code.source, { type: "text" })
      const blob = yield* Messages.image(FileSource.fromBlob(new Blob([png], { type: "application/octet-stream" })))
      assert.deepStrictEqual(blob.source, image.source)
      const jpeg = yield* Messages.image(FileSource.fromBytes(png, { type: "image/jpg" }))
      assert.deepInclude(jpeg.source, { media_type: "image/jpeg" })
      const answer = yield* Messages.create({ ...params, messages: [Messages.user([image, report, text, code])] })
      assert.strictEqual(answer.stop_reason, "end_turn")
    }).pipe(onEmulator())
  )

  it.effect("refuse a type that the API does not take, an empty source, and a text that is not UTF-8", () =>
    Effect.gen(function* () {
      const image = (bytes: Uint8Array, options?: FileSource.Options) =>
        reasonOf(Messages.image(FileSource.fromBytes(bytes, options)))
      const document = (bytes: Uint8Array, options?: FileSource.Options) =>
        reasonOf(Messages.document(FileSource.fromBytes(bytes, options)))
      assert.include(yield* image(pdf), "the type application/pdf is not one of image/jpeg")
      assert.include(yield* image(new Uint8Array([0, 1, 2])), "the type (unknown) is not one of")
      assert.include(yield* image(new Uint8Array(0)), "source: it is empty")
      assert.include(yield* document(png), "the type image/png is neither a PDF nor a text")
      assert.include(yield* document(new Uint8Array([0, 1, 2])), "the type (unknown) is neither")
      assert.include(yield* document(new Uint8Array(0)), "it is empty")
      assert.include(yield* document(new Uint8Array([0xff, 0xfe, 0xfd]), { type: "text/plain" }), "not UTF-8")
      assert.include(yield* document(new TextEncoder().encode(" \n"), { type: "text/plain" }), "the text is blank")
    })
  )

  it.effect("refuse a source that is too large, and stop reading it", () =>
    Effect.gen(function* () {
      let read = 0
      const megabyte = new Uint8Array(1_048_576)
      const endless = FileSource.fromStream(
        () =>
          Stream.fromEffectRepeat(
            Effect.sync(() => {
              read += 1
              return megabyte
            })
          ),
        {
          type: "image/png"
        }
      )
      assert.include(yield* reasonOf(Messages.image(endless)), "are over 7864320")
      assert.isBelow(read, 12)
      const stated = FileSource.fromStream(() => Stream.die("read"), { type: "application/pdf", size: 40_000_000 })
      assert.include(yield* reasonOf(Messages.document(stated)), "40000000 bytes are over 33554432")
      const large = new Uint8Array(26_000_000)
      large.set(pdf)
      assert.include(yield* reasonOf(Messages.document(FileSource.fromBytes(large))), "are over 25165824 as Base64")
      const odd = FileSource.fromStream(() => Stream.empty, { size: Number.NaN })
      assert.include(yield* reasonOf(Messages.image(odd)), "NaN is not a number of bytes")
    })
  )

  it.effect("fail when a source has another size than it reports, and with the error of the source", () =>
    Effect.gen(function* () {
      const source = (size: number, growth?: FileSource.Growth): FileSource.FileSource => ({
        name: undefined,
        type: "image/png",
        isRepeatable: true,
        growth,
        open: Effect.succeed({ size, bytes: Stream.make(png.subarray(0, 8), png.subarray(8)) })
      })
      for (const size of [10, 12]) {
        const error = yield* Effect.flip(Messages.image(source(size)))
        assert.strictEqual(error._tag, "SourceChangedError")
      }
      const dataOf = (block: Messages.ImageBlockParam) => ("data" in block.source ? block.source.data.length : 0)
      assert.strictEqual(dataOf(yield* Messages.image(source(11))), 16)
      assert.strictEqual(dataOf(yield* Messages.image(source(10, "follow"))), 16)
      assert.strictEqual(dataOf(yield* Messages.image(source(9, "ignore"))), 12)
      assert.strictEqual(dataOf(yield* Messages.image(source(8, "ignore"))), 12)
      const short = yield* Effect.flip(Messages.image(source(12, "ignore")))
      assert.strictEqual(short._tag, "SourceChangedError")
      const broken = FileSource.fromStream(() => Stream.fail(new RangeError("gone")))
      assert.strictEqual(yield* reasonOf(Messages.document(broken)), "gone")
    })
  )
})
