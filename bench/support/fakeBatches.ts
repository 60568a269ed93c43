// A server in the same process that does as little as possible: batches have ended when they are looked at, and answers are the same.
// It remembers the first and the last id of a batch, since those of a run are consecutive.
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Stream from "effect/Stream"
import { batch, resultLine } from "./wire.ts"

const chunkBytes = 64 * 1024

/** What follows the id in a line of results. */
const rest = resultLine(1).slice('{"custom_id":"review-1'.length)

interface Made {
  readonly prefix: string
  readonly first: number
  readonly last: number
}

const idsIn = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/"custom_id":"([^"]+)"/g)].map(([, id = ""]) => id)

function* lines({ first, last, prefix }: Made): Generator<Uint8Array> {
  const encoder = new TextEncoder()
  let text = ""
  for (let position = first; position <= last; position++) {
    text += `{"custom_id":"${prefix}${position.toString(36)}${rest}\n`
    if (text.length >= chunkBytes) {
      yield encoder.encode(text)
      text = ""
    }
  }
  if (text !== "") yield encoder.encode(text)
}

export const makeFakeBatches = () => {
  const batches: Array<Made> = []
  const sizes = { requests: 0, results: 0 }
  const json = (request: Parameters<typeof HttpClientResponse.fromWeb>[0], value: unknown) =>
    HttpClientResponse.fromWeb(request, new Response(JSON.stringify(value)))
  const view = (index: number) => {
    const { first, last } = batches[index] ?? { first: 0, last: -1 }
    return { ...batch("https://fake", 0, last - first + 1), id: `msgbatch_${index}` }
  }
  const client = HttpClient.make((request) =>
    Effect.gen(function* () {
      const [, number = ""] = /msgbatch_(\d+)/.exec(request.url) ?? []
      if (request.method === "GET") {
        const made = batches[Number(number)]
        if (!request.url.endsWith("/results") || made === undefined) return json(request, view(Number(number)))
        const pieces = lines(made)
        const body = new ReadableStream<Uint8Array>({
          pull: (controller) => {
            const { done, value } = pieces.next()
            if (done === true) controller.close()
            else {
              sizes.results += value.byteLength
              controller.enqueue(value)
            }
          }
        })
        return HttpClientResponse.fromWeb(request, new Response(body))
      }
      const { body } = request
      let start = ""
      let end = ""
      const read = (bytes: Uint8Array) => {
        sizes.requests += bytes.byteLength
        if (start === "") start = new TextDecoder().decode(bytes.subarray(0, 200))
        end = (end + new TextDecoder().decode(bytes.subarray(-8_000))).slice(-8_000)
      }
      if (body._tag === "Stream")
        yield* Effect.orDie(Stream.runForEach(body.stream, (bytes) => Effect.sync(() => read(bytes))))
      if (body._tag === "Uint8Array") read(body.body)
      const first = idsIn(start)[0] ?? ""
      const last = idsIn(end).at(-1) ?? ""
      const cut = first.lastIndexOf("-") + 1
      batches.push({
        prefix: first.slice(0, cut),
        first: Number.parseInt(first.slice(cut), 36),
        last: Number.parseInt(last.slice(cut), 36)
      })
      const ended = view(batches.length - 1)
      const { succeeded } = ended.request_counts
      return json(request, { ...batch("https://fake", succeeded, 0), id: ended.id })
    })
  )
  return { client, sizes }
}

/** The line of an id, for a plain loop over the same data. */
export const lineOf = (id: string): string => `{"custom_id":"${id}${rest}`
