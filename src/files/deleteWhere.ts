// Deletes the files of the workspace that a predicate selects.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { refuse } from "../http/refuse.ts"
import type { FileMetadata } from "../schema/File.ts"
import { type ListError, list } from "./list.ts"
import { type DeleteError, delete as delete_ } from "./metadata.ts"

/**
 * A file that `deleteWhere` selected, and whether it was deleted.
 *
 * @category models
 * @since 0.1.0
 */
export interface Deletion {
  readonly file: FileMetadata
  readonly result: Result.Result<void, DeleteError>
}

/**
 * How `deleteWhere` works.
 *
 * @category options
 * @since 0.1.0
 */
export interface DeleteWhereOptions {
  /** How many files are deleted at the same time, at least 1. Default: 4. */
  readonly concurrency?: number | undefined
}

/**
 * Deletes every file that the predicate selects, and returns a `Deletion` for each.
 *
 * The whole listing is read before the first file is deleted, because deletions would move its pages. A file that no longer
 * exists counts as deleted.
 *
 * @example
 * import * as Files from "effect-anthropic/Files"
 * import * as Result from "effect/Result"
 * import * as Stream from "effect/Stream"
 *
 * const failed = Files.deleteWhere((file) => file.filename.startsWith("tmp-")).pipe(
 *   Stream.filter(({ result }) => Result.isFailure(result)),
 *   Stream.runCount
 * )
 *
 * @category operations
 * @since 0.1.0
 */
export const deleteWhere = (
  predicate: (file: FileMetadata) => boolean,
  { concurrency = 4 }: DeleteWhereOptions = {}
): Stream.Stream<Deletion, ListError, HttpClient.HttpClient> => {
  if (!(Number.isSafeInteger(concurrency) && concurrency > 0)) {
    const description = `${concurrency} is not a whole number of at least 1`
    return Stream.fail(refuse("Files.deleteWhere", "options.concurrency", description))
  }
  return Stream.unwrap(
    Effect.map(Stream.runCollect(Stream.filter(list({ pageSize: 1000 }), predicate)), (files) =>
      Stream.mapEffect(
        Stream.fromIterable(files),
        (file) =>
          Effect.map(Effect.result(delete_(file)), (result) => ({
            file,
            result:
              Result.isFailure(result) && result.failure._tag !== "NotFoundError"
                ? Result.fail(result.failure)
                : Result.succeed(undefined)
          })),
        { concurrency }
      )
    )
  )
}
