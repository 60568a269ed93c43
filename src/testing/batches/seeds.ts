// Batches that a test adds to an emulator, as if another program in the workspace had created them.
// They are not on the bill.
import * as Duration from "effect/Duration"
import { defaultWorkspace } from "../server/access.ts"
import { serial } from "../server/wire.ts"
import type { BatchRequest, Plan } from "./plan.ts"
import type { Batches } from "./state.ts"
import type { StoredBatch } from "./stored.ts"

/**
 * A batch to add to an emulator: its requests and how it advances. Default: one request, ended at once.
 *
 * @category options
 * @since 0.1.0
 */
export interface Seed extends Plan {
  /** The requests, or how many: their ids are then `seed-000001` and so on. */
  readonly requests?: ReadonlyArray<{ readonly custom_id: string; readonly params: object }> | number | undefined
  /** The workspace that it is in. Default: that of credentials that are bound to none. */
  readonly workspaceId?: string | undefined
  /** When it is created, counted from now; negative for a batch of the past. Default: now. */
  readonly createdAfter?: Duration.Input | undefined
}

const requestsOf = (requests: NonNullable<Seed["requests"]>): ReadonlyArray<BatchRequest> =>
  typeof requests === "number"
    ? Array.from({ length: requests }, (_, index) => ({
        custom_id: serial("seed-", index + 1, 6),
        params: {
          model: "claude-haiku-5-5",
          max_tokens: 1024,
          messages: [{ role: "user", content: `Seeded request ${index + 1}` }]
        }
      }))
    : requests.map(({ custom_id, params }) => ({ custom_id, params: { ...params } }))

/** Puts a batch in, as of `now`. */
export const seedBatch = (
  batches: Batches,
  { createdAfter = 0, requests = 1, workspaceId = defaultWorkspace, ...plan }: Seed,
  now: number
): StoredBatch => {
  const createdAt = now + Duration.toMillis(Duration.fromInputUnsafe(createdAfter))
  return batches.seed(requestsOf(requests), { createdAt, now, plan: { endsAfter: 0, ...plan }, workspaceId })
}
