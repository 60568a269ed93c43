// The token endpoint: exchanges an identity token or a refresh token for an access token, and answers errors by RFC 6749.
import * as Effect from "effect/Effect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Predicate from "effect/Predicate"
import { type Endpoint, Exchange } from "../server/exchange.ts"
import type { Tokens } from "./state.ts"

/** The path of the token endpoint, which needs no credential and no version. */
export const tokenPath = "/v1/oauth/token"

const oauthBeta = "oauth-2025-04-20"
const federationBeta = "oidc-federation-2026-04-01"

const refuse = (error: string, error_description: string, status = 400) =>
  HttpServerResponse.jsonUnsafe({ error, error_description }, { status })

const longestAssertion = 16 * 1024

export const tokenEndpoints = (tokens: Tokens): ReadonlyArray<Endpoint> => [
  {
    method: "POST",
    path: tokenPath,
    handler: Effect.gen(function* () {
      const { betas, body, now } = yield* Exchange
      const fields = yield* Effect.orElseSucceed(body, () => undefined)
      const field = (name: string): string => {
        const value = Predicate.hasProperty(fields, name) ? fields[name] : undefined
        return typeof value === "string" ? value : ""
      }
      const answer = (grant: "jwt-bearer" | "refresh_token", refreshToken?: string) =>
        HttpServerResponse.jsonUnsafe({
          access_token: tokens.issue(grant, now),
          expires_in: tokens.lifetime,
          token_type: "Bearer",
          ...(refreshToken === undefined ? {} : { refresh_token: refreshToken })
        })
      if (!betas.includes(oauthBeta)) return refuse("invalid_request", `anthropic-beta: ${oauthBeta} is missing`)
      if (field("grant_type") === "refresh_token") {
        if (betas.includes(federationBeta)) return refuse("invalid_request", `anthropic-beta: ${federationBeta}`)
        if (field("client_id") === "") return refuse("invalid_request", "client_id: Field required")
        const next = tokens.refresh(field("refresh_token"))
        return next === undefined
          ? refuse("invalid_grant", "the refresh token is not valid")
          : answer("refresh_token", next)
      }
      if (field("grant_type") !== "urn:ietf:params:oauth:grant-type:jwt-bearer") {
        return refuse("unsupported_grant_type", "grant_type: not one of refresh_token, jwt-bearer")
      }
      if (!betas.includes(federationBeta))
        return refuse("invalid_request", `anthropic-beta: ${federationBeta} is missing`)
      const missing = ["assertion", "federation_rule_id", "organization_id"].find((name) => field(name) === "")
      if (missing !== undefined) return refuse("invalid_request", `${missing}: Field required`)
      if (field("assertion").length > longestAssertion) return refuse("invalid_request", "assertion: too long")
      return tokens.acceptsAssertion(field("assertion"))
        ? answer("jwt-bearer")
        : refuse("invalid_grant", "no federation rule matches the identity token", 401)
    })
  }
]
