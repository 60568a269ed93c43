/**
 * A stateful Anthropic API in memory, for tests of programs that use it. Batches advance with the `Clock`, models have
 * capabilities, and faults can be scripted.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpServer from "effect/http/HttpServer"
import * as Layer from "effect/Layer"
import { Emulator } from "./control/emulator.ts"
import { make } from "./control/make.ts"
import type { Options } from "./control/options.ts"
import { inProcess, onSocket } from "./server/transports.ts"

export type { BatchRequest, Outcome, Period, Plan, ResultLine } from "./batches/plan.ts"
export type { Seed } from "./batches/seeds.ts"
export type { WireBatch as Batch } from "./batches/stored.ts"
export { type Charge, type Totals, totals } from "./control/bill.ts"
export { Emulator, type FileContent } from "./control/emulator.ts"
export type { Options } from "./control/options.ts"
export * as Fault from "./Fault.ts"
export type { FileSeed } from "./files/seeds.ts"
export type { WireFile as File } from "./files/state.ts"
export type { Answer } from "./messages/inference.ts"
export { models, type WireModel as Model } from "./models/catalogue.ts"
export type { OrganizationOptions } from "./organization/state.ts"
export { type PendingFault, UnconsumedFaultsError } from "./server/ledger.ts"
export type { Limits } from "./server/limits.ts"
export type { RequestRecord } from "./server/requestLog.ts"
export { type Route, type RouteRequest, refusal } from "./server/routes.ts"
export type { ApiError as Refusal } from "./server/wire.ts"
export type { IssuedToken, TokenOptions } from "./tokens/state.ts"

/**
 * Returns the emulator as the `HttpClient`. It answers in the fiber of the call, with that fiber's `Clock`, so that
 * `TestClock` can advance a batch through its 24 hours.
 *
 * **What the emulator decides on its own.** The API's documentation is silent or vague on these points. A program should
 * not depend on them.
 *
 * - Access: the credential is checked first, then the version, the betas, the limit of calls, the path (404) and the
 *   method (405, an `invalid_request_error`). Unknown query parameters and body fields are accepted.
 * - Bodies: one that is not UTF-8, not JSON, or has half of a surrogate pair as an escape is a 400 as a whole. For the last
 *   of these, its message has a position, and no name.
 * - Sizes: a body over `maxBodyBytes` or `maxMessageBytes` is read to its end, then answered 413 in JSON. "256 MB" is
 *   256 000 000 bytes.
 * - Tokens: an issued token is answered 401 when it has expired or is revoked. A refresh token can be used once. Neither the
 *   signature nor the federation rule of an identity token is checked.
 * - Organization: reads only. Usage and cost are the rows of the bill at once, grouped by model, tier, workspace, region, speed
 *   and context window; the other dimensions are null. An admin credential on other endpoints, and another on these, is a 403.
 * - Workspaces: batches and files of one are not found from another. A header with another workspace than that of the
 *   credential is a 400. Quotas and limits are those of the organization.
 * - Rate limits: none is enforced unless `limits` says so. The headers of a limit that is not enforced always have the same
 *   values.
 * - Call limits: a bucket begins full and refills evenly. Refused calls and calls that a fault answers do not count.
 * - Queue limit: a request counts until it is processed by the plan of its batch. The 429 has no `retry-after`.
 * - Cursors: that of a deleted batch stays valid, and an unknown one is a 400.
 * - Processing: in order and evenly over `endsAfter`. A canceled batch processes nothing more. A second cancellation
 *   changes nothing. Canceling an ended batch, and deleting one that has not ended, is a 400.
 * - Expiry: a batch that is canceled and would outlast its 24 hours expires.
 * - Results: a 400 before the end, and a 404 once the batch is deleted or archived. They come in pieces of 16 KiB without
 *   `content-length`, in another order on each download.
 * - Answers: a copy of the last user text. A tool of the request is called when its name is in that text. Its input, and the
 *   JSON of a schema, are the simplest that the schema allows. Thinking contains the length of the text.
 * - Streams: text comes in pieces of 12 characters, with one `ping` after the first event.
 * - Length: four characters are one token.
 * - Parameters: checked in the order model, settings, tools, form of the answer, conversation, length. The first problem is
 *   answered. In a batch, all problems of `params` are errored results, those of `stream`, `speed` and `max_tokens: 0` too.
 * - Settings: what a model refuses (types of thinking, effort, forced tools, prefill, fast mode, regions) is refused for
 *   the models of the catalogue. For other models only the capabilities decide.
 * - Conversations: the first turn may be the assistant's, and turns of one role may follow each other. Results of tools must
 *   come before other blocks. A block of a kind that is neither of the API nor of its betas is refused.
 * - Schemas: structured output and strict tools take the keywords, formats and counts of the documentation, where every
 *   object is closed. Schemas of other tools are checked for `type: "object"` and unions at the top only.
 * - Skills: those of Anthropic are `pdf`, `docx`, `xlsx` and `pptx`, each in one version. Changing or downloading one is a
 *   403. Deleting the only version of a skill is a 400. The first problem of the files is answered.
 * - Routes of a test have the same checks, and take precedence over the emulator's own.
 * - What is not checked: contents of images and documents, ids of files and containers, signatures of thinking, server
 *   tools and their options, what betas add beyond `thread`.
 * - Threads (beta): the whole conversation is kept without a limit of time, and each answer can be continued once.
 * - The bill: each request of a batch that succeeded, when its batch ends, and each direct message, also when its answer
 *   was lost. Usage is that of the answer.
 * - Timestamps of a batch end in its number modulo 1000, in microseconds. `results_url` is on the origin of the request.
 * - File sizes: the bytes are counted over `maxFileBytes` when all of them have come. "500 MB" is 500 000 000 bytes.
 * - File types: a part with `application/octet-stream` counts as without a type. Its name decides, then its first bytes.
 * - File names: decoded as the HTML standard encodes them, before they are checked for forbidden characters.
 * - Expired files do not count against the quota, and are gone after 30 more days. `ids[]` still lists them.
 * - Old files: an upload made with `anthropic-beta: files-api-2025-04-14` has no `expires_at` in answers to that header.
 *
 * **Faults in process.** A broken connection is an `HttpClientError`: a `TransportError` before the headers, and a
 * `DecodeError` of the body after them, as with fetch. The `cause` has the code `ECONNRESET`. A gzip body is delivered
 * decoded.
 *
 * **Unconsumed faults.** When the layer closes with faults that did not happen, it dies with an `UnconsumedFaultsError`, so
 * that the test fails. It does not if the program has failed.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options = {}): Layer.Layer<HttpClient.HttpClient | Emulator> =>
  Layer.effectContext(
    Effect.map(make(options), ({ emulator, serve }) =>
      Context.make(Emulator, emulator).pipe(Context.add(HttpClient.HttpClient, inProcess(serve)))
    )
  )

/**
 * Serves the emulator on a real socket, on the live clock: the same routes, state and faults as `layer`.
 *
 * A page of another origin may read the answers to requests with `anthropic-dangerous-direct-browser-access: true`, as on
 * the API. All headers of such an answer can be read, which the API's documentation does not say.
 *
 * Use a `plan` of milliseconds for batches. A broken connection destroys the server's socket, and a gzip body is sent
 * compressed. On a server without access to its socket, a break before the headers happens just after them.
 *
 * @category layers
 * @since 0.1.0
 */
export const serve = (options: Options = {}): Layer.Layer<Emulator, never, HttpServer.HttpServer> =>
  Layer.unwrap(
    Effect.map(make(options), ({ emulator, serve }) => Layer.merge(Layer.succeed(Emulator, emulator), onSocket(serve)))
  )
