// The calls of the Skills API on the versions of a skill: retrieve, list, delete, download.

import type * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as HttpClient from "effect/http/HttpClient"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import { RequestError, StreamInterruptedError } from "../AnthropicError.ts"
import * as Endpoint from "../Endpoint.ts"
import { type IdOf, idOf } from "../http/path.ts"
import type * as Pagination from "../Pagination.ts"
import { DeletedSkillVersion, SkillVersion } from "../schema/Skill.ts"
import { refusedBetas } from "./call.ts"
import type { CallError, ListError } from "./operations.ts"

const pathOf = (skill: IdOf, version: IdOf) => ["skills", skill, "versions", version]

/**
 * Returns a version of a skill (`GET /v1/skills/{skill_id}/versions/{version_id}`).
 *
 * @category operations
 * @since 0.1.0
 */
export const retrieveVersion: {
  (version: IdOf): (skill: IdOf) => Effect.Effect<SkillVersion, CallError, HttpClient.HttpClient>
  (skill: IdOf, version: IdOf): Effect.Effect<SkillVersion, CallError, HttpClient.HttpClient>
} = dual(
  2,
  (skill: IdOf, version: IdOf): Effect.Effect<SkillVersion, CallError, HttpClient.HttpClient> =>
    Endpoint.request({
      name: "Skills.retrieveVersion",
      method: "GET",
      path: pathOf(skill, version),
      refusedBetas,
      response: SkillVersion
    })
)

const listing = (skill: IdOf) =>
  Endpoint.list<SkillVersion, Endpoint.CursorOptions>({
    name: "Skills.listVersions",
    path: ["skills", skill, "versions"],
    envelope: "cursor",
    item: SkillVersion,
    refusedBetas
  })

/**
 * Returns one page of the versions of a skill (`GET /v1/skills/{skill_id}/versions`).
 *
 * @category operations
 * @since 0.1.0
 */
export const listVersionsPage = (
  skill: IdOf,
  options?: Endpoint.CursorOptions
): Effect.Effect<Pagination.Page<SkillVersion>, ListError, HttpClient.HttpClient> => listing(skill).listPage(options)

/**
 * Returns the pages of the versions of a skill. A page is fetched when it is pulled.
 *
 * @category operations
 * @since 0.1.0
 */
export const listVersionsPages = (
  skill: IdOf,
  options?: Endpoint.CursorOptions
): Stream.Stream<Pagination.Page<SkillVersion>, ListError, HttpClient.HttpClient> => listing(skill).listPages(options)

/**
 * Returns the versions of a skill.
 *
 * @category operations
 * @since 0.1.0
 */
export const listVersions = (
  skill: IdOf,
  options?: Endpoint.CursorOptions
): Stream.Stream<SkillVersion, ListError, HttpClient.HttpClient> => listing(skill).list(options)

/**
 * Deletes a version of a skill (`DELETE /v1/skills/{skill_id}/versions/{version_id}`).
 *
 * After a lost answer the call is repeated. It may then fail with `NotFoundError` although the version was deleted.
 *
 * @category operations
 * @since 0.1.0
 */
export const deleteVersion: {
  (version: IdOf): (skill: IdOf) => Effect.Effect<DeletedSkillVersion, CallError, HttpClient.HttpClient>
  (skill: IdOf, version: IdOf): Effect.Effect<DeletedSkillVersion, CallError, HttpClient.HttpClient>
} = dual(
  2,
  (skill: IdOf, version: IdOf): Effect.Effect<DeletedSkillVersion, CallError, HttpClient.HttpClient> =>
    Endpoint.remove({
      name: "Skills.deleteVersion",
      path: pathOf(skill, version),
      response: DeletedSkillVersion,
      deleted: { id: idOf(version), type: "skill_version_deleted" }
    })
)

/**
 * What `downloadVersion` can fail with.
 *
 * @category errors
 * @since 0.1.0
 */
export type DownloadError = RequestError | StreamInterruptedError

/**
 * The schema of `DownloadError`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const DownloadError: Schema.Codec<DownloadError, unknown> = Schema.Union([RequestError, StreamInterruptedError])

/**
 * Returns the files of a version as the bytes of a zip archive (`GET …/versions/{version_id}/content`).
 *
 * A download that is cut off fails with `StreamInterruptedError` after the received bytes. The API documents this call for
 * its beta clients only.
 *
 * @category operations
 * @since 0.1.0
 */
export const downloadVersion: {
  (version: IdOf): (skill: IdOf) => Stream.Stream<Uint8Array, DownloadError, HttpClient.HttpClient>
  (skill: IdOf, version: IdOf): Stream.Stream<Uint8Array, DownloadError, HttpClient.HttpClient>
} = dual(
  2,
  (skill: IdOf, version: IdOf): Stream.Stream<Uint8Array, DownloadError, HttpClient.HttpClient> =>
    Endpoint.bytes({ name: "Skills.downloadVersion", path: [...pathOf(skill, version), "content"] })
)
