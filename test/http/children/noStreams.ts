/** Creates a batch where, as in Firefox and Safari, a `Request` takes no stream for a body. */
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Batches from "effect-anthropic/Batches"
import { batch, requests } from "../../support/fixtures.ts"

globalThis.Request = class extends Request {
  constructor(input: RequestInfo | URL, init?: RequestInit) {
    super(input, init?.body instanceof ReadableStream ? { ...init, body: String(init.body) } : init)
  }
}

const Sent = Schema.fromJsonString(Schema.Struct({ requests: Schema.Array(Schema.Unknown) }))

const fetch: typeof globalThis.fetch = async (_, init) => {
  if (init?.body instanceof ReadableStream) throw new Error("a stream came")
  const sent = Schema.decodeUnknownSync(Sent)(await new Response(init?.body ?? null).text())
  console.log(`${sent.requests.length} requests arrived`)
  return Response.json(batch)
}

await Effect.runPromise(
  Batches.create(requests(300, 1000)).pipe(
    Effect.provideService(FetchHttpClient.Fetch, fetch),
    Effect.provide(Layer.merge(FetchHttpClient.layer, Anthropic.layer({ apiKey: "k" })))
  )
)
