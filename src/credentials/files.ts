// The files of a login: read with the checks that a secret needs, and written completely or not at all.
import * as Bytes from "effect/Bytes"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type * as PlatformError from "effect/PlatformError"
import * as Predicate from "effect/Predicate"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { CredentialsError } from "../AnthropicError.ts"
import { parseJson } from "../decode/json.ts"
import { isWindows } from "./platform.ts"
import { fail, type Token } from "./token.ts"

const isMissing = (error: PlatformError.PlatformError): boolean => error.reason._tag === "NotFound"

/** The longest file that is read, in bytes. Valid files are much shorter. */
const longestFile = 1024 * 1024

const readOpened = Effect.fnUntraced(function* (path: string, file: FileSystem.File) {
  const chunks: Array<Uint8Array> = []
  let size = 0
  for (;;) {
    const chunk = yield* file.readAlloc(64 * 1024)
    if (Option.isNone(chunk)) return new TextDecoder().decode(Bytes.concat(chunks))
    size += chunk.value.byteLength
    if (size > longestFile) return yield* fail("malformed", `${path} is longer than ${longestFile} bytes`)
    chunks.push(chunk.value)
  }
})

/** The permissions of the group and of others. */
const readable = 0o044
const writable = 0o022

/** Fails where other users may read or write an opened file. Windows has no such permissions. */
const checkSafety = Effect.fnUntraced(function* (path: string, file: FileSystem.File) {
  if (isWindows()) return
  const { mode } = yield* file.stat
  if ((mode & (readable | writable)) === 0) return
  const what = (mode & writable) === 0 ? "read" : "written"
  const octal = (mode & 0o777).toString(8)
  return yield* fail("unsafe", `${path} can be ${what} by other users (mode ${octal}): run chmod 600 on it`)
})

/**
 * Reads a file. Returns undefined if there is none. Errors name the path and the reason, not the contents. A secret is read
 * from the same opened file whose permissions were checked.
 */
export const readIfThere = (
  path: string,
  isSecret = false
): Effect.Effect<string | undefined, CredentialsError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const file = yield* fs.open(path)
    if (isSecret) yield* checkSafety(path, file)
    return yield* readOpened(path, file)
  }).pipe(
    Effect.scoped,
    Effect.catchTag("PlatformError", (error) =>
      isMissing(error)
        ? Effect.succeed(undefined)
        : Effect.fail(fail("unavailable", `${path} cannot be read: ${error.reason._tag}`))
    )
  )

/** Decodes the JSON of a file. Errors name the path and the fields of the file, not their values. */
export const decodeFile = <S extends Schema.ConstraintDecoder<unknown>>(
  path: string,
  text: string,
  schema: S
): Effect.Effect<S["Type"], CredentialsError> => {
  const json = parseJson(text)
  if (Result.isFailure(json)) return Effect.fail(fail("malformed", `${path} is not JSON`))
  const decoded = Schema.decodeUnknownResult(schema)(json.success)
  if (Result.isSuccess(decoded)) return Effect.succeed(decoded.success)
  const fields = Object.keys(Predicate.isReadonlyObject(json.success) ? json.success : {})
  return Effect.fail(
    fail("malformed", `${path} does not have the expected content; its fields are ${fields.join(", ")}`)
  )
}

const TokenFile = Schema.Struct({
  type: Schema.optionalKey(Schema.Literal("oauth_token")),
  access_token: Schema.NonEmptyString,
  expires_at: Schema.optionalKey(Schema.NullOr(Schema.Finite)),
  refresh_token: Schema.optionalKey(Schema.NullOr(Schema.String))
})

export interface StoredToken {
  readonly token: Token
  readonly refreshToken: string | undefined
  /** The whole file, with the fields that this package does not know. */
  readonly fields: { readonly [field: string]: unknown }
}

/** Reads a file of tokens. Returns undefined if there is none. Fails if other users may read or write it. */
export const readToken = Effect.fnUntraced(function* (
  path: string
): Effect.fn.Return<StoredToken | undefined, CredentialsError, FileSystem.FileSystem> {
  const text = yield* readIfThere(path, true)
  if (text === undefined) return undefined
  const file = yield* decodeFile(path, text, TokenFile)
  const fields = yield* decodeFile(path, text, Schema.Record(Schema.String, Schema.Unknown))
  return {
    token: {
      value: Redacted.make(file.access_token, { label: "access token" }),
      expiresAt: file.expires_at == null ? undefined : file.expires_at * 1000,
      lifetime: undefined
    },
    refreshToken: file.refresh_token || undefined,
    fields
  }
})

/** Writes a token into its file, and keeps the other fields. Only this user can access the directory and the file. */
export const writeToken = Effect.fnUntraced(function* (
  path: string,
  stored: StoredToken
): Effect.fn.Return<void, PlatformError.PlatformError, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const { fields, refreshToken, token } = stored
  const text = JSON.stringify(
    {
      ...fields,
      version: "1.0",
      type: "oauth_token",
      access_token: Redacted.value(token.value),
      expires_at: token.expiresAt === undefined ? undefined : Math.floor(token.expiresAt / 1000),
      refresh_token: refreshToken
    },
    undefined,
    2
  )
  yield* fs.makeDirectory(path.replace(/[/\\][^/\\]*$/, ""), { recursive: true, mode: 0o700 })
  // Beside the target, because a file is replaced in one step only if both are on the same disk.
  const target = yield* Effect.orElseSucceed(fs.realPath(path), () => path)
  const suffix = `${yield* Clock.currentTimeMillis}-${yield* Random.nextIntBetween(0, 2 ** 31)}`
  const beside = `${target}.${suffix}.tmp`
  yield* Effect.scoped(
    Effect.gen(function* () {
      const file = yield* fs.open(beside, { flag: "wx", mode: 0o600 })
      yield* file.writeAll(new TextEncoder().encode(text))
      yield* file.sync
    })
  ).pipe(
    Effect.andThen(fs.rename(beside, target)),
    Effect.onError(() => Effect.ignore(fs.remove(beside, { force: true })))
  )
})

/** The longest identity token that the token endpoint takes, in characters. */
const longestIdentityToken = 16 * 1024

export const checkIdentityToken = (
  source: string,
  text: string
): Effect.Effect<Redacted.Redacted, CredentialsError> => {
  const token = text.trim()
  if (token === "") return Effect.fail(fail("missing", `${source} is empty`))
  if (token.length > longestIdentityToken) {
    return Effect.fail(fail("malformed", `${source} has ${token.length} characters, more than 16 KiB`))
  }
  return Effect.succeed(Redacted.make(token, { label: "identity token" }))
}

/** Reads an identity token from its file each time, because platforms replace the file. */
export const identityTokenFile = Effect.fnUntraced(function* (
  path: string
): Effect.fn.Return<Redacted.Redacted, CredentialsError, FileSystem.FileSystem> {
  const text = yield* readIfThere(path)
  if (text === undefined) return yield* fail("missing", `the identity token file ${path} does not exist`)
  return yield* checkIdentityToken(`the identity token file ${path}`, text)
})
