/**
 * Files: upload with progress, list, use in messages, download, and delete.
 *
 * Every key of a workspace can use every file of the workspace.
 * API: https://platform.claude.com/docs/en/build-with-claude/files.
 *
 * @since 0.1.0
 */

export { DownloadError, download } from "./files/content.ts"
export { contentBlock, type FileBlock } from "./files/contentBlock.ts"
export { type DeleteWhereOptions, type Deletion, deleteWhere } from "./files/deleteWhere.ts"
export { type DownloadToOptions, downloadTo } from "./files/downloadTo.ts"
export { ListError, type ListOptions, list, listPage, listPages } from "./files/list.ts"
export { DeleteError, delete, RetrieveError, retrieve } from "./files/metadata.ts"
export type { OnProgress, Progress } from "./files/progress.ts"
export type { IfExists } from "./files/target.ts"
export {
  UploadError,
  type UploadEvent,
  type UploadOptions,
  upload,
  uploadEvents,
  uploadScoped
} from "./files/upload.ts"
export { type Usage, type UsageTotal, usage } from "./files/usage.ts"
export type { IdOf } from "./http/path.ts"
export type { Wire } from "./schema/checked.ts"
export { DeletedFile, FileMetadata, type FileMetadataEncoded } from "./schema/File.ts"
