// A client between which and the server calls get lost, are refused, or are carried out late.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import type { Process } from "./process.ts"
import type { Random } from "./random.ts"

/** The answer, whose connection breaks in the middle of the body. */
const cut = (request: HttpClientRequest.HttpClientRequest, response: HttpClientResponse.HttpClientResponse) =>
  Effect.map(response.text, (text) => {
    const bytes = new TextEncoder().encode(text.slice(0, Math.floor(text.length / 2)))
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytes),
      pull: (controller) => controller.error(Object.assign(new Error("ECONNRESET"), { code: "ECONNRESET" }))
    })
    return HttpClientResponse.fromWeb(
      request,
      new Response(body, { status: response.status, headers: response.headers })
    )
  })

const failure = (request: HttpClientRequest.HttpClientRequest, code: string) =>
  new HttpClientError.HttpClientError({
    reason: new HttpClientError.TransportError({ request, cause: Object.assign(new Error(code), { code }) })
  })

export interface ChaosOptions {
  readonly server: HttpClient.HttpClient
  readonly random: Random
  readonly process: Process
  readonly say: (text: string) => void
  /** The clock of the server. */
  readonly clock: Clock.Clock
  readonly isVeryLate: boolean
  /** The creates that are still to be carried out. */
  readonly pending: { count: number }
  /** Whether many answers of creates are lost. */
  readonly isMisleading: boolean
  /** Called when a call begins that changes something on the server. */
  readonly onChange: (name: string) => void
  /** Called when a create was refused in a way that asks for a pause. */
  readonly onRefused: () => void
}

export const chaoticClient = (options: ChaosOptions): HttpClient.HttpClient => {
  const { clock, isMisleading, isVeryLate, pending, process, random, say, server } = options
  const outage = { calls: 0 }
  return HttpClient.make((request) => {
    const name = `${request.method} ${request.url.slice(request.url.indexOf("/v1"))}`
    const isCreate = name === "POST /v1/messages/batches"
    const answer = (status: number, type: string) =>
      HttpClientResponse.fromWeb(
        request,
        new Response(JSON.stringify({ type: "error", error: { type, message: "scripted" } }), { status })
      )
    const send = Effect.uninterruptible(server.execute(request))
    const lost = Effect.fail(failure(request, "ECONNRESET"))
    const late = (millis: number) =>
      Effect.sync(() => {
        pending.count += 1
      }).pipe(
        Effect.andThen(Effect.sleep(millis)),
        Effect.andThen(send),
        Effect.ensuring(
          Effect.sync(() => {
            pending.count -= 1
          })
        ),
        Effect.provideService(Clock.Clock, clock),
        Effect.ignore,
        Effect.forkDetach
      )
    const create = (): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> => {
      const choice = random.next()
      if (isVeryLate && choice < 0.3) {
        say("create: carried out ten minutes later, answer lost")
        return Effect.andThen(late(600_000), lost)
      }
      if (choice < (isMisleading ? 0.2 : 0.6)) return send
      if (choice < 0.68) {
        say("create: carried out, answer lost")
        return Effect.andThen(send, lost)
      }
      if (choice < 0.74) {
        say("create: lost on the way")
        return lost
      }
      if (choice < 0.8) {
        const millis = random.int(1_000, 70_000)
        say(`create: carried out ${millis} ms later, answer lost`)
        return Effect.andThen(late(millis), random.chance(0.5) ? lost : Effect.sync(() => answer(500, "api_error")))
      }
      if (choice < 0.84) {
        say("create: 500, not carried out")
        return Effect.sync(() => answer(500, "api_error"))
      }
      if (choice < 0.88) {
        say("create: carried out, unreadable answer")
        return Effect.map(send, () => HttpClientResponse.fromWeb(request, new Response("{}", { status: 200 })))
      }
      if (choice < 0.92) return Effect.sync(() => answer(429, "rate_limit_error"))
      options.onRefused()
      return choice < 0.96
        ? Effect.sync(() => answer(529, "overloaded_error"))
        : Effect.fail(failure(request, "ECONNREFUSED"))
    }
    const chosen = (): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> => {
      if (request.method !== "GET") options.onChange(name)
      if (isCreate) return create()
      // Listings fail several times in a row, so that their repetitions do, too.
      if (/batches(\?|$)/.test(request.url) && request.method === "GET") {
        if (outage.calls === 0 && random.chance(0.15)) outage.calls = random.int(3, 7)
        if (outage.calls > 0) {
          outage.calls -= 1
          return lost
        }
      }
      if (request.url.endsWith("/results") && random.chance(0.1))
        return Effect.flatMap(send, (whole) => cut(request, whole))
      if (random.chance(0.04)) return Effect.sync(() => answer(529, "overloaded_error"))
      if (random.chance(0.03)) return lost
      return send
    }
    return process.tick(name, Effect.suspend(chosen))
  })
}
