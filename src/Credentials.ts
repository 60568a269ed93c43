/**
 * Credentials without a key in the environment: logins and profiles of the official tools, and workload identity federation.
 * A token is fetched once for all calls, renewed before it expires, and renewed once when the API rejects it.
 *
 * By default the key of the environment is used. Provide `layer` or `layerClient` to use this module.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Anthropic from "./Anthropic.ts"
import type { CredentialsError } from "./AnthropicError.ts"
import { makeExchange } from "./credentials/exchange.ts"
import * as files from "./credentials/files.ts"
import { federated, keptInFile, loggedIn } from "./credentials/logins.ts"
import {
  activeProfile,
  configDirectory,
  environmentFederation,
  type Profile,
  readProfile,
  variable
} from "./credentials/profile.ts"
import { makeSource } from "./credentials/source.ts"
import { type FetchToken, fail } from "./credentials/token.ts"
import { environmentBaseUrl } from "./settings/settings.ts"

/**
 * Options of every way to get a token.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /** How long the token endpoint may take to answer. Default: 30 seconds. */
  readonly timeout?: Duration.Input | undefined
}

/**
 * A workload that its platform identifies by a token. The names are those of the federation rule in Claude Console.
 *
 * @category options
 * @since 0.1.0
 */
export interface Federation extends Options {
  /** The id of the federation rule (`fdrl_…`). */
  readonly federationRuleId: string
  /** The id of the organization. */
  readonly organizationId: string
  /** The service account (`svac_…`) that the token has to be for. Default: that of the rule. */
  readonly serviceAccountId?: string | undefined
  /** The workspace (`wrkspc_…`) of the token. Default: that of the rule. A token is for one workspace. */
  readonly workspaceId?: string | undefined
  /** The token of the platform, a JWT of at most 16 KiB. It is evaluated for every exchange. See `identityTokenFile`. */
  readonly identityToken: Effect.Effect<Redacted.Redacted, CredentialsError>
  /** The origin of the token endpoint. Default: the base URL of the settings. */
  readonly baseUrl?: string | undefined
}

/**
 * Settings that use tokens. Pass them to a layer of this module, or to one of `Anthropic`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Credentials extends Pick<Anthropic.Options, "credentials" | "authorize" | "baseUrl" | "workspaceId"> {}

const defaultTimeout = "30 seconds"

const readBaseUrl = (settings: Anthropic.Settings): Effect.Effect<string, CredentialsError> =>
  Effect.mapError(settings.baseUrl, () =>
    fail("unavailable", "the configuration could not be read: ANTHROPIC_BASE_URL")
  )

/**
 * Returns an effect that reads an identity token from its file each time. Platforms replace such files while a program runs.
 *
 * @category constructors
 * @since 0.1.0
 */
export const identityTokenFile = (
  path: string
): Effect.Effect<Effect.Effect<Redacted.Redacted, CredentialsError>, never, FileSystem.FileSystem> =>
  Effect.map(FileSystem.FileSystem, (fs) =>
    Effect.provideService(files.identityTokenFile(path), FileSystem.FileSystem, fs)
  )

/**
 * Makes credentials of a workload by workload identity federation: the platform's token is exchanged for one of the API.
 *
 * Fails with the reason `unsafe` of `CredentialsError` if the token endpoint has no TLS and is not on this machine.
 *
 * @example
 * import * as Credentials from "effect-anthropic/Credentials"
 * import * as Effect from "effect/Effect"
 *
 * const credentials = Effect.gen(function*() {
 *   const identityToken = yield* Credentials.identityTokenFile("/var/run/secrets/anthropic/token")
 *   return yield* Credentials.federation({
 *     federationRuleId: "fdrl_01",
 *     organizationId: "b1a0c5de-0000-4000-8000-000000000001",
 *     identityToken
 *   })
 * })
 *
 * @category constructors
 * @since 0.1.0
 */
export const federation = Effect.fnUntraced(function* (
  options: Federation
): Effect.fn.Return<Credentials, CredentialsError, HttpClient.HttpClient | Scope.Scope> {
  const baseUrl = options.baseUrl ?? (yield* readBaseUrl(yield* Anthropic.currentSettings))
  const exchange = yield* makeExchange({ baseUrl, timeout: options.timeout ?? defaultTimeout })
  return yield* makeSource(federated(exchange, options, options.identityToken))
})

/** The identity token of a profile or of the environment. A file takes precedence over a value. */
const identityTokenOf = Effect.fnUntraced(function* (path: string | undefined) {
  if (path !== undefined) return yield* identityTokenFile(path)
  const value = yield* variable("ANTHROPIC_IDENTITY_TOKEN")
  if (value !== undefined) return files.checkIdentityToken("ANTHROPIC_IDENTITY_TOKEN", value)
  return yield* fail(
    "missing",
    "workload identity federation needs ANTHROPIC_IDENTITY_TOKEN_FILE, ANTHROPIC_IDENTITY_TOKEN, or a profile with one"
  )
})

const ofProfile = Effect.fnUntraced(function* (
  { baseUrl, login, workspaceId }: Profile,
  options: Options
): Effect.fn.Return<Credentials, CredentialsError, FileSystem.FileSystem | HttpClient.HttpClient | Scope.Scope> {
  const settings = yield* Anthropic.currentSettings
  const fs = yield* FileSystem.FileSystem
  const exchange = yield* makeExchange({
    baseUrl: baseUrl ?? (yield* readBaseUrl(settings)),
    timeout: options.timeout ?? defaultTimeout
  })
  // A base URL of the program or of the environment takes precedence over that of the profile.
  const isFree = settings.baseUrl === environmentBaseUrl && (yield* variable("ANTHROPIC_BASE_URL")) === undefined
  const shared: Credentials = isFree && baseUrl !== undefined ? { baseUrl } : {}
  if (login.type === "user_oauth") {
    const source = yield* makeSource(loggedIn(exchange, login.tokenFile, login.clientId, fs))
    return { ...shared, ...source, workspaceId }
  }
  const { tokenFile, ...rule } = login
  const identityToken = yield* identityTokenOf(login.identityTokenFile)
  const fetch: FetchToken = federated(exchange, { ...rule, workspaceId }, identityToken)
  return { ...shared, ...(yield* makeSource(tokenFile === undefined ? fetch : keptInFile(fetch, tokenFile, fs))) }
})

const directory = Effect.flatMap(configDirectory, (path) =>
  path === undefined
    ? Effect.fail(fail("missing", "no directory of profiles: neither ANTHROPIC_CONFIG_DIR nor a home directory is set"))
    : Effect.succeed(path)
)

/**
 * Makes credentials of a profile of the official tools: a login (`user_oauth`) or a federation (`oidc_federation`).
 *
 * Profiles are in `configs/<name>.json` and tokens in `credentials/<name>.json` of `ANTHROPIC_CONFIG_DIR`, or of the default
 * directory of the system. A file of tokens that other users can read or write is refused with the reason `unsafe` of
 * `CredentialsError`. The profile is read once, and its file of tokens whenever a token is needed.
 *
 * @category constructors
 * @since 0.1.0
 */
export const profile = Effect.fnUntraced(function* (
  name: string,
  options: Options = {}
): Effect.fn.Return<Credentials, CredentialsError, FileSystem.FileSystem | HttpClient.HttpClient | Scope.Scope> {
  const path = yield* directory
  const found = yield* readProfile(path, name)
  if (found === undefined) return yield* fail("missing", `the profile ${name} does not exist in ${path}/configs`)
  return yield* ofProfile(found, options)
})

/**
 * Makes the credentials that the official client would use, in its order.
 *
 * 1. `ANTHROPIC_API_KEY`, then `ANTHROPIC_AUTH_TOKEN`: they are read for every call.
 * 2. The profile that `ANTHROPIC_PROFILE` names. If it does not exist, the effect fails.
 * 3. A federation by `ANTHROPIC_FEDERATION_RULE_ID`, `ANTHROPIC_ORGANIZATION_ID`, and `ANTHROPIC_IDENTITY_TOKEN_FILE` or
 *    `ANTHROPIC_IDENTITY_TOKEN`. `ANTHROPIC_SERVICE_ACCOUNT_ID` and `ANTHROPIC_WORKSPACE_ID` are used, too.
 * 4. The active profile: the one that the file `active_config` names, else `default`.
 *
 * Fails with the reason `missing` of `CredentialsError` if there is none of them. Profiles are read through `FileSystem`,
 * and variables through the `ConfigProvider`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const environment = Effect.fnUntraced(function* (
  options: Options = {}
): Effect.fn.Return<Credentials, CredentialsError, FileSystem.FileSystem | HttpClient.HttpClient | Scope.Scope> {
  if ((yield* variable("ANTHROPIC_API_KEY")) ?? (yield* variable("ANTHROPIC_AUTH_TOKEN"))) return {}
  const named = yield* variable("ANTHROPIC_PROFILE")
  if (named !== undefined) return yield* profile(named, options)
  const hasRule =
    (yield* variable("ANTHROPIC_FEDERATION_RULE_ID")) !== undefined &&
    (yield* variable("ANTHROPIC_ORGANIZATION_ID")) !== undefined
  const hasToken =
    ((yield* variable("ANTHROPIC_IDENTITY_TOKEN_FILE")) ?? (yield* variable("ANTHROPIC_IDENTITY_TOKEN"))) !== undefined
  if (hasRule && hasToken) return yield* ofProfile(yield* environmentFederation(), options)
  const path = yield* directory
  const name = yield* activeProfile(path)
  const found = yield* readProfile(path, name)
  if (found !== undefined) return yield* ofProfile(found, options)
  if (hasRule) return yield* ofProfile(yield* environmentFederation(), options)
  return yield* fail(
    "missing",
    `no credential: set ANTHROPIC_API_KEY, or log in with the official tools: ${path}/configs/${name}.json does not exist`
  )
})

/**
 * Credentials for everything that runs with the layer, on top of the settings in force where it is built. Tokens are fetched
 * through the `HttpClient` of the layer.
 *
 * @example
 * import * as Credentials from "effect-anthropic/Credentials"
 *
 * const asTheOfficialClient = Credentials.layer(Credentials.environment())
 * const ofOneProfile = Credentials.layer(Credentials.profile("production"))
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = <E, R>(
  credentials: Effect.Effect<Credentials, E, R>
): Layer.Layer<never, E, Exclude<R, Scope.Scope>> =>
  Layer.unwrap(Effect.map(credentials, (options) => Anthropic.layer(options)))

/**
 * An `HttpClient` that carries credentials, as that of `Anthropic.layerClient` carries settings. Code that captures the
 * client keeps them.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerClient = <E, R>(
  credentials: Effect.Effect<Credentials, E, R>,
  options: Omit<Anthropic.Options, "apiKey" | "credentials" | "authorize"> = {}
): Layer.Layer<HttpClient.HttpClient, E, Exclude<R, Scope.Scope> | HttpClient.HttpClient> =>
  Layer.unwrap(Effect.map(credentials, (made) => Anthropic.layerClient({ ...made, ...options })))
