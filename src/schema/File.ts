import * as Schema from "effect/Schema"
import { Envelope } from "./envelope.ts"

/** A file (`GET /v1/files/{file_id}`). A null `expires_at` is never. */
export const FileMetadata = Envelope({
  id: Schema.String,
  type: Schema.Literal("file"),
  filename: Schema.String,
  mime_type: Schema.String,
  size_bytes: Schema.Number,
  created_at: Schema.DateTimeUtcFromString,
  downloadable: Schema.optionalKey(Schema.Boolean),
  expires_at: Schema.optionalKey(Schema.NullOr(Schema.DateTimeUtcFromString))
})
export type FileMetadata = typeof FileMetadata.Type

export const DeletedFile = Envelope({
  id: Schema.String,
  type: Schema.optionalKey(Schema.Literal("file_deleted"))
})
export type DeletedFile = typeof DeletedFile.Type
