// How an emulator differs from its defaults.
// Limits, plans and seeds have their types where they are applied.
import type * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import type { BatchRequest, Outcome, Plan } from "../batches/plan.ts"
import type { Seed } from "../batches/seeds.ts"
import type * as Fault from "../faults/model.ts"
import type { Answer } from "../messages/inference.ts"
import type { WireModel } from "../models/catalogue.ts"
import type { OrganizationOptions } from "../organization/state.ts"
import type { Limits } from "../server/limits.ts"
import type { Route } from "../server/routes.ts"
import type { TokenOptions } from "../tokens/state.ts"

/**
 * How an emulator differs from its defaults.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /** The credentials that are accepted. Default: any that is not empty. */
  readonly apiKeys?: ReadonlyArray<string> | undefined
  /**
   * The workspaces of credentials that are bound to one: they see only its batches and files. Default: no credential is
   * bound, and `anthropic-workspace-id` names the workspace.
   */
  readonly workspaces?: { readonly [credential: string]: string } | undefined
  /** How tokens are issued for identity tokens and refresh tokens. Default: for an hour, and for any identity token. */
  readonly tokens?: TokenOptions | undefined
  /** What the endpoints of the organization tell, and which admin credentials they take. */
  readonly organization?: OrganizationOptions | undefined
  /** The models that exist. Default: `models`. An id that ends in a date is also known without it. */
  readonly models?: ReadonlyArray<WireModel> | undefined
  /** Values of `anthropic-beta` to accept beside those that are known. */
  readonly betas?: ReadonlyArray<string> | undefined
  /** How batches advance. A function is called for each created batch, with its requests and its number from 0. */
  readonly plan?: Plan | ((requests: ReadonlyArray<BatchRequest>, index: number) => Plan) | undefined
  /**
   * The result of a request that is processed, called once for each when its batch ends. `index` is its place in the
   * batch. `undefined` leaves it to the emulator: `errored` when the parameters are wrong, else an echo.
   */
  readonly outcome?: ((request: BatchRequest, index: number, batchId: string) => Outcome | undefined) | undefined
  /**
   * Batches that somebody else of the workspace creates at the time of each create call. Called with the requests of the
   * call and its number from 0. Default: none.
   */
  readonly strangers?: ((requests: ReadonlyArray<BatchRequest>, index: number) => ReadonlyArray<Seed>) | undefined
  /**
   * The answer to a message, called for each with its number from 0: a text, or fields of the answer. `undefined` leaves
   * it to the emulator: a call of the tool whose name is in the text or that is chosen, JSON of the schema that is asked
   * for, else an echo.
   */
  readonly answer?: ((params: { readonly [name: string]: unknown }, index: number) => Answer | undefined) | undefined
  /**
   * The fault of a request for which none is scripted, called for each of them. It need not happen: it is not accounted
   * for. Default: none.
   */
  readonly chaos?:
    | ((request: { readonly method: string; readonly path: string }) => Fault.Action | undefined)
    | undefined
  /** How long a stream waits before each event, on the `Clock`. Default: no wait. */
  readonly pace?: Duration.Input | undefined
  /** The order of result lines: another one on each download, or as the requests were sent. Default: `"shuffled"`. */
  readonly resultsOrder?: "shuffled" | "asSent" | undefined
  /** Limits that are enforced with 429. Default: none. */
  readonly limits?: Limits | undefined
  /** Endpoints beside those of the emulator, or in place of those with the same method and path. Default: none. */
  readonly routes?: ReadonlyArray<Route> | undefined
  /** The clock that the emulator reads and waits on. Default: that of the fiber that asks, or of the server's fiber. */
  readonly clock?: Clock.Clock | undefined
  /** How much the emulator's time is ahead of its clock; negative when it is behind. Default: 0. */
  readonly clockOffset?: Duration.Input | undefined
  /** The length of a page when the request has no `limit`. Default: 20. */
  readonly pageSizeDefault?: number | undefined
  /** The most requests that one batch takes. Default: 100 000. */
  readonly maxBatchRequests?: number | undefined
  /** The most bytes that one request body may have. Default: 256 000 000. */
  readonly maxBodyBytes?: number | undefined
  /** The most bytes that the body of a direct message may have, within `maxBodyBytes`. Default: 32 000 000. */
  readonly maxMessageBytes?: number | undefined
  /** The most bytes that one file may have. Default: 500 000 000. */
  readonly maxFileBytes?: number | undefined
  /** The most bytes that all files may have together. Default: 10^12. */
  readonly storageQuotaBytes?: number | undefined
  /** Of a larger upload only the hash is kept, and it cannot be downloaded. Default: 64 MiB. */
  readonly keepFileBytes?: number | undefined
  /** Whether what is uploaded can be downloaded, which the API refuses. Default: false. */
  readonly uploadsDownloadable?: boolean | undefined
  /** The beginning of a `results_url`. Default: the origin that the request was sent to. */
  readonly baseUrl?: string | undefined
}
