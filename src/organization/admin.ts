// The admin credential, which is a separate setting: only calls of an organization use it, and they use no other.
// Everything public here is exported by the module Organization.
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Anthropic from "../Anthropic.ts"
import { CredentialsError } from "../AnthropicError.ts"

/**
 * An admin credential: an Admin API key, or a token with the scope `org:admin` that is renewed.
 *
 * @category models
 * @since 0.1.0
 */
export interface AdminCredential {
  readonly credentials: Anthropic.Settings["credentials"]
  readonly authorize?: Anthropic.Authorize | undefined
}

const missing = new CredentialsError({
  reason: "missing",
  description: "no admin credential: set ANTHROPIC_ADMIN_KEY, or provide Organization.layer({ adminKey })"
})

const fromEnvironment: AdminCredential["credentials"] = Config.option(Config.Redacted("ANTHROPIC_ADMIN_KEY")).pipe(
  Effect.mapError(
    () => new CredentialsError({ reason: "unavailable", description: "the configuration could not be read" })
  ),
  Effect.flatMap(
    Option.match({
      onNone: () => Effect.fail(missing),
      onSome: (key) => (Redacted.value(key).trim() === "" ? Effect.fail(missing) : Effect.succeed(key))
    })
  )
)

/**
 * The admin credential in force. Default: the variable `ANTHROPIC_ADMIN_KEY`, a name of this package. The key of the
 * workspace is never used in its place.
 *
 * @category references
 * @since 0.1.0
 */
export const Admin: Context.Reference<AdminCredential> = Context.Reference<AdminCredential>(
  "effect-anthropic/Organization/Admin",
  { defaultValue: () => ({ credentials: fromEnvironment }) }
)

/**
 * Sets the admin credential of everything that runs with the layer.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: { readonly adminKey: string | Redacted.Redacted } | AdminCredential
): Layer.Layer<never> => {
  if (!("adminKey" in options)) return Layer.succeed(Admin, options)
  const { adminKey } = options
  const key = typeof adminKey === "string" ? Redacted.make(adminKey) : adminKey
  return Layer.succeed(Admin, { credentials: Effect.succeed(key) })
}

/** The form of a key that belongs to a workspace. */
const workspaceKey = /^sk-ant-api\d/

const refuseWorkspaceKey = (credentials: AdminCredential["credentials"]): AdminCredential["credentials"] =>
  Effect.flatMap(credentials, (key) =>
    workspaceKey.test(Redacted.value(key).trim())
      ? Effect.fail(
          new CredentialsError({
            reason: "malformed",
            description: "the admin credential has the form of a workspace key (sk-ant-api…): nothing was sent"
          })
        )
      : Effect.succeed(key)
  )

/** The settings of a call. A key with an analytics scope may have the form of a workspace key. */
const adminSettings = (takesScopedKeys: boolean) =>
  Effect.map(
    Admin,
    ({ authorize, credentials }): Anthropic.Options => ({
      credentials: takesScopedKeys ? credentials : refuseWorkspaceKey(credentials),
      authorize
    })
  )

/** Makes a call with the admin credential. */
export const asAdmin = <A, E, R>(call: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(adminSettings(false), (settings) => Anthropic.withSettings(settings)(call))

/** Reads a stream with the admin credential. */
export const streamAsAdmin = <A, E, R>(
  stream: Stream.Stream<A, E, R>,
  takesScopedKeys = false
): Stream.Stream<A, E, R> =>
  Stream.unwrap(Effect.map(adminSettings(takesScopedKeys), (settings) => Anthropic.withSettings(settings)(stream)))
