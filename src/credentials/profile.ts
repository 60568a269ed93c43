// A profile of the official tools: which login is used, and for which organization and workspace.
// Values of its file take precedence over those of the environment.
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { CredentialsError } from "../AnthropicError.ts"
import { fromEnvironment } from "../settings/settings.ts"
import { decodeFile, readIfThere } from "./files.ts"
import { isWindows } from "./platform.ts"
import { fail } from "./token.ts"

const Text = Schema.optionalKey(Schema.NullOr(Schema.String))

const ProfileFile = Schema.Struct({
  authentication: Schema.Union([
    Schema.Struct({
      type: Schema.Literal("oidc_federation"),
      credentials_path: Text,
      federation_rule_id: Text,
      service_account_id: Text,
      identity_token: Schema.optionalKey(
        Schema.NullOr(Schema.Struct({ source: Schema.Literal("file"), path: Schema.NonEmptyString }))
      )
    }),
    Schema.Struct({ type: Schema.Literal("user_oauth"), credentials_path: Text, client_id: Text })
  ]),
  base_url: Text,
  organization_id: Text,
  workspace_id: Text
})

/** A variable of the environment. Undefined if it is absent or empty. */
export const variable = (name: string): Effect.Effect<string | undefined, CredentialsError> =>
  fromEnvironment(name).pipe(
    Effect.map(Option.getOrUndefined),
    Effect.mapError(() => fail("unavailable", `the configuration could not be read: ${name}`))
  )

/** How a profile logs in. */
export interface Profile {
  readonly login:
    | { readonly type: "user_oauth"; readonly tokenFile: string; readonly clientId: string | undefined }
    | {
        readonly type: "oidc_federation"
        /** Where tokens are kept between processes. */
        readonly tokenFile: string | undefined
        readonly federationRuleId: string
        readonly organizationId: string
        readonly serviceAccountId: string | undefined
        readonly identityTokenFile: string | undefined
      }
  readonly baseUrl: string | undefined
  readonly workspaceId: string | undefined
}

/** The directory of the profiles. Undefined if the environment does not name one. */
export const configDirectory = Effect.gen(function* () {
  const own = yield* variable("ANTHROPIC_CONFIG_DIR")
  if (own !== undefined) return own
  if (isWindows()) {
    const appData = yield* variable("APPDATA")
    if (appData !== undefined) return `${appData}\\Anthropic`
    const user = yield* variable("USERPROFILE")
    return user === undefined ? undefined : `${user}\\AppData\\Roaming\\Anthropic`
  }
  const xdg = yield* variable("XDG_CONFIG_HOME")
  if (xdg !== undefined) return `${xdg}/anthropic`
  const home = yield* variable("HOME")
  return home === undefined ? undefined : `${home}/.config/anthropic`
})

const checkName = (name: string): Effect.Effect<void, CredentialsError> =>
  /^[A-Za-z0-9_.-]+$/.test(name) && name !== "." && name !== ".."
    ? Effect.void
    : Effect.fail(fail("malformed", `the name of the profile has characters other than A-Z a-z 0-9 _ . -: ${name}`))

/** The name of the profile that is used if none is named. */
export const activeProfile = Effect.fnUntraced(function* (directory: string) {
  const text = yield* readIfThere(`${directory}/active_config`)
  return text?.trim() || "default"
})

const required = (value: string | undefined, what: string): Effect.Effect<string, CredentialsError> =>
  value === undefined
    ? Effect.fail(fail("missing", `workload identity federation needs ${what}`))
    : Effect.succeed(value)

/** The federation that the environment describes. */
export const environmentFederation = Effect.fnUntraced(function* (): Effect.fn.Return<Profile, CredentialsError> {
  return {
    login: {
      type: "oidc_federation",
      tokenFile: undefined,
      federationRuleId: yield* required(
        yield* variable("ANTHROPIC_FEDERATION_RULE_ID"),
        "ANTHROPIC_FEDERATION_RULE_ID"
      ),
      organizationId: yield* required(yield* variable("ANTHROPIC_ORGANIZATION_ID"), "ANTHROPIC_ORGANIZATION_ID"),
      serviceAccountId: yield* variable("ANTHROPIC_SERVICE_ACCOUNT_ID"),
      identityTokenFile: yield* variable("ANTHROPIC_IDENTITY_TOKEN_FILE")
    },
    baseUrl: undefined,
    workspaceId: yield* variable("ANTHROPIC_WORKSPACE_ID")
  }
})

/** Reads a profile. Returns undefined if it does not exist. */
export const readProfile = Effect.fnUntraced(function* (
  directory: string,
  name: string
): Effect.fn.Return<Profile | undefined, CredentialsError, FileSystem.FileSystem> {
  yield* checkName(name)
  const path = `${directory}/configs/${name}.json`
  const text = yield* readIfThere(path)
  if (text === undefined) return undefined
  const file = yield* decodeFile(path, text, ProfileFile)
  const { authentication } = file
  const shared = {
    baseUrl: file.base_url || undefined,
    workspaceId: file.workspace_id || (yield* variable("ANTHROPIC_WORKSPACE_ID"))
  }
  const tokenFile = authentication.credentials_path || `${directory}/credentials/${name}.json`
  if (authentication.type === "user_oauth") {
    return { ...shared, login: { type: "user_oauth", tokenFile, clientId: authentication.client_id || undefined } }
  }
  return {
    ...shared,
    login: {
      type: "oidc_federation",
      tokenFile,
      federationRuleId: yield* required(
        authentication.federation_rule_id || (yield* variable("ANTHROPIC_FEDERATION_RULE_ID")),
        `authentication.federation_rule_id in ${path}`
      ),
      organizationId: yield* required(
        file.organization_id || (yield* variable("ANTHROPIC_ORGANIZATION_ID")),
        `organization_id in ${path}`
      ),
      serviceAccountId: authentication.service_account_id || (yield* variable("ANTHROPIC_SERVICE_ACCOUNT_ID")),
      identityTokenFile: authentication.identity_token?.path ?? (yield* variable("ANTHROPIC_IDENTITY_TOKEN_FILE"))
    }
  }
})
