// Asks the API for the organization and workspace of the credential, so that a run never continues in another workspace.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Anthropic from "../Anthropic.ts"
import * as Batches from "../Batches.ts"
import { maxOutage, Outage } from "./wait.ts"

/** The organization and workspace of the credential. */
export interface Place {
  readonly organization: string | undefined
  readonly workspace: string | undefined
}

/** Asks the API for the organization and workspace of the credential. Temporary failures are retried for an hour. */
export const identify = Effect.fnUntraced(function* (): Effect.fn.Return<
  Place,
  Batches.ListError,
  HttpClient.HttpClient
> {
  const outage = new Outage()
  for (;;) {
    const result = yield* Effect.result(Anthropic.withResponse(Batches.listPage({ pageSize: 1 })))
    if (result._tag === "Success") {
      const { headers } = result.success
      return {
        organization: headers["anthropic-organization-id"],
        workspace: headers["anthropic-workspace-id"]
      }
    }
    const error = result.failure
    const lasted = outage.fail(yield* Clock.currentTimeMillis)
    if (!error.isRetryable || lasted >= maxOutage) return yield* Effect.fail(error)
    yield* Effect.sleep(outage.next())
  }
})

export const describe = ({ organization = "", workspace = "" }: Partial<Place>): string =>
  `organization ${organization}, workspace ${workspace}`

const differs = (one: string | undefined, other: string | undefined): boolean =>
  one !== undefined && other !== undefined && one !== other

/** Whether a run would continue in another workspace than that of its start. An unknown value counts as equal. */
export const isElsewhere = (started: Partial<Place>, now: Partial<Place>): boolean =>
  differs(started.organization, now.organization) || differs(started.workspace, now.workspace)
