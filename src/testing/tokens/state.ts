// The tokens that an emulator issues: access tokens, which expire, and refresh tokens, which are used once.
import { serial } from "../server/wire.ts"

/**
 * How an emulator issues tokens at `POST /v1/oauth/token`.
 *
 * @category options
 * @since 0.1.0
 */
export interface TokenOptions {
  /** How long an access token lasts, in seconds. Default: 3600. */
  readonly lifetime?: number | undefined
  /** The refresh tokens that are valid at the beginning. Default: none. */
  readonly refreshTokens?: ReadonlyArray<string> | undefined
  /** The identity tokens that are accepted. Default: any that is not empty. */
  readonly assertions?: ReadonlyArray<string> | undefined
}

/**
 * An access token that was issued.
 *
 * @category models
 * @since 0.1.0
 */
export interface IssuedToken {
  readonly accessToken: string
  /** The kind of token that was exchanged for it. */
  readonly grant: "jwt-bearer" | "refresh_token"
  /** In milliseconds of the emulator's clock. */
  readonly expiresAt: number
  readonly isRevoked: boolean
}

export interface Tokens {
  readonly lifetime: number
  readonly issued: () => ReadonlyArray<IssuedToken>
  readonly issue: (grant: IssuedToken["grant"], now: number) => string
  /** Uses up a refresh token. Returns the next one, if it was valid. */
  readonly refresh: (refreshToken: string) => string | undefined
  readonly acceptsAssertion: (assertion: string) => boolean
  readonly revoke: () => void
  /** Whether a credential is valid. Undefined for one that was not issued here. */
  readonly isValid: (credential: string, now: number) => boolean | undefined
}

export const makeTokens = (options: TokenOptions): Tokens => {
  const lifetime = options.lifetime ?? 3600
  const issued = new Map<string, IssuedToken>()
  const refreshTokens = new Set(options.refreshTokens)
  let refreshed = 0
  return {
    lifetime,
    issued: () => [...issued.values()],
    issue: (grant, now) => {
      const accessToken = serial("sk-ant-oat01-emulator-", issued.size + 1, 8)
      issued.set(accessToken, { accessToken, grant, expiresAt: now + lifetime * 1000, isRevoked: false })
      return accessToken
    },
    refresh: (refreshToken) => {
      if (!refreshTokens.delete(refreshToken)) return undefined
      refreshed += 1
      const next = serial("sk-ant-ort01-emulator-", refreshed, 8)
      refreshTokens.add(next)
      return next
    },
    acceptsAssertion: (assertion) => options.assertions?.includes(assertion) ?? true,
    revoke: () => {
      for (const [name, token] of issued) issued.set(name, { ...token, isRevoked: true })
    },
    isValid: (credential, now) => {
      const token = issued.get(credential)
      return token === undefined ? undefined : !token.isRevoked && now < token.expiresAt
    }
  }
}
