// The settings of a call, their defaults, and the changes to them.
// Everything public here is exported by the module Anthropic.
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { CredentialsError } from "../AnthropicError.ts"
import type { Observe } from "./observe.ts"

/**
 * How failed calls are repeated.
 *
 * Idempotent calls are repeated after connection failures, timeouts and the statuses 408, 409, 429 and 5xx. Generating calls
 * are repeated likewise, or only if surely nothing was generated. Creating calls are repeated only if surely nothing was
 * created. The response header `x-should-retry` takes precedence over the statuses, but it never causes a creating call to
 * be repeated.
 *
 * @category models
 * @since 0.1.0
 */
export interface RetrySettings {
  /** How often a call is repeated after its first attempt. Default: 2. */
  readonly maxRetries: number
  /** The first delay. Each further one is twice as long. Default: 500 milliseconds. */
  readonly initialDelay: Duration.Duration
  /**
   * The longest delay that this package chooses. Up to a quarter is subtracted from every delay at random. Default: 8
   * seconds.
   */
  readonly maxDelay: Duration.Duration
  /**
   * The longest delay that the server may ask for. If it asks for a longer one, the call fails with the delay in its error.
   * Default: 1 minute.
   */
  readonly maxServerDelay: Duration.Duration
  /** Whether generating calls (`Messages.create`) are repeated when their result is unknown. Default: `"always"`. */
  readonly generating: "always" | "sure"
}

/**
 * Runs an attempt of a call, and handles a rejected credential: the module Credentials renews its tokens in this way.
 * `attempt` can be run again if `isRepeatable`, also with changed settings.
 *
 * @category models
 * @since 0.1.0
 */
export type Authorize = <A, E extends { readonly error: unknown }, R>(
  settings: Settings,
  attempt: (settings: Settings) => Effect.Effect<A, E, R>,
  isRepeatable: boolean
) => Effect.Effect<A, E, R>

/**
 * The settings of a call. Credentials and base URL are effects, which are evaluated for every attempt.
 *
 * Calls go through the `HttpClient` of the program. With `FetchHttpClient.layer`, provide a custom `FetchHttpClient.Fetch`
 * to the program: one that is provided only to that layer is ignored. A response is read from the web stream of fetch: a
 * wrapper of the client that only replaces `stream` of a fetch response has no effect.
 *
 * @category models
 * @since 0.1.0
 */
export interface Settings {
  /** An API key or an OAuth token, sent as `Authorization: Bearer`. */
  readonly credentials: Effect.Effect<Redacted.Redacted, CredentialsError>
  /** Runs each attempt with these credentials. Undefined if they are not renewed. */
  readonly authorize: Authorize | undefined
  /** The origin, with a path prefix if a proxy needs one, without `/v1`. */
  readonly baseUrl: Effect.Effect<string, Config.ConfigError>
  /** The `anthropic-version` header. */
  readonly version: string
  /** The values of the `anthropic-beta` header. */
  readonly betas: ReadonlyArray<string>
  /** Further headers of every request, with lower-case names. They are sent to the configured origin only. */
  readonly headers: { readonly [name: string]: string }
  /** The `anthropic-workspace-id` header. It is not sent to endpoints of the organization. */
  readonly workspaceId: string | undefined
  /** The `anthropic-user-profile-id` header of messages, counts of tokens, and the creation of batches. */
  readonly userProfileId: string | undefined
  readonly retry: RetrySettings
  /** The longest wait for the head of a response, counted as `Options` say. */
  readonly responseTimeout: Duration.Duration
  /** The longest pause between two chunks of a response that is being read. */
  readonly idleTimeout: Duration.Duration
  /** Whether the tracing headers of Effect's `HttpClient` are sent. */
  readonly propagateTraces: boolean
  /** Makes the watch of each call. Undefined if there is none. */
  readonly observe: Observe | undefined
}

/** A variable of the environment, trimmed. An empty one counts as absent. */
/** Reads the provider itself, because a `Config` would add its codecs to every program. */
export const fromEnvironment = (name: string): Effect.Effect<Option.Option<string>, Config.ConfigError> =>
  Effect.flatMap(ConfigProvider.ConfigProvider, (provider) => provider.load([name])).pipe(
    Effect.mapError((error) => new Config.ConfigError(error)),
    Effect.map((node) => Option.filter(Option.fromUndefinedOr(node?.value?.trim()), (text) => text !== ""))
  )

const environmentCredentials = Effect.gen(function* () {
  const apiKey = yield* fromEnvironment("ANTHROPIC_API_KEY")
  const value = Option.isSome(apiKey) ? apiKey : yield* fromEnvironment("ANTHROPIC_AUTH_TOKEN")
  if (Option.isSome(value)) return Redacted.make(value.value)
  return yield* new CredentialsError({
    reason: "missing",
    description: "no credential: set ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN, or provide Anthropic.layer({ apiKey })"
  })
}).pipe(
  Effect.catchTag("ConfigError", () =>
    Effect.fail(new CredentialsError({ reason: "unavailable", description: "the configuration could not be read" }))
  )
)

/** The base URL if none is set. Compare with it to find out whether one is set. */
export const environmentBaseUrl: Settings["baseUrl"] = Effect.map(fromEnvironment("ANTHROPIC_BASE_URL"), (url) =>
  Option.getOrElse(url, () => "https://api.anthropic.com")
)

const defaults = (): Settings => ({
  credentials: environmentCredentials,
  authorize: undefined,
  baseUrl: environmentBaseUrl,
  version: "2026-10-21",
  betas: [],
  headers: {},
  workspaceId: undefined,
  userProfileId: undefined,
  retry: {
    maxRetries: 2,
    initialDelay: Duration.millis(500),
    maxDelay: Duration.seconds(8),
    maxServerDelay: Duration.minutes(1),
    generating: "always"
  },
  responseTimeout: Duration.minutes(10),
  idleTimeout: Duration.minutes(5),
  propagateTraces: false,
  observe: undefined
})

/**
 * The settings of calls whose client carries none: those of `layer` and `withSettings`. See `currentSettings` for all calls.
 *
 * By default the credential is read from `ANTHROPIC_API_KEY`, then `ANTHROPIC_AUTH_TOKEN`, and the base URL from
 * `ANTHROPIC_BASE_URL`, through the `ConfigProvider` of the running fiber.
 *
 * @category references
 * @since 0.1.0
 */
export const Settings: Context.Reference<Settings> = Context.Reference<Settings>("effect-anthropic/Settings", {
  defaultValue: defaults
})

/**
 * Changes to the settings. Options that are left out do not change.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /** An API key or an OAuth token. Default: the environment's. */
  readonly apiKey?: string | Redacted.Redacted | undefined
  /** Evaluated for every attempt. Replaces `apiKey`. */
  readonly credentials?: Effect.Effect<Redacted.Redacted, CredentialsError> | undefined
  /** Runs each attempt with `credentials`. A change of the credential alone removes it. Default: none. */
  readonly authorize?: Authorize | undefined
  /** The origin, with a path prefix if a proxy needs one, without `/v1`. Default: the environment's, else Anthropic's. */
  readonly baseUrl?: string | undefined
  /** The `anthropic-version` header. Default: `2026-10-21`. */
  readonly version?: string | undefined
  /** The values of the `anthropic-beta` header, in place of those in force. Default: none. */
  readonly betas?: ReadonlyArray<string> | undefined
  /**
   * Added to the headers in force. A header of the same name, in any case, is replaced. Default: none.
   *
   * `accept`, `accept-encoding`, `anthropic-version`, `authorization`, `content-length`, `content-type` and `user-agent` are
   * always the package's own. `anthropic-beta` is joined with `betas`. The values are hidden in spans and inspections.
   */
  readonly headers?: { readonly [name: string]: string } | undefined
  /**
   * The `anthropic-workspace-id` header, for credentials that can act on several workspaces. It is not sent to endpoints of the
   * organization. Default: none.
   */
  readonly workspaceId?: string | undefined
  /** The `anthropic-user-profile-id` header of messages, counts of tokens, and the creation of batches. Default: none. */
  readonly userProfileId?: string | undefined
  /** How failed calls are repeated. The defaults are those of `RetrySettings`. */
  readonly retry?: RetryOptions | undefined
  /**
   * The longest wait for the head of a response, counted from the last byte of the request that was handed over. While the
   * source of an upload makes its next bytes, no time is counted. Default: 10 minutes.
   *
   * Node's `fetch` has a separate limit of 5 minutes for this and for `idleTimeout`. The shorter limit applies.
   */
  readonly responseTimeout?: Duration.Input | undefined
  /** The longest pause between two chunks of a response. Default: 5 minutes. An error is read for 10 seconds at most. */
  readonly idleTimeout?: Duration.Input | undefined
  /** Whether the tracing headers of Effect's `HttpClient` are sent, to the configured origin only. Default: false. */
  readonly propagateTraces?: boolean | undefined
  /** Makes the watch of each call, as the module Telemetry does. Default: none. */
  readonly observe?: Observe | undefined
}

/**
 * Changes to how failed calls are repeated. Options that are left out do not change.
 *
 * @category options
 * @since 0.1.0
 */
export interface RetryOptions {
  /** How often a call is repeated after its first attempt. Default: 2. */
  readonly maxRetries?: number | undefined
  /** The first delay. Each further one is twice as long. Default: 500 milliseconds. */
  readonly initialDelay?: Duration.Input | undefined
  /** The longest delay that this package chooses. Default: 8 seconds. */
  readonly maxDelay?: Duration.Input | undefined
  /** The longest delay that the server may ask for. Default: 1 minute. */
  readonly maxServerDelay?: Duration.Input | undefined
  /** Whether generating calls are repeated when their result is unknown. Default: `"always"`. */
  readonly generating?: "always" | "sure" | undefined
}

const duration = (input: Duration.Input | undefined, current: Duration.Duration): Duration.Duration =>
  input === undefined ? current : Duration.fromInputUnsafe(input)

const credentialsOf = (settings: Settings, options: Options): Pick<Settings, "credentials" | "authorize"> => {
  const { apiKey, authorize, credentials } = options
  if (credentials !== undefined) return { credentials, authorize }
  if (apiKey === undefined) return { credentials: settings.credentials, authorize: authorize ?? settings.authorize }
  return { credentials: Effect.succeed(typeof apiKey === "string" ? Redacted.make(apiKey) : apiKey), authorize }
}

const lowerCased = (headers: Settings["headers"]): Settings["headers"] =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

/** Returns the settings with the changes applied. */
export const change = (settings: Settings, options: Options): Settings => {
  const { authorize, credentials } = credentialsOf(settings, options)
  return {
    credentials,
    authorize,
    baseUrl: options.baseUrl === undefined ? settings.baseUrl : Effect.succeed(options.baseUrl),
    version: options.version ?? settings.version,
    betas: options.betas ?? settings.betas,
    headers: options.headers === undefined ? settings.headers : { ...settings.headers, ...lowerCased(options.headers) },
    workspaceId: options.workspaceId ?? settings.workspaceId,
    userProfileId: options.userProfileId ?? settings.userProfileId,
    retry: {
      maxRetries: options.retry?.maxRetries ?? settings.retry.maxRetries,
      initialDelay: duration(options.retry?.initialDelay, settings.retry.initialDelay),
      maxDelay: duration(options.retry?.maxDelay, settings.retry.maxDelay),
      maxServerDelay: duration(options.retry?.maxServerDelay, settings.retry.maxServerDelay),
      generating: options.retry?.generating ?? settings.retry.generating
    },
    responseTimeout: duration(options.responseTimeout, settings.responseTimeout),
    idleTimeout: duration(options.idleTimeout, settings.idleTimeout),
    propagateTraces: options.propagateTraces ?? settings.propagateTraces,
    observe: options.observe ?? settings.observe
  }
}
