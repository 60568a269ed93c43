// A file of the Files API.
import * as Schema from "effect/Schema"
import { checked, nullable, optional, Timestamp, type Wire } from "./checked.ts"

const fileMetadata = Schema.Struct({
  id: Schema.String,
  type: Schema.Literal("file"),
  filename: Schema.String,
  mime_type: Schema.String,
  size_bytes: Schema.Finite,
  created_at: Timestamp,
  downloadable: optional(Schema.Boolean),
  expires_at: nullable(Timestamp)
})

/**
 * A file. Timestamps are `DateTime.Utc`. A file whose `expires_at` is null does not expire. Unknown fields are kept.
 *
 * @category models
 * @since 0.1.0
 */
export interface FileMetadata extends Schema.Schema.Type<typeof fileMetadata> {}

/**
 * A file as JSON: its timestamps are RFC 3339 texts.
 *
 * @category models
 * @since 0.1.0
 */
export interface FileMetadataEncoded extends Schema.Codec.Encoded<typeof fileMetadata> {}

/**
 * The schema of a file. Unknown fields are kept.
 *
 * @category schemas
 * @since 0.1.0
 */
export const FileMetadata: Wire<FileMetadata, FileMetadataEncoded> = checked("FileMetadata", fileMetadata)

const deletedFile = Schema.Struct({
  id: Schema.String,
  type: optional(Schema.Literal("file_deleted"))
})

/**
 * What is left of a file that was deleted.
 *
 * @category models
 * @since 0.1.0
 */
export interface DeletedFile extends Schema.Schema.Type<typeof deletedFile> {}

/**
 * The schema of what is left of a file that was deleted.
 *
 * @category schemas
 * @since 0.1.0
 */
export const DeletedFile: Wire<DeletedFile> = checked("DeletedFile", deletedFile)
