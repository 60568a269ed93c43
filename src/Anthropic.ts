/**
 * Settings of the SDK: credentials, base URL, headers, retries and timeouts. They are a `Context.Reference` with
 * defaults, so no operation requires them.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { CredentialsError, type RateLimit } from "./AnthropicError.ts"

/**
 * How failed calls are repeated.
 *
 * Idempotent operations are repeated on connection failures, timeouts and the statuses 408, 409, 429 and 5xx; generating
 * ones likewise, or only where it is sure that nothing was generated; creating ones only where it is sure that nothing
 * was created. The response header `x-should-retry` overrides the statuses.
 *
 * @since 0.1.0
 */
export interface RetrySettings {
  /** How often a call is repeated after its first attempt. */
  readonly maxRetries: number
  /** The first delay; every further one is twice as long. */
  readonly initialDelay: Duration.Duration
  /** The longest delay of our own. A random quarter is taken off every delay. */
  readonly maxDelay: Duration.Duration
  /** The longest delay that the server may ask for; beyond it the call fails and its error says how long. */
  readonly maxServerDelay: Duration.Duration
  /** Whether generating calls (`messages.create`) are also repeated when their fate is unknown. */
  readonly generating: "always" | "sure"
}

/**
 * The settings of one call. Credentials and base URL are effects, evaluated on every attempt.
 *
 * Calls go through the `HttpClient` of the program. Under `FetchHttpClient.layer`, a `FetchHttpClient.Fetch` of your own
 * has to be provided to the program: one that is provided to that layer alone is not used.
 *
 * @since 0.1.0
 */
export interface Settings {
  /** An API key or an OAuth token, sent as `Authorization: Bearer`. */
  readonly credentials: Effect.Effect<Redacted.Redacted, CredentialsError>
  /** The origin, with a path prefix if a proxy needs one, without `/v1`. */
  readonly baseUrl: Effect.Effect<string, Config.ConfigError>
  /** The `anthropic-version` header. */
  readonly version: string
  /** The values of the `anthropic-beta` header. */
  readonly betas: ReadonlyArray<string>
  /** Further headers of every request. They go to the configured origin only. */
  readonly headers: { readonly [name: string]: string }
  /** The `anthropic-workspace-id` header: for credentials that can act on several workspaces. */
  readonly workspaceId: string | undefined
  /** The `anthropic-user-profile-id` header: attributes creating and generating calls to a user profile. */
  readonly userProfileId: string | undefined
  readonly retry: RetrySettings
  /**
   * The longest wait for response headers, counted from the last byte of the request that was handed over. Node's `fetch`
   * has a limit of its own for this and for `idleTimeout`, five minutes each, and the shorter one holds.
   */
  readonly responseTimeout: Duration.Duration
  /** The longest pause between two chunks of a response. */
  readonly idleTimeout: Duration.Duration
  /** Whether the tracing headers of Effect's `HttpClient` are sent to the server. */
  readonly propagateTraces: boolean
}

const fromEnvironment = (name: string): Effect.Effect<Option.Option<string>, Config.ConfigError> =>
  Config.String(name)
    .pipe(Config.option)
    .pipe(
      Effect.map((value) =>
        Option.filter(
          Option.map(value, (text) => text.trim()),
          (text) => text !== ""
        )
      )
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

const defaults = (): Settings => ({
  credentials: environmentCredentials,
  baseUrl: Effect.map(fromEnvironment("ANTHROPIC_BASE_URL"), (url) =>
    Option.getOrElse(url, () => "https://api.anthropic.com")
  ),
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
  propagateTraces: false
})

/**
 * The settings in force.
 *
 * By default the credential is read from `ANTHROPIC_API_KEY`, then `ANTHROPIC_AUTH_TOKEN`, and the base URL from
 * `ANTHROPIC_BASE_URL`, through the `ConfigProvider` of the running fiber.
 *
 * @since 0.1.0
 */
export const Settings: Context.Reference<Settings> = Context.Reference<Settings>("effect-anthropic/Settings", {
  defaultValue: defaults
})

/**
 * Changes to the settings; what is left out stays as it is.
 *
 * @since 0.1.0
 */
export interface Options {
  /** An API key or an OAuth token. */
  readonly apiKey?: string | Redacted.Redacted | undefined
  /** Evaluated on every attempt; takes the place of `apiKey`. */
  readonly credentials?: Effect.Effect<Redacted.Redacted, CredentialsError> | undefined
  readonly baseUrl?: string | undefined
  readonly version?: string | undefined
  readonly betas?: ReadonlyArray<string> | undefined
  /** Added to the headers in force; an equal name is replaced. */
  readonly headers?: { readonly [name: string]: string } | undefined
  readonly workspaceId?: string | undefined
  readonly userProfileId?: string | undefined
  readonly retry?:
    | {
        readonly maxRetries?: number | undefined
        readonly initialDelay?: Duration.Input | undefined
        readonly maxDelay?: Duration.Input | undefined
        readonly maxServerDelay?: Duration.Input | undefined
        readonly generating?: "always" | "sure" | undefined
      }
    | undefined
  readonly responseTimeout?: Duration.Input | undefined
  readonly idleTimeout?: Duration.Input | undefined
  readonly propagateTraces?: boolean | undefined
}

const duration = (input: Duration.Input | undefined, current: Duration.Duration): Duration.Duration =>
  input === undefined ? current : Duration.fromInputUnsafe(input)

const credentialsOf = (options: Options): Settings["credentials"] | undefined => {
  if (options.credentials !== undefined) return options.credentials
  if (options.apiKey === undefined) return undefined
  return Effect.succeed(typeof options.apiKey === "string" ? Redacted.make(options.apiKey) : options.apiKey)
}

const withOptions =
  (options: Options) =>
  (settings: Settings): Settings => ({
    credentials: credentialsOf(options) ?? settings.credentials,
    baseUrl: options.baseUrl === undefined ? settings.baseUrl : Effect.succeed(options.baseUrl),
    version: options.version ?? settings.version,
    betas: options.betas ?? settings.betas,
    headers: { ...settings.headers, ...options.headers },
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
    propagateTraces: options.propagateTraces ?? settings.propagateTraces
  })

/**
 * Settings for a program, on top of those in force where the layer is built.
 *
 * @example
 * import * as Anthropic from "effect-anthropic/Anthropic"
 *
 * const settings = Anthropic.layer({ baseUrl: "https://gateway.example", retry: { maxRetries: 5 } })
 *
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<never> =>
  Layer.effect(Settings, Effect.map(Settings, withOptions(options)))

/**
 * Settings read from `Config` when the layer is built, so that a missing value fails at start-up.
 *
 * @since 0.1.0
 */
export const layerConfig = (config: {
  readonly apiKey?: Config.Config<Redacted.Redacted> | undefined
  readonly baseUrl?: Config.Config<string> | undefined
  readonly workspaceId?: Config.Config<string> | undefined
  readonly userProfileId?: Config.Config<string> | undefined
  /** Everything that does not come from `Config`. */
  readonly options?: Options | undefined
}): Layer.Layer<never, Config.ConfigError> =>
  Layer.effect(
    Settings,
    Effect.gen(function* () {
      const settings = yield* Settings
      return withOptions({
        ...config.options,
        ...(config.apiKey === undefined ? {} : { apiKey: yield* config.apiKey }),
        ...(config.baseUrl === undefined ? {} : { baseUrl: yield* config.baseUrl }),
        ...(config.workspaceId === undefined ? {} : { workspaceId: yield* config.workspaceId }),
        ...(config.userProfileId === undefined ? {} : { userProfileId: yield* config.userProfileId })
      })(settings)
    })
  )

/**
 * Changes the settings of one effect or stream.
 *
 * @example
 * import * as Anthropic from "effect-anthropic/Anthropic"
 * import * as Batches from "effect-anthropic/Batches"
 *
 * const elsewhere = Batches.list().pipe(Anthropic.withSettings({ workspaceId: "wrkspc_01" }))
 *
 * @since 0.1.0
 */
export const withSettings = (options: Options) => {
  type Target = Effect.Effect<unknown, unknown, unknown> | Stream.Stream<unknown, unknown, unknown>
  function apply<Self extends Target>(self: Self): Self
  function apply(self: Target): Target {
    return Effect.isEffect(self)
      ? Effect.updateService(self, Settings, withOptions(options))
      : Stream.updateService(self, Settings, withOptions(options))
  }
  return apply
}

/**
 * What a response says beside its body.
 *
 * @since 0.1.0
 */
export interface ResponseInfo {
  /** The operation that it answers, for example `Models.retrieve`. */
  readonly operation: string
  /** The model that was asked, of calls that ask one. */
  readonly model: string | undefined
  readonly status: number
  /** The `request-id` header. */
  readonly requestId: string | undefined
  readonly rateLimit: RateLimit | undefined
  /** All headers, with lower-case names. */
  readonly headers: { readonly [name: string]: string }
}

/**
 * Is told of every response, successful or not, as soon as its headers are there. For `withResponse` and for observers
 * of your own.
 *
 * @since 0.1.0
 */
export const OnResponse: Context.Reference<(response: ResponseInfo) => Effect.Effect<void>> = Context.Reference<
  (response: ResponseInfo) => Effect.Effect<void>
>("effect-anthropic/OnResponse", { defaultValue: () => () => Effect.void })

/**
 * Gives the value of an operation together with what its last response said beside the body.
 *
 * An operation that made no request has no `requestId` and no headers.
 *
 * @example
 * import * as Anthropic from "effect-anthropic/Anthropic"
 * import * as Models from "effect-anthropic/Models"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const { value, requestId, rateLimit } = yield* Anthropic.withResponse(Models.retrieve("claude-opus-5-5"))
 *   yield* Effect.log(value.display_name, requestId, rateLimit?.requests?.remaining)
 * })
 *
 * @since 0.1.0
 */
export const withResponse = <A, E, R>(
  self: Effect.Effect<A, E, R>
): Effect.Effect<
  {
    readonly value: A
    readonly requestId: string | undefined
    readonly rateLimit: RateLimit | undefined
    readonly headers: { readonly [name: string]: string }
  },
  E,
  R
> =>
  Effect.suspend(() => {
    let last: ResponseInfo | undefined
    return Effect.map(
      Effect.updateService(self, OnResponse, (outer) => (response) => {
        last = response
        return outer(response)
      }),
      (value) => ({ value, requestId: last?.requestId, rateLimit: last?.rateLimit, headers: last?.headers ?? {} })
    )
  })
