// The endpoints of files.
// Requests with the beta of 2025 are answered in the shapes before the general availability.
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { type Endpoint, Exchange } from "../server/exchange.ts"
import { bothPage, cursorPage, idPage } from "../server/pages.ts"
import { ApiError, invalidRequest, notFound } from "../server/wire.ts"
import { Form } from "./form.ts"
import { bytesOf, type Files, isExpired, isGone, type StoredFile, viewFile } from "./state.ts"

const oldBeta = "files-api-2025-04-14"

/** With this beta and without the old one, listings take both kinds of cursors and answer both kinds of fields. */
const bothBeta = "managed-agents-2026-04-01"

const isOld = Effect.map(Exchange, ({ betas }) => betas.includes(oldBeta))

const isBoth = Effect.map(Exchange, ({ betas }) => betas.includes(bothBeta))

/** A file in the shape before the general availability of the Files API. */
const viewOldFile = (file: StoredFile) => {
  const { expires_at: _, ...fields } = viewFile(file)
  return fields
}

const find = (files: Files) =>
  Effect.gen(function* () {
    const { now, workspaceId } = yield* Exchange
    const { id = "" } = yield* HttpRouter.params
    const file = files.find(id, now)
    return file?.workspaceId === workspaceId ? file : yield* notFound(`File not found: ${id}`)
  })

/** The files with the `ids` of the query. Unknown ids are left out. */
const byIds = Effect.fnUntraced(function* (files: Files, asked: ReadonlyArray<string>) {
  const { now, query, workspaceId } = yield* Exchange
  if (query.has("page") || query.has("limit")) return yield* invalidRequest("ids: not with page or limit")
  const ids = new Set(asked)
  if (ids.size > 100) return yield* invalidRequest("ids: at most 100 entries")
  const data = files.all().filter((file) => ids.has(file.id) && file.workspaceId === workspaceId && !isGone(file, now))
  return { data: data.map(viewFile), next_page: null }
})

export const fileEndpoints = (files: Files, pageSizeDefault: number): ReadonlyArray<Endpoint> => {
  const answer = Effect.fnUntraced(function* (file: StoredFile) {
    return HttpServerResponse.jsonUnsafe((yield* isOld) ? viewOldFile(file) : viewFile(file))
  })

  return [
    {
      method: "POST",
      path: "/v1/files",
      handler: Effect.gen(function* () {
        const { body, now, workspaceId } = yield* Exchange
        const form = yield* body
        if (!(form instanceof Form)) return yield* invalidRequest("content-type: multipart/form-data is required")
        if (form.file === undefined) return yield* invalidRequest("file: Field required")
        if (form.file.type === undefined && (yield* isOld)) {
          return yield* invalidRequest("file: the part has no content type")
        }
        return yield* answer(yield* files.upload(form.file, form.fields.get("expires_in_seconds"), now, workspaceId))
      })
    },
    {
      method: "GET",
      path: "/v1/files",
      handler: Effect.gen(function* () {
        const { now, query, workspaceId } = yield* Exchange
        const listing = {
          items: files.all().filter((file) => file.workspaceId === workspaceId),
          isListed: (file: StoredFile) => !isGone(file, now),
          query,
          pageSizeDefault
        }
        if (yield* isOld) {
          return HttpServerResponse.jsonUnsafe(yield* idPage({ ...listing, toWire: viewOldFile }))
        }
        const isBothKinds = yield* isBoth
        if (!isBothKinds && (query.has("before_id") || query.has("after_id"))) {
          return yield* invalidRequest("before_id and after_id are not supported: use page")
        }
        const asked = [...query.getAll("ids[]"), ...query.getAll("ids")]
        if (asked.length > 0) return HttpServerResponse.jsonUnsafe(yield* byIds(files, asked))
        const page = isBothKinds ? bothPage : cursorPage
        return HttpServerResponse.jsonUnsafe(yield* page({ ...listing, toWire: viewFile }))
      })
    },
    { method: "GET", path: "/v1/files/:id", handler: Effect.flatMap(find(files), answer) },
    {
      method: "DELETE",
      path: "/v1/files/:id",
      handler: Effect.map(find(files), (file) => {
        file.isDeleted = true
        return HttpServerResponse.jsonUnsafe({ id: file.id, type: "file_deleted" })
      })
    },
    {
      method: "GET",
      path: "/v1/files/:id/content",
      handler: Effect.gen(function* () {
        const { now } = yield* Exchange
        const file = yield* find(files)
        if (isExpired(file, now)) {
          return yield* new ApiError({
            status: 404,
            type: "not_found_error",
            message: `File ${file.id} has expired`,
            details: { error_code: "file_expired" }
          })
        }
        if (!file.downloadable) {
          return yield* new ApiError({
            status: 400,
            type: "invalid_request_error",
            message: `File ${file.id} is not downloadable`,
            details: { error_code: "file_not_downloadable" }
          })
        }
        return HttpServerResponse.stream(bytesOf(file.content), {
          contentType: "application/octet-stream",
          contentLength: file.content.size
        })
      })
    }
  ]
}
