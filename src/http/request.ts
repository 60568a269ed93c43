// Prepares a call before it is sent: the URL, the headers and the credential. Values that cannot be sent are refused here.
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { Settings } from "../Anthropic.ts"
import { CredentialsError, type RequestRefusedError } from "../AnthropicError.ts"
import { betasOf } from "./betas.ts"
import type { Operation } from "./operation.ts"
import { segment } from "./path.ts"
import { refuse } from "./refuse.ts"
import { type Scrub, scrubOf } from "./scrub.ts"
import { version } from "./version.ts"

export const userAgent = `effect-anthropic/${version}`

export interface Prepared {
  readonly url: URL
  readonly headers: Record<string, string>
  readonly scrub: Scrub
  /** The names of headers that are never shown, in lower case: that of the credential, and those of the settings. */
  readonly secret: ReadonlyArray<string>
}

const malformed = (description: string) => Effect.fail(new CredentialsError({ reason: "malformed", description }))

const toCredential = (
  given: Redacted.Redacted<string>,
  { path }: Operation<unknown, unknown>
): Effect.Effect<string, CredentialsError> => {
  const credential = Redacted.value(given).trim()
  if (credential === "") {
    return Effect.fail(new CredentialsError({ reason: "missing", description: "the credential is empty" }))
  }
  if (!/^[\x21-\x7e]+$/.test(credential)) {
    return malformed("the credential has a character that a header cannot contain")
  }
  if (credential.startsWith("sk-ant-admin") && path[0] !== "organizations") {
    return malformed("an admin key can be used for Organization only")
  }
  return Effect.succeed(credential)
}

const toUrl = (
  { name: operation, path, query = [] }: Operation<unknown, unknown>,
  base: string
): Effect.Effect<URL, RequestRefusedError> => {
  const segments: Array<string> = []
  for (const id of path) {
    const encoded = segment(id)
    if (Result.isFailure(encoded)) return Effect.fail(refuse(operation, "id", encoded.failure))
    segments.push(encoded.success)
  }
  const url = URL.canParse(base) ? new URL(base) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    return Effect.fail(refuse(operation, "baseUrl", "not an http(s) URL without user and password"))
  }
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/v1/${segments.join("/")}`
  if (url.hash !== "") url.hash = ""
  for (const [name, value] of query) url.searchParams.append(name, value)
  return Effect.succeed(url)
}

/** The headers without the credential, with lower-case names. */
const headersOf = (operation: Operation<unknown, unknown>, settings: Settings): Record<string, string> => {
  const headers: Record<string, string> = {
    ...settings.headers,
    accept: operation.accept ?? "application/json",
    "anthropic-version": settings.version,
    "user-agent": userAgent
  }
  if (operation.acceptEncoding !== undefined) headers["accept-encoding"] = operation.acceptEncoding
  const betas = betasOf(settings, operation.betas)
  if (betas.length > 0) headers["anthropic-beta"] = betas.join(",")
  // Resources of the organization are in no workspace.
  if (settings.workspaceId !== undefined && operation.path[0] !== "organizations")
    headers["anthropic-workspace-id"] = settings.workspaceId
  if (settings.userProfileId !== undefined && operation.takesUserProfile === true) {
    headers["anthropic-user-profile-id"] = settings.userProfileId
  }
  return headers
}

const isName = (name: string): boolean => /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)

const isValue = (value: string): boolean => !/[^\t\x20-\x7e\x80-\xff]/.test(value)

export const prepare = Effect.fnUntraced(function* (
  operation: Operation<unknown, unknown>,
  settings: Settings
): Effect.fn.Return<Prepared, RequestRefusedError | CredentialsError> {
  const base = yield* Effect.mapError(settings.baseUrl, () =>
    refuse(operation.name, "baseUrl", "the configuration could not be read")
  )
  const url = yield* toUrl(operation, base)
  const credential = operation.secret ?? (yield* toCredential(yield* settings.credentials, operation))
  const headers = headersOf(operation, settings)
  for (const name in headers) {
    if (!isName(name) || !isValue(headers[name] ?? "")) {
      return yield* refuse(operation.name, `headers.${name}`, "not a valid header")
    }
  }
  if (operation.secret === undefined) headers.authorization = `Bearer ${credential}`
  const secret = ["authorization", ...Object.keys(settings.headers)]
  return { url, headers, scrub: scrubOf(credential), secret }
})

/** The headers of a request that is redirected to another origin, without headers of the caller. */
export const foreignHeaders = (operation: Operation<unknown, unknown>): Record<string, string> => ({
  accept: "*/*",
  "user-agent": userAgent,
  ...(operation.acceptEncoding === undefined ? {} : { "accept-encoding": operation.acceptEncoding })
})
