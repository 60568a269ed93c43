// The errors of files: a source, a download or a block that is not as expected.
import * as Schema from "effect/Schema"

/**
 * A source has more or fewer bytes than its size. Nothing was uploaded.
 *
 * `expected` and `received` are in bytes. Reading stops at the first byte beyond the size.
 *
 * @category errors
 * @since 0.1.0
 */
export class SourceChangedError extends Schema.TaggedError<SourceChangedError>()("SourceChangedError", {
  expected: Schema.Number,
  received: Schema.Number
}) {
  readonly isRetryable = false

  override get message(): string {
    const more = this.received > this.expected
    return `the source said it has ${this.expected} bytes and has ${more ? "more" : `only ${this.received}`}`
  }
}

/**
 * A download ended cleanly, but its size is not that of the metadata of the file.
 *
 * `expected` and `received` are in bytes.
 *
 * @category errors
 * @since 0.1.0
 */
export class FileSizeMismatchError extends Schema.TaggedError<FileSizeMismatchError>()("FileSizeMismatchError", {
  fileId: Schema.String,
  expected: Schema.Number,
  received: Schema.Number
}) {
  readonly isRetryable = true

  override get message(): string {
    return `file ${this.fileId}: ${this.received} bytes came, its size is ${this.expected}`
  }
}

/**
 * A file cannot be the requested block of a message, because its media type does not fit.
 *
 * @category errors
 * @since 0.1.0
 */
export class ContentBlockError extends Schema.TaggedError<ContentBlockError>()("ContentBlockError", {
  fileId: Schema.String,
  mimeType: Schema.String,
  block: Schema.String
}) {
  readonly isRetryable = false

  override get message(): string {
    const article = this.block === "image" ? "an" : "a"
    return `file ${this.fileId} of type ${this.mimeType} cannot be ${article} ${this.block} block`
  }
}
