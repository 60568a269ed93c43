// Makes the block of a file in a message.
import * as Result from "effect/Result"
import { ContentBlockError } from "../AnthropicError.ts"
import { essence } from "../media/mediaType.ts"
import { blocks } from "../media/mediaTypes.ts"
import type { FileMetadata } from "../schema/File.ts"
import type { ContainerUploadBlockParam, DocumentBlockParam, ImageBlockParam } from "../schema/MessageParams.ts"

/**
 * The blocks of a file in a message.
 *
 * @category models
 * @since 0.1.0
 */
export type FileBlock = DocumentBlockParam | ImageBlockParam | ContainerUploadBlockParam

const blockOf = (mimeType: string): FileBlock["type"] => blocks.get(essence(mimeType)) ?? "container_upload"

/**
 * Returns the block of a file in a message, by its stored type: `document` for PDF and plain text, `image` for JPEG, PNG,
 * GIF and WebP, and `container_upload` for everything else.
 *
 * `container_upload` is for the code execution tool, and possible for every file. Fails with `ContentBlockError` if the
 * stored type does not fit the block in `as`. Upload a CSV or JSON file with `type: "text/plain"` to have it read as a
 * document. Source: https://platform.claude.com/docs/en/build-with-claude/files.
 *
 * @example
 * import * as Files from "effect-anthropic/Files"
 * import * as Messages from "effect-anthropic/Messages"
 * import * as Effect from "effect/Effect"
 *
 * const ask = (file: Files.FileMetadata) =>
 *   Effect.map(Effect.fromResult(Files.contentBlock(file)), (block) =>
 *     Messages.user([block, { type: "text", text: "What is in this file?" }])
 *   )
 *
 * @category constructors
 * @since 0.1.0
 */
export const contentBlock = (
  file: FileMetadata,
  as: FileBlock["type"] = blockOf(file.mime_type)
): Result.Result<FileBlock, ContentBlockError> => {
  if (as === "container_upload") return Result.succeed({ type: as, file_id: file.id })
  if (as !== blockOf(file.mime_type)) {
    return Result.fail(new ContentBlockError({ fileId: file.id, mimeType: file.mime_type, block: as }))
  }
  return Result.succeed({ type: as, source: { type: "file", file_id: file.id } })
}
