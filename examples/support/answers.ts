// The routes of `examples/server.ts`: a page, and an answer that is streamed to it as server-sent events.
import * as Effect from "effect/Effect"
import { encoder } from "effect/encoding/Sse"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Messages from "effect-anthropic/Messages"

const page = `<!doctype html><meta charset="utf-8"><title>Ask</title>
<form><input name="question" size="60" value="How does a lighthouse work?"><button>Ask</button></form><p id="answer"></p>
<script>
let source
document.querySelector("form").onsubmit = (event) => {
  event.preventDefault()
  const answer = document.querySelector("#answer")
  answer.textContent = ""
  source?.close()
  source = new EventSource("/answer?" + new URLSearchParams(new FormData(event.target)))
  source.addEventListener("text", ({ data }) => { answer.textContent += JSON.parse(data) })
  source.addEventListener("done", () => { source.close(); document.title = "Answered" })
  source.addEventListener("failed", ({ data }) => { source.close(); answer.textContent += " [" + JSON.parse(data) + "]" })
}
</script>`

const event = (name: string, data: string): string =>
  encoder.write({ _tag: "Event", event: name, id: undefined, data: JSON.stringify(data) })

/** What the page shows of a failure, without details that are not for the public. */
const failed = (error: Messages.StreamError): string =>
  event("failed", error._tag === "RateLimitError" || error._tag === "OverloadedError" ? "busy, ask again" : "no answer")

/**
 * The events of an answer. When the browser leaves, the server interrupts this stream, and the stream closes its
 * connection to the API, so that nothing more is generated.
 */
const answerTo = (question: string): Stream.Stream<string, never, HttpClient.HttpClient> =>
  Messages.streamText({ model: "claude-haiku-5-5", max_tokens: 1024, messages: [Messages.user(question)] }).pipe(
    Stream.map((text) => event("text", text)),
    Stream.concat(Stream.succeed(event("done", ""))),
    Stream.catch((error) => Stream.succeed(failed(error)))
  )

export const routes = Layer.mergeAll(
  HttpRouter.add("GET", "/", HttpServerResponse.html(page)),
  HttpRouter.add(
    "GET",
    "/answer",
    Effect.gen(function* () {
      const client = yield* HttpClient.HttpClient
      const { question } = yield* HttpServerRequest.ParsedSearchParams
      if (typeof question !== "string" || question.trim() === "") {
        return HttpServerResponse.text("`question` is empty", { status: 400 })
      }
      return HttpServerResponse.stream(
        answerTo(question).pipe(Stream.provideService(HttpClient.HttpClient, client), Stream.encodeText),
        { contentType: "text/event-stream", headers: { "cache-control": "no-store" } }
      )
    })
  )
)
