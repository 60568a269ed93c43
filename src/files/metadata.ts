// Reads the metadata of one file, and deletes one file.
import type * as Schema from "effect/Schema"
import { RequestError } from "../AnthropicError.ts"
import type { IdOf } from "../http/path.ts"
import type { FileMetadata } from "../schema/File.ts"
import { files } from "./list.ts"

/** Whether a file is given with its metadata and not by its id alone. */
export const isMetadata = (file: IdOf | FileMetadata): file is FileMetadata =>
  typeof file === "object" && "size_bytes" in file

/**
 * What `retrieve` can fail with.
 *
 * @category errors
 * @since 0.1.0
 */
export type RetrieveError = RequestError

/**
 * The schema of what `retrieve` can fail with.
 *
 * @category schemas
 * @since 0.1.0
 */
export const RetrieveError: Schema.Codec<RetrieveError, unknown> = RequestError

/**
 * Returns the metadata of a file (`GET /v1/files/{file_id}`).
 *
 * @category operations
 * @since 0.1.0
 */
export const retrieve = files.retrieve

/**
 * What `delete` can fail with.
 *
 * @category errors
 * @since 0.1.0
 */
export type DeleteError = RequestError

/**
 * The schema of what `delete` can fail with.
 *
 * @category schemas
 * @since 0.1.0
 */
export const DeleteError: Schema.Codec<DeleteError, unknown> = RequestError

const delete_ = files.delete

export {
  /**
   * Deletes a file (`DELETE /v1/files/{file_id}`). It cannot be restored. A message that is being answered may use the file
   * for a while.
   *
   * After a lost answer the call is repeated. It may then fail with `NotFoundError` although the file was deleted.
   *
   * @category operations
   * @since 0.1.0
   */
  delete_ as delete
}
