// The token endpoint: exchanges a grant for an access token. The secret of the grant is sent there only. Of an answer that
// is not a token, errors contain only the fields of RFC 6749.
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Anthropic from "../Anthropic.ts"
import type { CredentialsError, RequestError } from "../AnthropicError.ts"
import { parseJson } from "../decode/json.ts"
import { decodeText, readText, tooLong } from "../http/answer.ts"
import { fromPieces } from "../http/body.ts"
import type { ApiResponse } from "../http/operation.ts"
import type { Failure } from "../http/retry.ts"
import { openWith } from "../http/transport.ts"
import { Changes } from "../settings/inForce.ts"
import { fail, outage, type Token } from "./token.ts"

/** The beta that is sent with the tokens of this module and to the token endpoint. */
export const oauthBeta = "oauth-2025-04-20"

const federationBeta = "oidc-federation-2026-04-01"

/** A grant that is exchanged for a token. `secret` is the member of `body` that must not be in errors. */
export interface Grant {
  readonly type: "jwt" | "refresh"
  readonly secret: string
  readonly body: { readonly [field: string]: string }
}

export const jwtGrant = (
  assertion: string,
  rule: {
    readonly federationRuleId: string
    readonly organizationId: string
    readonly serviceAccountId?: string | undefined
    readonly workspaceId?: string | undefined
  }
): Grant => ({
  type: "jwt",
  secret: assertion,
  body: {
    grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    assertion,
    federation_rule_id: rule.federationRuleId,
    organization_id: rule.organizationId,
    ...(rule.serviceAccountId === undefined ? {} : { service_account_id: rule.serviceAccountId }),
    ...(rule.workspaceId === undefined ? {} : { workspace_id: rule.workspaceId })
  }
})

export const refreshGrant = (refreshToken: string, clientId: string): Grant => ({
  type: "refresh",
  secret: refreshToken,
  body: { grant_type: "refresh_token", refresh_token: refreshToken, client_id: clientId }
})

const TokenResponse = Schema.Struct({
  access_token: Schema.String,
  expires_in: Schema.Union([Schema.Number, Schema.String]),
  token_type: Schema.optionalKey(Schema.NullOr(Schema.String)),
  refresh_token: Schema.optionalKey(Schema.NullOr(Schema.String))
})

export interface Exchanged extends Token {
  /** The refresh token that replaces the one that was used. */
  readonly refreshToken: Redacted.Redacted | undefined
}

/** The fields of an error answer by RFC 6749. */
const OAuthError = Schema.Struct({
  error: Schema.String,
  error_description: Schema.optionalKey(Schema.NullOr(Schema.String))
})

const decodeOAuthError = Schema.decodeUnknownResult(OAuthError)

/** The most bytes of an answer that are read, as the official client does: 1 MiB. */
const maxAnswerBytes = 1024 * 1024

/** Reads an answer up to `maxAnswerBytes`. */
const readToken = (response: ApiResponse): Effect.Effect<typeof TokenResponse.Type, Failure<RequestError>> =>
  Effect.flatMap(readText(response, maxAnswerBytes), (text) => decodeText(response, TokenResponse, text))

const refusals = new Set([400, 401, 403, 404])

/** The error of the credential for a failed exchange. The secret is already removed from the texts. */
const toCredentialsError = (url: string, error: RequestError): CredentialsError => {
  const at = `token endpoint ${url}`
  switch (error._tag) {
    case "CredentialsError":
    case "RequestRefusedError":
      return fail("malformed", `${at}: ${error.message}`)
    case "RedirectError":
      return fail("unavailable", `${at}: redirects with status ${error.status}, which is not followed`)
    case "DecodeError":
      // Other descriptions quote the answer, which may be secret.
      return outage(
        `${at}: ${error.description === tooLong(maxAnswerBytes) ? error.description : "the answer is not a token"}`
      )
    case "ConnectionError":
    case "ResponseTimeoutError":
    case "IdleTimeoutError":
      return outage(`${at}: ${error.message}`)
    default: {
      const json = parseJson(error.description)
      const told = decodeOAuthError(Result.isSuccess(json) ? json.success : undefined)
      const id = error.requestId === undefined ? "" : `, request ${error.requestId}`
      if (Result.isSuccess(told)) {
        const { error: code, error_description: text } = told.success
        const description = `${at}: ${code}${text ? `: ${text}` : ""} (status ${error.status}${id})`
        return refusals.has(error.status ?? 0) ? fail("rejected", description) : outage(description)
      }
      const description = `${at}: status ${error.status}${id}`
      const isRefusal = error.type !== undefined && refusals.has(error.status ?? 0)
      return isRefusal ? fail("rejected", description) : outage(description)
    }
  }
}

/** Whether a secret may be sent to a URL: with TLS or to this machine, and without a user or password in the URL. */
export const isSecure = (baseUrl: string): boolean => {
  if (!URL.canParse(baseUrl)) return false
  const { hostname, password, protocol, username } = new URL(baseUrl)
  if (username !== "" || password !== "") return false
  return protocol === "https:" || (protocol === "http:" && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(hostname))
}

export interface Endpoint {
  readonly baseUrl: string
  /** How long the endpoint may take to answer. */
  readonly timeout: Duration.Input
}

export type Exchange = (grant: Grant) => Effect.Effect<Exchanged, CredentialsError>

/** Makes a function that calls the token endpoint, with the client and the settings in force now. */
export const makeExchange = Effect.fnUntraced(function* (
  endpoint: Endpoint
): Effect.fn.Return<Exchange, CredentialsError, HttpClient.HttpClient> {
  const { baseUrl, timeout } = endpoint
  if (!isSecure(baseUrl)) {
    const at = URL.canParse(baseUrl) ? new URL(baseUrl).host : "which is no URL"
    return yield* fail("unsafe", `a token is fetched over https or on this machine only, without a user, not at ${at}`)
  }
  const client = yield* HttpClient.HttpClient
  const settings = yield* Anthropic.Settings
  // `OnResponse` of the call that needs a token is not called, because this is not the answer to that call.
  const onResponse = yield* Anthropic.OnResponse
  const url = `${new URL(baseUrl).origin}/v1/oauth/token`
  return Effect.fn("Credentials.exchange")(function* (grant: Grant): Effect.fn.Return<Exchanged, CredentialsError> {
    const startedAt = yield* Clock.currentTimeMillis
    const answer = yield* openWith(
      {
        name: "Credentials.exchange",
        kind: "generating",
        method: "POST",
        path: ["oauth", "token"],
        secret: grant.secret,
        body: fromPieces("application/json", [new TextEncoder().encode(JSON.stringify(grant.body))])
      },
      readToken
    ).pipe(
      Anthropic.withSettings({
        credentials: Effect.succeed(Redacted.make(grant.secret)),
        baseUrl,
        betas: grant.type === "jwt" ? [oauthBeta, federationBeta] : [oauthBeta],
        // The exchange is repeated with the call that needs the token, as the settings of that call say.
        retry: { maxRetries: 0 },
        responseTimeout: timeout,
        idleTimeout: timeout
      }),
      Effect.provideService(HttpClient.HttpClient, client),
      Effect.provideService(Anthropic.Settings, { ...settings, workspaceId: undefined, userProfileId: undefined }),
      Effect.provideService(Changes, []),
      Effect.provideService(Anthropic.OnResponse, onResponse),
      Effect.mapError((error) => toCredentialsError(url, error))
    )
    const lifetime = Number(answer.expires_in) * 1000
    // A token that a header cannot contain is not a token either.
    if (!/^[\x21-\x7e]+$/.test(answer.access_token) || !Number.isFinite(lifetime)) {
      return yield* outage(`token endpoint ${url}: the answer is not a token`)
    }
    if (answer.token_type != null && answer.token_type.toLowerCase() !== "bearer") {
      return yield* fail("unavailable", `token endpoint ${url}: the token is not of the type Bearer`)
    }
    return {
      value: Redacted.make(answer.access_token, { label: "access token" }),
      expiresAt: startedAt + lifetime,
      lifetime,
      refreshToken: answer.refresh_token ? Redacted.make(answer.refresh_token, { label: "refresh token" }) : undefined
    }
  })
})
