// Files: a large upload with a progress bar, the listing, a file in a message, a download, and clean-up.
//
//   npm run example -- examples/files.ts [--size 128] [--live]
//
// --size is the size of the large file in MiB.
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as FileSource from "effect-anthropic/FileSource"
import * as Files from "effect-anthropic/Files"
import * as Messages from "effect-anthropic/Messages"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { option, run } from "./support/example.ts"
import { progressBar } from "./support/progressBar.ts"

/** Every file of this example begins with it: there are no folders or purposes to tell files apart. */
const prefix = "effect-anthropic-example-"

const size = Number(option("size") ?? 128) * 2 ** 20

/** Writes a table of `size` bytes. */
const writeTable = Effect.fn("writeTable")(function* (path: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const line = "2026-11-22T10:00:00Z,kettle,96.4,ok\n"
  const piece = new TextEncoder().encode(line.repeat(Math.floor(65_536 / line.length)))
  const pieces = Stream.take(Stream.forever(Stream.succeed(piece)), Math.ceil(size / piece.length))
  yield* Stream.run(pieces, fileSystem.sink(path))
})

const program = Effect.gen(function* () {
  const fileSystem = yield* FileSystem.FileSystem
  const directory = yield* fileSystem.makeTempDirectoryScoped()

  // What an earlier run left behind, if it was killed.
  const leftOvers = Files.deleteWhere((file) => file.filename.startsWith(prefix))
  yield* Stream.runForEach(leftOvers, ({ file, result }) =>
    Console.log(`Left over: ${file.filename} ${Result.isSuccess(result) ? "deleted" : "could not be deleted"}`)
  )

  // From disk, in pieces: the memory that this takes does not depend on the size. Deleted at the end of the scope, and by
  // the API itself after an hour, should this process not live to see that.
  const path = `${directory}/${prefix}measurements.csv`
  yield* writeTable(path)
  const table = yield* Files.uploadScoped(FileSource.fromPath(path), {
    expiresIn: "1 hour",
    onProgress: progressBar("Uploading")
  })
  const notes = yield* Files.uploadScoped(
    FileSource.fromText("The kettle boils at 96.4 degrees here, since we live on a hill.", {
      name: `${prefix}notes.txt`
    }),
    { expiresIn: "1 hour" }
  )

  yield* Console.log("\nThe newest files of the workspace")
  yield* Files.list().pipe(
    Stream.take(5),
    Stream.runForEach((file) =>
      Console.log(
        `  ${file.id}  ${file.mime_type.padEnd(16)} ${String(file.size_bytes).padStart(10)}  ${file.filename}`
      )
    )
  )
  const { bytes, byMediaType, count } = yield* Files.usage
  yield* Console.log(`In all ${count} files of ${byMediaType.size} media types, ${bytes} bytes\n`)

  // The type decides which block a file can be: text and PDF are documents, a table is for the code execution tool.
  yield* Console.log(`The table would be: ${JSON.stringify(yield* Effect.fromResult(Files.contentBlock(table)))}`)
  const answer = yield* Messages.create({
    model: "claude-haiku-5-5",
    max_tokens: 200,
    messages: [
      Messages.user([
        yield* Effect.fromResult(Files.contentBlock(notes)),
        { type: "text", text: "At which temperature does the kettle boil, and why?" }
      ])
    ]
  })
  yield* Console.log(`The notes were read: ${Messages.text(answer)}\n`)

  // Only what tools have made can be downloaded.
  const generated = yield* Stream.runHead(Stream.filter(Files.list(), (file) => file.downloadable === true))
  if (Option.isNone(generated)) {
    yield* Console.log("No file can be downloaded: none was made by a tool.")
  } else {
    const target = `${directory}/${generated.value.filename}`
    yield* Files.downloadTo(generated.value, target, { onProgress: progressBar("Downloading") })
    yield* Console.log(`Saved ${(yield* fileSystem.stat(target)).size} bytes as ${generated.value.filename}`)
  }
  yield* Console.log("\nBoth uploads are deleted now.")
}).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))

run(program, {
  cost: `It uploads ${option("size") ?? 128} MiB, which is free, and asks one question, which costs a fraction of a cent.`,
  seed: Effect.flatMap(AnthropicEmulator.Emulator, (emulator) =>
    emulator.seedFiles([{ filename: "plot.png", mimeType: "image/png", content: 20 * 2 ** 20 }])
  )
})
