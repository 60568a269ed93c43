/**
 * Any endpoint of the API, through the transport of this package. The credential is sent to the origin only, calls are
 * repeated as their kind allows, errors are typed, and every call has a span and a request id. The modules of single
 * resources use it.
 *
 * Source: https://platform.claude.com/docs/en/api/overview.
 *
 * @since 0.1.0
 */
export { type Body, json } from "./endpoint/body.ts"
export type { CallOptions, ErrorCodes, ErrorOfCodes, NoCodes } from "./endpoint/call.ts"
export { type FormPart, form } from "./endpoint/form.ts"
export {
  type EventsOptions,
  events,
  type LinesOptions,
  lines,
  type ServerEvent
} from "./endpoint/items.ts"
export { type CursorOptions, type ListEndpoint, list } from "./endpoint/list.ts"
export { type Accept, bytes, type OpenGet, type OpenOptions, type OpenPost, open } from "./endpoint/open.ts"
export type { Query, QueryValue } from "./endpoint/query.ts"
export { type RemoveOptions, remove } from "./endpoint/remove.ts"
export { type ErrorOf, type KindOf, type Method, type RequestOptions, request } from "./endpoint/request.ts"
export { type Resource, type ResourceEndpoint, resource } from "./endpoint/resource.ts"
export type { RequestBody } from "./http/body.ts"
export type { Demand } from "./http/call.ts"
export type { ErrorFields } from "./http/errors.ts"
export type { ApiResponse } from "./http/operation.ts"
export type { IdOf } from "./http/path.ts"
export type { OperationKind } from "./http/retry.ts"
