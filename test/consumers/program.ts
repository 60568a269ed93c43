// What every runtime has to do, against a served emulator: one call of each kind, a run, and servers that break off.
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { Anthropic, Batches, BatchRequest, BatchRun, FileSource, Files, Messages, Models } from "effect-anthropic"

const params = (text: string): Messages.MessageParams => ({
  model: "claude-haiku-5-5",
  max_tokens: 64,
  messages: [Messages.user(text)]
})

const request = (id: string) => BatchRequest.make(id, params(`request ${id}`))

const names = Array.from({ length: 30 }, (_, index) => `r-${index}`)

const schedule = Schedule.spaced("20 millis")

/** The URLs that the program is given. */
export interface Servers {
  readonly api: string
  /** A port where nobody listens. */
  readonly closed: string
  /** A server that closes each connection after the first bytes of a request. */
  readonly breaking: string
}

/** The servers in the JSON text of an argument or a query. */
export const parseServers = (text: string | null | undefined): Servers => JSON.parse(text ?? "")

/** How a create ends on a server that breaks off: surely not carried out, or nobody knows. */
const createAt = (baseUrl: string) =>
  Batches.create([request("lost")]).pipe(
    Effect.match({ onFailure: (error) => error._tag, onSuccess: () => "created" }),
    Anthropic.withSettings({ baseUrl, retry: { maxRetries: 0 } })
  )

const program = Effect.fn(function* ({ api, breaking, closed }: Servers) {
  const models = yield* Models.list({ pageSize: 3 }).pipe(Stream.runCount)

  const batch = yield* Batches.create(names.map(request))
  const ended = yield* Batches.waitUntilEnded(batch, { schedule })
  const joined = yield* Batches.results(ended).pipe(
    Batches.join(names, (name) => name),
    Stream.filter((row) => row._tag === "Joined"),
    Stream.runCount
  )

  const message = Messages.text(yield* Messages.create(params("one message")))
  const text = yield* Messages.streamText(params("one stream")).pipe(Stream.mkString)

  // Large enough to be sent in pieces where that is possible.
  const bytes = new Uint8Array(9_000_000).fill(7)
  const file = yield* Files.upload(FileSource.fromBytes(bytes, { name: "nine.txt", type: "text/plain" }))
  yield* Files.delete(file)

  const outcomes = yield* BatchRun.run(names, { id: "consumer", request, pollEvery: "20 millis" }).pipe(
    Stream.filter((outcome) => outcome._tag === "Succeeded"),
    Stream.runCount
  )

  const fates = {
    refused: yield* createAt(closed),
    unknownHost: yield* createAt("http://nowhere.invalid"),
    noTls: yield* createAt(api.replace("http:", "https:")),
    blockedPort: yield* createAt("http://127.0.0.1:9"),
    broken: yield* createAt(breaking)
  }
  return { models, joined, message, text, fileBytes: file.size_bytes, outcomes, fates }
})

/** What came of it all. */
export const outcome = (servers: Servers) =>
  Effect.runPromise(
    program(servers).pipe(
      Anthropic.withSettings({
        apiKey: "any-key-will-do",
        baseUrl: servers.api,
        headers: { "anthropic-dangerous-direct-browser-access": "true" }
      }),
      Effect.provide(FetchHttpClient.layer)
    )
  )
