// Files that a test adds to an emulator, as if a tool had made them. By default they can be downloaded.
import * as Duration from "effect/Duration"
import { defaultWorkspace } from "../server/access.ts"
import { contentOf, type Files, type StoredFile } from "./state.ts"

/**
 * A file to add to an emulator, as if a tool had made it.
 *
 * @category options
 * @since 0.1.0
 */
export interface FileSeed {
  /** Default: `generated-1.txt` and so on. */
  readonly filename?: string | undefined
  /** Default: `text/plain`. */
  readonly mimeType?: string | undefined
  /** Text, bytes, or a number of bytes that are made when they are downloaded. Default: a short text. */
  readonly content?: string | Uint8Array | number | undefined
  /** Default: true. */
  readonly downloadable?: boolean | undefined
  /** The workspace that it is in. Default: that of credentials that are bound to none. */
  readonly workspaceId?: string | undefined
  /** Default: it does not expire. */
  readonly expiresIn?: Duration.Input | undefined
}

/** Puts a file in, as of `now`. */
export const seedFile = (files: Files, seed: FileSeed, now: number): StoredFile => {
  const number = files.all().length + 1
  return files.add({
    workspaceId: seed.workspaceId ?? defaultWorkspace,
    filename: seed.filename ?? `generated-${number}.txt`,
    mimeType: seed.mimeType ?? "text/plain",
    content: contentOf(seed.content ?? `Generated file ${number}`),
    downloadable: seed.downloadable ?? true,
    createdAt: now,
    expiresAt: seed.expiresIn === undefined ? undefined : now + Duration.toMillis(seed.expiresIn)
  })
}
