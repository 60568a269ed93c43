/**
 * Runs every operation against the server of the first argument, some at once and all of them twice, and says of each how it
 * ended. The second argument is the time in milliseconds after which a server that stands still is given up.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as FileSystem from "effect/FileSystem"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Batches from "effect-anthropic/Batches"
import * as FileSource from "effect-anthropic/FileSource"
import * as Files from "effect-anthropic/Files"
import * as Messages from "effect-anthropic/Messages"
import * as Models from "effect-anthropic/Models"
import { requests } from "../../support/fixtures.ts"

const [baseUrl = "", patience = ""] = process.argv.slice(2)

const directory = mkdtempSync(join(tmpdir(), "effect-anthropic-"))

const params = { model: "claude-haiku-5-5", max_tokens: 16, messages: [Messages.user("hello")] }

const large = { ...params, messages: [Messages.user("x".repeat(3_000_000))] }

const pieces = Stream.fromIterable(
  Array.from({ length: 40 }, () => new Uint8Array(65_536)),
  { chunkSize: 1 }
)

const ended: Batches.MessageBatch = {
  id: "msgbatch_1",
  type: "message_batch",
  processing_status: "ended",
  request_counts: { processing: 0, succeeded: 3, errored: 0, canceled: 0, expired: 0 },
  created_at: DateTime.makeUnsafe(0),
  expires_at: DateTime.makeUnsafe(86_400_000),
  ended_at: DateTime.makeUnsafe(1000),
  cancel_initiated_at: null,
  archived_at: null,
  results_url: null
}

type Operation = Effect.Effect<unknown, { readonly _tag: string }, HttpClient.HttpClient | FileSystem.FileSystem>

const operations: { readonly [name: string]: Operation } = {
  "Models.retrieve": Models.retrieve("m"),
  "Models.list": Stream.runDrain(Models.list()),
  "Batches.create": Batches.create(requests(2)),
  "Batches.create, large": Batches.create(requests(3000, 1000)),
  "Batches.retrieve": Batches.retrieve("b"),
  "Batches.list": Stream.runDrain(Batches.list()),
  "Batches.cancel": Batches.cancel("b"),
  "Batches.delete": Batches.delete("b"),
  "Batches.results": Stream.runDrain(Batches.results(ended)),
  "Batches.resultLines": Stream.runDrain(Batches.resultLines(ended)),
  "Files.upload": Files.upload(FileSource.fromText("hello", { name: "a.txt" })),
  "Files.upload, large": Files.upload(FileSource.fromBytes(new Uint8Array(3_000_000), { name: "a.txt" })),
  "Files.upload, unknown size": Files.upload(FileSource.fromStream(() => pieces, { name: "a.txt" })),
  "Files.retrieve": Files.retrieve("f"),
  "Files.list": Stream.runDrain(Files.list()),
  "Files.delete": Files.delete("f"),
  "Files.download": Stream.runDrain(Files.download("f")),
  "Files.downloadTo": Files.downloadTo("f", join(directory, "file")),
  "Messages.create": Messages.create(params),
  "Messages.create, large": Messages.create(large),
  "Messages.countTokens": Messages.countTokens(params),
  "Messages.stream": Stream.runDrain(Messages.stream(params)),
  "Messages.streamText": Stream.runDrain(Messages.streamText(params))
}

const layer = Layer.mergeAll(
  FetchHttpClient.layer,
  NodeFileSystem.layer,
  Anthropic.layer({
    apiKey: "sk-ant-test-1234",
    baseUrl,
    responseTimeout: Number(patience),
    idleTimeout: Number(patience),
    retry: { maxRetries: 1, initialDelay: "1 millis" }
  })
)

const outcomeOf = <A, E extends { readonly _tag: string }>(exit: Exit.Exit<A, E>): string => {
  if (Exit.isSuccess(exit)) return "success"
  const [reason] = exit.cause.reasons
  if (reason === undefined || !Cause.isFailReason(reason)) return `defect: ${Cause.pretty(exit.cause)}`
  const { error } = reason
  const cause = "cause" in error && typeof error.cause === "object" ? error.cause : null
  return cause !== null && "_tag" in cause ? `${error._tag} ${cause._tag}` : error._tag
}

const report = (line: object): void => console.log(JSON.stringify(line))

process.on("unhandledRejection", (cause) => report({ unhandled: String(cause) }))
process.on("uncaughtException", (cause) => report({ uncaught: String(cause) }))
process.on("warning", (warning) => report({ warning: String(warning) }))

const all = Object.entries(operations)

const run = Effect.forEach(
  [...all, ...all],
  ([name, operation]) => Effect.map(Effect.exit(operation), (exit) => report({ name, outcome: outcomeOf(exit) })),
  { concurrency: 8 }
)

await Effect.runPromise(Effect.provide(run, layer))
rmSync(directory, { recursive: true, force: true })
const done = Date.now()
process.on("exit", () => report({ lingered: Date.now() - done }))
