// The ways to get a token: by an identity token, and by a refresh token that a file keeps.
// A token that is still valid is used if no new one can be fetched.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Redacted from "effect/Redacted"
import type { CredentialsError } from "../AnthropicError.ts"
import { type Exchange, jwtGrant, refreshGrant } from "./exchange.ts"
import { readToken, type StoredToken, writeToken } from "./files.ts"
import { advisoryMillis, type FetchToken, fail, left, type Token } from "./token.ts"

/** The stored token, if it has enough time left and was not rejected. */
const usable = (
  stored: StoredToken | undefined,
  rejected: string | undefined,
  least: number
): Effect.Effect<Token | undefined> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    if (stored === undefined || Redacted.value(stored.token.value) === rejected) return undefined
    return left(stored.token, now) > least ? stored.token : undefined
  })

/** Falls back to a stored token that is still valid. */
const orStored =
  (stored: StoredToken | undefined, rejected: string | undefined) =>
  (error: CredentialsError): Effect.Effect<Token, CredentialsError> =>
    Effect.flatMap(usable(stored, rejected, 0), (token) =>
      token === undefined ? Effect.fail(error) : Effect.succeed(token)
    )

const warn = (path: string, why: string): Effect.Effect<void> =>
  Effect.logWarning(`Credentials: the new token could not be written to ${path}: ${why}`)

type Rule = Parameters<typeof jwtGrant>[1]

/** Exchanges an identity token, which is read again each time. */
export const federated =
  (exchange: Exchange, rule: Rule, identityToken: Effect.Effect<Redacted.Redacted, CredentialsError>): FetchToken =>
  () =>
    Effect.flatMap(identityToken, (token) => exchange(jwtGrant(Redacted.value(token), rule)))

/** Stores the tokens of `fetch` in a file, which other processes use, too. */
export const keptInFile = (fetch: FetchToken, path: string, fs: FileSystem.FileSystem): FetchToken =>
  Effect.fnUntraced(
    function* (rejected) {
      // A file that cannot be read counts as without a token. A file that others can read is an error.
      const stored = yield* Effect.catchIf(
        readToken(path),
        (error) => error.reason !== "unsafe",
        () => Effect.succeed(undefined)
      )
      const kept = yield* usable(stored, rejected, advisoryMillis)
      if (kept !== undefined) return kept
      return yield* fetch(rejected).pipe(
        Effect.tap((token) =>
          Effect.catch(
            writeToken(path, { token, refreshToken: stored?.refreshToken, fields: stored?.fields ?? {} }),
            (error) => warn(path, error.reason._tag)
          )
        ),
        Effect.catch(orStored(stored, rejected))
      )
    },
    Effect.provideService(FileSystem.FileSystem, fs)
  )

/** Reads the tokens of a login from its file, and renews them there. */
export const loggedIn = (
  exchange: Exchange,
  path: string,
  clientId: string | undefined,
  fs: FileSystem.FileSystem
): FetchToken => {
  /** Tokens that could not be written, and the older access token in the file. */
  let unwritten: { readonly inFile: string; readonly stored: StoredToken } | undefined

  const read = Effect.gen(function* () {
    const inFile = yield* readToken(path)
    if (inFile === undefined) return yield* fail("missing", `no login: the file ${path} does not exist`)
    const isUnchanged = unwritten?.inFile === Redacted.value(inFile.token.value)
    if (!isUnchanged) unwritten = undefined
    return unwritten?.stored ?? inFile
  })

  const renew = Effect.fnUntraced(function* (stored: StoredToken, refreshToken: string, id: string) {
    return yield* Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(restore(exchange(refreshGrant(refreshToken, id))), (token) => {
        const renewed = {
          ...stored,
          token,
          refreshToken: token.refreshToken === undefined ? refreshToken : Redacted.value(token.refreshToken)
        }
        const inFile = unwritten?.inFile ?? Redacted.value(stored.token.value)
        return Effect.matchEffect(writeToken(path, renewed), {
          onSuccess: () =>
            Effect.sync(() => {
              unwritten = undefined
              return token
            }),
          onFailure: (error) => {
            // The endpoint may have replaced the refresh token, so the new one must not be lost.
            unwritten = { inFile, stored: renewed }
            return Effect.as(warn(path, error.reason._tag), token)
          }
        })
      })
    )
  })

  return Effect.fnUntraced(
    function* (rejected): Effect.fn.Return<Token, CredentialsError, FileSystem.FileSystem> {
      const stored = yield* read
      const kept = yield* usable(stored, rejected, advisoryMillis)
      if (kept !== undefined) return kept
      if (clientId === undefined || stored.refreshToken === undefined) {
        const why = `the token of ${path} is no longer accepted, and the file has no refresh token`
        return yield* orStored(stored, rejected)(fail("unavailable", why))
      }
      return yield* Effect.catch(renew(stored, stored.refreshToken, clientId), (error) =>
        Effect.flatMap(
          // If two processes renew at the same time, one is refused. It uses the token that the other one wrote.
          error.reason === "rejected" ? Effect.orElseSucceed(read, () => stored) : Effect.succeed(stored),
          (now) => orStored(now, rejected)(error)
        )
      )
    },
    Effect.provideService(FileSystem.FileSystem, fs)
  )
}
