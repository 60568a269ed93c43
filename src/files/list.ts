// The listing of the workspace's files.
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import * as Endpoint from "../Endpoint.ts"
import { refuse } from "../http/refuse.ts"
import * as Pagination from "../Pagination.ts"
import { DeletedFile, FileMetadata } from "../schema/File.ts"
import { refusedBetas } from "./betas.ts"

/**
 * Which files to list, and from where. The newest files come first.
 *
 * @category options
 * @since 0.1.0
 */
export interface ListOptions {
  /** Files in a page, from 1 to 1000. Default: 20, decided by the API. */
  readonly pageSize?: number | undefined
  /** Where to start: `next` of an earlier page. Default: the newest file. */
  readonly cursor?: string | undefined
  /**
   * Lists these files only, at most 100. The API leaves out unknown ids. `ids` cannot be combined with
   * `cursor` or `pageSize`.
   */
  readonly ids?: ReadonlyArray<string> | undefined
}

/**
 * What the operations that list files can fail with.
 *
 * @category errors
 * @since 0.1.0
 */
export type ListError = Pagination.ListError

const name = "Files.list"

/** The listing, and the calls on one file by its id. */
export const files = Endpoint.resource<FileMetadata, DeletedFile, ListOptions>({
  name: "Files",
  path: ["files"],
  envelope: "cursor",
  item: FileMetadata,
  deleted: { response: DeletedFile, of: (id) => ({ id, type: "file_deleted" }) },
  refusedBetas,
  query: Effect.fnUntraced(function* (options) {
    if (options.ids === undefined) return {}
    const ids = [...new Set(options.ids)]
    if (options.cursor !== undefined || options.pageSize !== undefined) {
      return yield* refuse(name, "ids", "`ids` cannot be combined with `cursor` or `pageSize`")
    }
    if (ids.length > 100) return yield* refuse(name, "ids", `${ids.length} ids are more than 100`)
    return ids.length === 0 ? undefined : { ids }
  })
})

/**
 * The schema of what the operations that list files can fail with.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ListError: Schema.Codec<ListError, unknown> = Pagination.ListError

/**
 * Returns one page of the workspace's files, the newest first (`GET /v1/files`).
 *
 * @category operations
 * @since 0.1.0
 */
export const listPage = files.listPage

/**
 * Returns the pages of the listing. A page is fetched when it is pulled.
 *
 * @category operations
 * @since 0.1.0
 */
export const listPages = files.listPages

/**
 * Returns the workspace's files, the newest first.
 *
 * An expired file stays in the listing for up to 30 days. The API has no purpose or folder of a file: filter the listing
 * by `filename` or `mime_type` instead.
 *
 * @example
 * import * as Files from "effect-anthropic/Files"
 * import * as Stream from "effect/Stream"
 *
 * const reports = Files.list().pipe(Stream.filter((file) => file.filename.startsWith("report-")))
 *
 * @category operations
 * @since 0.1.0
 */
export const list = files.list
