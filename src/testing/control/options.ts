// The options of an emulator. The types of limits, plans and seeds are in the files that apply them.
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
   * The workspaces of credentials. Such a credential sees only the batches and files of its workspace. Default: no
   * credential has a fixed workspace, and `anthropic-workspace-id` names it.
   */
  readonly workspaces?: { readonly [credential: string]: string } | undefined
  /** How tokens are issued for identity tokens and refresh tokens. Default: for an hour, and for any identity token. */
  readonly tokens?: TokenOptions | undefined
  /** The answers of the endpoints of the organization, and the admin credentials that they accept. */
  readonly organization?: OrganizationOptions | undefined
  /** The models that exist. Default: `models`. An id that ends in a date is also known without it. */
  readonly models?: ReadonlyArray<WireModel> | undefined
  /** Values of `anthropic-beta` to accept in addition to the known ones. */
  readonly betas?: ReadonlyArray<string> | undefined
  /** How batches advance. A function is called for each created batch, with its requests and its number from 0. */
  readonly plan?: Plan | ((requests: ReadonlyArray<BatchRequest>, index: number) => Plan) | undefined
  /**
   * The result of a request that is processed, called once for each when its batch ends. `index` is its place in the
   * batch. `undefined` leaves it to the emulator: `errored` if the parameters are wrong, or else an echo.
   */
  readonly outcome?: ((request: BatchRequest, index: number, batchId: string) => Outcome | undefined) | undefined
  /**
   * Batches that another program in the workspace creates at the time of each create call. Called with the requests of the
   * call and its number from 0. Default: none.
   */
  readonly strangers?: ((requests: ReadonlyArray<BatchRequest>, index: number) => ReadonlyArray<Seed>) | undefined
  /**
   * The answer to a message, called for each with its number from 0: a text, or fields of the answer. `undefined` leaves it
   * to the emulator: a call of the tool whose name is in the text or that is chosen, JSON of the requested schema, or else
   * an echo.
   */
  readonly answer?: ((params: { readonly [name: string]: unknown }, index: number) => Answer | undefined) | undefined
  /**
   * Chooses the fault of each request without a scripted one. If such a fault does not happen, the test does not fail.
   * Default: none.
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
  /** The clock that the emulator reads and waits on. Default: that of the calling fiber, or of the server's fiber. */
  readonly clock?: Clock.Clock | undefined
  /** How much the emulator's time is ahead of its clock. Negative if it is behind. Default: 0. */
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
  /**
   * The most bytes that are kept of an upload. Of a larger one only the hash is kept, and it cannot be downloaded. Default:
   * 64 MiB.
   */
  readonly keepFileBytes?: number | undefined
  /** Whether uploads can be downloaded, which the API refuses. Default: false. */
  readonly uploadsDownloadable?: boolean | undefined
  /** The beginning of a `results_url`. Default: the origin that the request was sent to. */
  readonly baseUrl?: string | undefined
}
