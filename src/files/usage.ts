// Counts what is stored in the workspace.
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Stream from "effect/Stream"
import type { FileMetadata } from "../schema/File.ts"
import { type ListError, list } from "./list.ts"

/**
 * The number and size of a group of files.
 *
 * @category models
 * @since 0.1.0
 */
export interface UsageTotal {
  readonly count: number
  readonly bytes: number
}

/**
 * The stored files of the workspace. `count`, `bytes` and `byMediaType` leave out expired files, which do not count against
 * the quota.
 *
 * @category models
 * @since 0.1.0
 */
export interface Usage extends UsageTotal {
  readonly byMediaType: ReadonlyMap<string, UsageTotal>
  readonly expired: UsageTotal
  /** The file that expires next, if one does. */
  readonly nextToExpire: FileMetadata | undefined
}

/**
 * Counts the workspace's files. It reads the whole listing, in memory that does not grow with the number of files.
 *
 * The API does not report the quota, which is 1 TB for all workspaces of an organization together.
 *
 * @category operations
 * @since 0.1.0
 */
export const usage: Effect.Effect<Usage, ListError, HttpClient.HttpClient> = Effect.gen(function* () {
  const now = yield* DateTime.now
  const add = (total: UsageTotal, file: FileMetadata): UsageTotal => ({
    count: total.count + 1,
    bytes: total.bytes + file.size_bytes
  })
  const none: UsageTotal = { count: 0, bytes: 0 }
  let total = none
  let expired = none
  let nextToExpire: FileMetadata | undefined
  const byMediaType = new Map<string, UsageTotal>()
  yield* Stream.runForEach(list({ pageSize: 1000 }), (file) =>
    Effect.sync(() => {
      const expiresAt = file.expires_at ?? undefined
      if (expiresAt !== undefined && DateTime.isLessThanOrEqualTo(expiresAt, now)) {
        expired = add(expired, file)
        return
      }
      total = add(total, file)
      byMediaType.set(file.mime_type, add(byMediaType.get(file.mime_type) ?? none, file))
      const next = nextToExpire?.expires_at ?? undefined
      if (expiresAt !== undefined && (next === undefined || DateTime.isLessThan(expiresAt, next))) nextToExpire = file
    })
  )
  return { ...total, byMediaType, expired, nextToExpire }
}).pipe(Effect.withSpan("Files.usage"))
