// Profiles and logins on disk: which one is used, how its tokens are read, renewed and written, and what is refused.
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as PlatformError from "effect/PlatformError"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Credentials from "effect-anthropic/Credentials"
import * as Models from "effect-anthropic/Models"
import * as Organization from "effect-anthropic/Organization"
import { Emulator, Fault, script } from "../support/emulator.ts"
import { assertFields } from "../support/fakeClient.ts"
import { directoryOf, exchanges, federationEnv, requestsTo, throughTime, turn, withEnv, world } from "./support.ts"

const retrieve = Models.retrieve("claude-opus-5-5")

const calls = requestsTo("/v1/models/claude-opus-5-5")

const lastCall = Effect.map(calls, (all) => all.at(-1)?.headers ?? {})

const login = { authentication: { type: "user_oauth", client_id: "client-1" } }

const tokenFile = (fields: object = {}) => ({
  version: "1.0",
  type: "oauth_token",
  access_token: "sk-ant-oat01-of-the-file",
  expires_at: 3600,
  refresh_token: "refresh-canary-0",
  account_email: "someone@example.com",
  ...fields
})

const emulator = { tokens: { refreshTokens: ["refresh-canary-0"] } }

/** Runs with a directory of profiles. `use` is given the directory. */
const within =
  (files: { readonly [path: string]: unknown }, env: Record<string, string> = {}, options = emulator) =>
  <A, E, R>(use: (directory: string) => Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      const directory = yield* directoryOf(files)
      return yield* use(directory).pipe(withEnv({ ANTHROPIC_CONFIG_DIR: directory, ...env }))
    }).pipe(Effect.scoped, Effect.provide(world({}, options)))

const asFound = Credentials.layer(Credentials.environment())

const readTokenFile = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  const content: unknown = JSON.parse(yield* fs.readFileString(path))
  return content
})

describe("the environment", () => {
  const profiles = {
    "configs/default.json": login,
    "credentials/default.json": tokenFile({ access_token: "token-of-default" }),
    "configs/work.json": login,
    "credentials/work.json": tokenFile({ access_token: "token-of-work" })
  }

  const chosen = [
    ["a key", { ANTHROPIC_API_KEY: "sk-ant-key-of-env" }, "…-env"],
    ["an auth token", { ANTHROPIC_AUTH_TOKEN: "sk-ant-tok-of-aut" }, "…-aut"],
    ["the profile that is named", { ANTHROPIC_PROFILE: "work" }, "…work"],
    ["a federation", federationEnv, "…0001"],
    ["a named profile before a federation", { ...federationEnv, ANTHROPIC_PROFILE: "work" }, "…work"],
    ["the profile default", {}, "…ault"],
    [
      "the profile default, where the federation has no identity token",
      { ...federationEnv, ANTHROPIC_IDENTITY_TOKEN: " " },
      "…ault"
    ]
  ] as const

  for (const [what, env, shown] of chosen) {
    it.effect(`gives ${what}`, () =>
      within(
        profiles,
        env
      )(() =>
        Effect.gen(function* () {
          yield* retrieve.pipe(Effect.provide(asFound))
          assert.strictEqual((yield* lastCall).authorization, `Bearer ${shown}`)
        })
      )
    )
  }

  it.effect("that cannot be read fails with an error that names the variable", () =>
    Effect.gen(function* () {
      const broken = ConfigProvider.make(() => Effect.fail(new ConfigProvider.SourceError({ message: "canary" })))
      const federation = Credentials.federation({
        federationRuleId: "fdrl_01",
        organizationId: "org-1",
        identityToken: Effect.succeed(Redacted.make("token"))
      })
      for (const [made, name] of [
        [Credentials.environment(), "ANTHROPIC_API_KEY"],
        [federation, "ANTHROPIC_BASE_URL"]
      ] as const) {
        const error = yield* Effect.flip(retrieve.pipe(Effect.provide(Credentials.layer(made)))).pipe(
          Effect.provideService(ConfigProvider.ConfigProvider, broken)
        )
        assertFields(error, { _tag: "CredentialsError", reason: "unavailable" })
        assert.strictEqual(error.message, `the configuration could not be read: ${name}`)
      }
      const admin = yield* Effect.flip(Organization.me).pipe(
        Anthropic.withSettings({ baseUrl: "https://api.anthropic.com" }),
        Effect.provideService(ConfigProvider.ConfigProvider, broken)
      )
      assertFields(admin, { _tag: "CredentialsError", reason: "unavailable" })
      assert.notInclude(admin.message, "canary")
      assert.isEmpty(yield* calls)
    }).pipe(Effect.provide(world({})))
  )

  it.effect("gives the profile that is named in the file active_config", () =>
    within({ ...profiles, active_config: "work\n" })(() =>
      Effect.gen(function* () {
        yield* retrieve.pipe(Effect.provide(asFound))
        assert.strictEqual((yield* lastCall).authorization, "Bearer …work")
      })
    )
  )

  const refused = [
    ["names a profile that does not exist", { ANTHROPIC_PROFILE: "none" }, profiles, "missing", "the profile none"],
    ["names a profile with a path", { ANTHROPIC_PROFILE: "../work" }, profiles, "malformed", "the name of the profile"],
    ["names the profile ..", { ANTHROPIC_PROFILE: ".." }, profiles, "malformed", "the name of the profile"],
    ["has nothing", {}, {}, "missing", "set ANTHROPIC_API_KEY"],
    [
      "has a federation without an identity token",
      { ...federationEnv, ANTHROPIC_IDENTITY_TOKEN: "" },
      {},
      "missing",
      "ANTHROPIC_IDENTITY_TOKEN_FILE"
    ],
    ["has no directory", { ANTHROPIC_CONFIG_DIR: "" }, {}, "missing", "no directory of profiles"]
  ] as const

  for (const [what, env, files, reason, told] of refused) {
    it.effect(`that ${what} fails the layer with CredentialsError`, () =>
      within(
        files,
        env
      )(() =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(retrieve.pipe(Effect.provide(asFound)))
          assertFields(error, { _tag: "CredentialsError", reason, isRetryable: false })
          assert.include(error.message, told)
          assert.isEmpty(yield* calls)
        })
      )
    )
  }

  it.effect("uses the directory of the system when it names none", () =>
    within(profiles)((directory) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        yield* fs.makeDirectory(`${directory}/.config`)
        yield* fs.symlink(directory, `${directory}/.config/anthropic`)
        yield* fs.symlink(directory, `${directory}/anthropic`)
        for (const env of [{ HOME: directory }, { XDG_CONFIG_HOME: directory }]) {
          yield* retrieve.pipe(Effect.provide(asFound), withEnv(env))
          assert.strictEqual((yield* lastCall).authorization, "Bearer …ault")
        }
      })
    )
  )

  it.effect("uses APPDATA or USERPROFILE on Windows, where no permissions of files are checked", () => {
    const platform = Object.getOwnPropertyDescriptor(process, "platform") ?? {}
    return within({})((directory) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        Object.defineProperty(process, "platform", { ...platform, value: "win32" })
        const local = `${directory}/\\AppData\\Roaming\\Anthropic`
        for (const [env, at] of [
          [{ APPDATA: `${directory}/` }, `${directory}/\\Anthropic`],
          [{ USERPROFILE: `${directory}/` }, local]
        ] as const) {
          yield* fs.makeDirectory(`${at}/configs`, { recursive: true })
          yield* fs.makeDirectory(`${at}/credentials`, { recursive: true })
          yield* fs.writeFileString(`${at}/configs/default.json`, JSON.stringify(login))
          yield* fs.writeFileString(`${at}/credentials/default.json`, JSON.stringify(tokenFile()), { mode: 0o666 })
          yield* fs.chmod(`${at}/credentials/default.json`, 0o666)
          yield* retrieve.pipe(Effect.provide(asFound), withEnv(env))
          assert.strictEqual((yield* lastCall).authorization, "Bearer …file")
        }
        const error = yield* Effect.flip(retrieve.pipe(Effect.provide(asFound), withEnv({ HOME: directory })))
        assertFields(error, { _tag: "CredentialsError", reason: "missing" })
      }).pipe(Effect.ensuring(Effect.sync(() => Object.defineProperty(process, "platform", platform))))
    )
  })
})

describe("a profile", () => {
  const broken = [
    ["that is not JSON", "{", "is not JSON"],
    ["that is longer than 1 MiB", `${" ".repeat(1024 * 1024)}{}`, "is longer than 1048576 bytes"],
    ["without a login", {}, "does not have the expected content"],
    [
      "with an unknown login",
      { authentication: { type: "magic", token: "canary-0123" } },
      "does not have the expected content"
    ],
    [
      "with an identity token of an unknown source",
      { authentication: { type: "oidc_federation", identity_token: { source: "url", path: "canary-0123" } } },
      "does not have the expected content"
    ]
  ] as const

  for (const [what, content, told] of broken) {
    it.effect(`${what} is refused as malformed, without its contents in the error`, () =>
      within({ "configs/p.json": content })(() =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(Credentials.profile("p"))
          assertFields(error, { _tag: "CredentialsError", reason: "malformed" })
          assert.include(error.message, told)
          assert.notInclude(error.message, "canary")
        })
      )
    )
  }

  it.effect("that cannot be read fails with an error that has its path", () =>
    within({ "configs/p.json/inside": "" })(() =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Credentials.profile("p"))
        assertFields(error, { _tag: "CredentialsError", reason: "unavailable" })
        assert.include(error.message, "configs/p.json cannot be read")
      })
    )
  )

  it.effect("of a login gives its workspace and base URL, where the program and the environment set none", () =>
    within(
      {
        "configs/p.json": { ...login, workspace_id: "wrkspc_p", base_url: "https://profile.example" },
        "credentials/p.json": tokenFile()
      },
      { ANTHROPIC_PROFILE: "p" }
    )(() =>
      Effect.gen(function* () {
        yield* retrieve.pipe(Effect.provide(asFound))
        const profile = Credentials.layer(Credentials.profile("p"))
        yield* retrieve.pipe(
          Effect.provide(profile.pipe(Layer.provide(Anthropic.layer({ baseUrl: "https://set.example" }))))
        )
        const [first, second] = yield* calls
        assert.deepStrictEqual([first?.origin, second?.origin], ["https://profile.example", "https://set.example"])
        assert.strictEqual(first?.headers["anthropic-workspace-id"], "wrkspc_p")
      })
    )
  )

  it.effect("does not replace the base URL of the environment, and uses its own token endpoint", () =>
    within(
      {
        "configs/p.json": { ...login, base_url: "https://profile.example/" },
        "credentials/p.json": tokenFile({ expires_at: 1 })
      },
      { ANTHROPIC_PROFILE: "p", ANTHROPIC_BASE_URL: "https://env.example" }
    )(() =>
      Effect.gen(function* () {
        yield* retrieve.pipe(Effect.provide(asFound))
        assert.strictEqual((yield* calls)[0]?.origin, "https://env.example")
        assert.strictEqual((yield* exchanges)[0]?.origin, "https://profile.example")
      })
    )
  )

  it.effect("of a federation takes from the environment the fields that it does not set", () =>
    within(
      {
        "configs/p.json": {
          authentication: { type: "oidc_federation", federation_rule_id: "fdrl_own" },
          workspace_id: "wrkspc_p"
        },
        identity: " identity-of-the-file\n"
      },
      {
        ANTHROPIC_PROFILE: "p",
        ...federationEnv,
        ANTHROPIC_SERVICE_ACCOUNT_ID: "svac_env",
        ANTHROPIC_WORKSPACE_ID: "wrkspc_env"
      }
    )((directory) =>
      Effect.gen(function* () {
        yield* retrieve.pipe(Effect.provide(asFound))
        const inFile = {
          ANTHROPIC_CONFIG_DIR: directory,
          ...federationEnv,
          ANTHROPIC_IDENTITY_TOKEN_FILE: `${directory}/identity`
        }
        const fs = yield* FileSystem.FileSystem
        yield* fs.remove(`${directory}/credentials`, { recursive: true })
        yield* retrieve.pipe(Effect.provide(Credentials.layer(Credentials.profile("p"))), withEnv(inFile))
        const [first, second] = (yield* exchanges).map(({ body }) => body)
        assertFields(first ?? {}, {
          assertion: federationEnv.ANTHROPIC_IDENTITY_TOKEN,
          federation_rule_id: "fdrl_own",
          organization_id: "org-1",
          service_account_id: "svac_env",
          workspace_id: "wrkspc_p"
        })
        assertFields(second ?? {}, { assertion: "identity-of-the-file", workspace_id: "wrkspc_p" })
        // The token is for one workspace, so that no header names one.
        assert.notProperty(yield* lastCall, "anthropic-workspace-id")
      })
    )
  )

  for (const [field, env] of [
    ["federation_rule_id", {}],
    ["organization_id", { ANTHROPIC_FEDERATION_RULE_ID: "f" }]
  ] as const) {
    it.effect(`of a federation without ${field} fails with CredentialsError and names the field`, () =>
      within(
        { "configs/p.json": { authentication: { type: "oidc_federation" } } },
        env
      )(() =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(Credentials.profile("p"))
          assertFields(error, { _tag: "CredentialsError", reason: "missing" })
          assert.include(error.message, field)
        })
      )
    )
  }

  it.effect("of a federation keeps its token in a file for the next process, with the other fields of the file", () =>
    within(
      {
        "configs/p.json": {
          authentication: { type: "oidc_federation", identity_token: { source: "file", path: "$DIR/identity" } }
        },
        "credentials/p.json": tokenFile({ expires_at: 10 }),
        identity: "identity-1"
      },
      { ...federationEnv, ANTHROPIC_PROFILE: "p" }
    )((directory) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        yield* retrieve.pipe(Effect.provide(asFound))
        yield* retrieve.pipe(Effect.provide(asFound))
        assert.lengthOf(yield* exchanges, 1)
        const path = `${directory}/credentials/p.json`
        assert.deepStrictEqual(yield* readTokenFile(path), {
          ...tokenFile({ access_token: "sk-ant-oat01-emulator-00000001", expires_at: 3600 })
        })
        assert.strictEqual((yield* fs.stat(path)).mode & 0o777, 0o600)
        assert.deepStrictEqual(yield* fs.readDirectory(`${directory}/credentials`), ["p.json"])
        // A rejected token of the file is not used again.
        yield* Effect.flatMap(Emulator, ({ revokeTokens }) => revokeTokens)
        yield* retrieve.pipe(Effect.provide(asFound))
        assert.lengthOf(yield* exchanges, 2)
      })
    )
  )

  it.effect("of a federation works when its token file is broken or cannot be written", () =>
    within(
      {
        "configs/p.json": { authentication: { type: "oidc_federation", credentials_path: "$DIR/broken/t.json" } },
        "configs/q.json": {
          authentication: { type: "oidc_federation", credentials_path: "$DIR/configs/p.json/t.json" }
        },
        "broken/t.json": "{ canary"
      },
      federationEnv
    )((directory) =>
      Effect.gen(function* () {
        for (const name of ["p", "q"]) {
          yield* retrieve.pipe(Effect.provide(Credentials.layer(Credentials.profile(name))))
        }
        assert.lengthOf(yield* exchanges, 2)
        assertFields(Object(yield* readTokenFile(`${directory}/broken/t.json`)), { type: "oauth_token" })
      })
    )
  )

  it.effect("of a federation reads an identity token that its platform has replaced", () =>
    within(
      { identity: "identity-1" },
      federationEnv
    )((directory) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const path = `${directory}/identity`
        yield* Effect.gen(function* () {
          yield* retrieve
          yield* fs.writeFileString(path, "identity-2")
          yield* TestClock.adjust("1 hour")
          yield* retrieve
          yield* fs.writeFileString(path, " \n")
          yield* TestClock.adjust("1 hour")
          assertFields(yield* Effect.flip(retrieve), { _tag: "CredentialsError", reason: "missing" })
          yield* fs.writeFileString(path, "x".repeat(16 * 1024 + 1))
          assertFields(yield* Effect.flip(retrieve), { _tag: "CredentialsError", reason: "malformed" })
          yield* fs.writeFileString(path, " ".repeat(1024 * 1024 + 1))
          const long = yield* Effect.flip(retrieve)
          assertFields(long, { _tag: "CredentialsError", reason: "malformed" })
          assert.include(long.message, "is longer than 1048576 bytes")
          yield* fs.remove(path)
          const error = yield* Effect.flip(retrieve)
          assert.include(error.message, `${path} does not exist`)
        }).pipe(
          Effect.provide(asFound),
          withEnv({ ...federationEnv, ANTHROPIC_CONFIG_DIR: directory, ANTHROPIC_IDENTITY_TOKEN_FILE: path })
        )
        const assertions = (yield* exchanges).map(({ body }) => Object(body).assertion)
        assert.deepStrictEqual(assertions, ["identity-1", "identity-2"])
      })
    )
  )
})

describe("a login", () => {
  const files = (fields: object = {}, profile: object = login) => ({
    "configs/default.json": profile,
    "credentials/default.json": tokenFile(fields)
  })

  it.effect("is used unchanged while it is fresh, and renewed in its file two minutes before it expires", () =>
    within(files())((directory) =>
      Effect.gen(function* () {
        yield* retrieve
        yield* TestClock.adjust(3_590_000)
        yield* retrieve
        const [exchange] = yield* exchanges
        assert.deepStrictEqual(exchange?.body, {
          grant_type: "refresh_token",
          refresh_token: "refresh-canary-0",
          client_id: "client-1"
        })
        assert.strictEqual(exchange?.headers["anthropic-beta"], "oauth-2025-04-20")
        assert.deepStrictEqual(
          yield* readTokenFile(`${directory}/credentials/default.json`),
          tokenFile({
            access_token: "sk-ant-oat01-emulator-00000001",
            expires_at: 3590 + 3600,
            refresh_token: "sk-ant-ort01-emulator-00000001"
          })
        )
        yield* TestClock.adjust(3_590_000)
        yield* retrieve
        assert.strictEqual((yield* lastCall).authorization, "Bearer …0002")
      }).pipe(Effect.provide(asFound))
    )
  )

  it.effect("is read from its file again after a 401, when another process has renewed it", () =>
    within(files())((directory) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        yield* retrieve
        const text = JSON.stringify(tokenFile({ access_token: "token-of-another-process" }))
        yield* fs.writeFileString(`${directory}/credentials/default.json`, text)
        yield* script({ ...Fault.status(401), when: { path: "/v1/models" } })
        yield* retrieve
        assert.isEmpty(yield* exchanges)
        assert.strictEqual((yield* lastCall).authorization, "Bearer …cess")
      }).pipe(Effect.provide(asFound))
    )
  )

  it.effect("is read from its file when another process used the refresh token at the same time", () =>
    within(files({ expires_at: 0, refresh_token: "used-up" }))((directory) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const text = JSON.stringify(tokenFile({ access_token: "token-of-another-process" }))
        const path = `${directory}/credentials/default.json`
        yield* script({ ...Fault.delay("1 second"), when: { path: "/v1/oauth/token" } })
        const fiber = yield* Effect.forkChild(retrieve)
        // The other process writes while the token endpoint is asked.
        yield* Effect.repeat(Effect.andThen(turn, exchanges), { until: ({ length }) => length === 1 })
        yield* fs.writeFileString(path, text)
        const result = yield* throughTime(Fiber.join(fiber))
        assert.strictEqual(result._tag, "Success")
        assert.strictEqual((yield* lastCall).authorization, "Bearer …cess")
      }).pipe(Effect.provide(asFound))
    )
  )

  it.effect("whose refresh token is refused fails with CredentialsError", () =>
    within(files({ expires_at: 0, refresh_token: "used-up-canary" }))(() =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(retrieve)
        assertFields(error, { _tag: "CredentialsError", reason: "rejected", isRetryable: false })
        assert.notInclude(error.message, "canary")
      }).pipe(Effect.provide(asFound))
    )
  )

  it.effect("is used until it expires when the token endpoint fails", () =>
    within(files({ expires_at: 100 }))(() =>
      Effect.gen(function* () {
        yield* script({ ...Fault.status(503), when: { path: "/v1/oauth/token" }, times: 4 })
        yield* retrieve
        assert.strictEqual((yield* lastCall).authorization, "Bearer …file")
        yield* TestClock.adjust("101 seconds")
        assertFields(yield* throughTime(retrieve), { _tag: "Failure" })
      }).pipe(Effect.provide(asFound))
    )
  )

  it.effect("without a client to renew it is used until it expires, then fails with CredentialsError", () =>
    within(files({ expires_at: 100 }, { authentication: { type: "user_oauth" } }))(() =>
      Effect.gen(function* () {
        yield* retrieve
        yield* TestClock.adjust("101 seconds")
        const error = yield* Effect.flip(retrieve)
        assertFields(error, { _tag: "CredentialsError", reason: "unavailable", isRetryable: false })
        assert.include(error.message, "the file has no refresh token")
        assert.isEmpty(yield* exchanges)
      }).pipe(Effect.provide(asFound))
    )
  )

  it.effect("that does not expire is read from its file again only after it was rejected", () =>
    within(files({ expires_at: null, refresh_token: null }))((directory) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const path = `${directory}/credentials/default.json`
        yield* retrieve
        yield* fs.writeFileString(path, JSON.stringify(tokenFile({ access_token: "token-after-login" })))
        yield* TestClock.adjust("300 days")
        yield* retrieve
        assert.strictEqual((yield* lastCall).authorization, "Bearer …file")
        yield* script({ ...Fault.status(401), when: { path: "/v1/models" } })
        yield* TestClock.adjust("-300 days")
        yield* retrieve
        assert.strictEqual((yield* lastCall).authorization, "Bearer …ogin")
      }).pipe(Effect.provide(asFound))
    )
  )

  const unusable = [
    ["is not there", undefined, "missing", "no login"],
    ["is not JSON", "{", "malformed", "is not JSON"],
    ["has no token", { type: "oauth_token" }, "malformed", "its fields are type"],
    ["is of another type", tokenFile({ type: "api_key" }), "malformed", "does not have the expected content"],
    ["is no object", "[]", "malformed", "does not have the expected content"]
  ] as const

  for (const [what, content, reason, told] of unusable) {
    it.effect(`whose file ${what} fails with CredentialsError, without the contents of the file`, () =>
      within({
        "configs/default.json": login,
        ...(content === undefined ? {} : { "credentials/default.json": content })
      })(() =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(retrieve)
          assertFields(error, { _tag: "CredentialsError", reason, isRetryable: false })
          assert.include(error.message, told)
          assert.notInclude(error.message, "canary")
        }).pipe(Effect.provide(asFound))
      )
    )
  }

  for (const [mode, told] of [
    [0o640, "read"],
    [0o604, "read"],
    [0o620, "written"],
    [0o602, "written"],
    [0o666, "written"]
  ] as const) {
    it.effect(`whose file has the mode ${mode.toString(8)} is refused, also behind a link`, () =>
      within(files())((directory) =>
        Effect.gen(function* () {
          const fs = yield* FileSystem.FileSystem
          yield* fs.rename(`${directory}/credentials/default.json`, `${directory}/real.json`)
          yield* fs.symlink(`${directory}/real.json`, `${directory}/credentials/default.json`)
          yield* fs.chmod(`${directory}/real.json`, mode)
          const error = yield* Effect.flip(retrieve)
          assertFields(error, { _tag: "CredentialsError", reason: "unsafe", isRetryable: false })
          assert.include(error.message, `can be ${told} by other users (mode ${mode.toString(8)}): run chmod 600 on it`)
          yield* fs.chmod(`${directory}/real.json`, 0o600)
          assert.strictEqual((yield* retrieve).id, "claude-opus-5-5")
        }).pipe(Effect.provide(asFound))
      )
    )
  }

  it.effect("whose file becomes unsafe while the program runs is refused when it is read again", () =>
    within(files())((directory) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        yield* retrieve
        yield* fs.chmod(`${directory}/credentials/default.json`, 0o644)
        yield* retrieve
        yield* TestClock.adjust("1 hour")
        assertFields(yield* Effect.flip(retrieve), { _tag: "CredentialsError", reason: "unsafe" })
      }).pipe(Effect.provide(asFound))
    )
  )

  it.effect("whose new token cannot be written is used from memory, with the new refresh token", () =>
    within(files({ expires_at: 1 }))((directory) =>
      Effect.gen(function* () {
        let isFull = true
        const full = PlatformError.systemError({ _tag: "Unknown", module: "FileSystem", method: "rename" })
        const disk = Layer.effect(
          FileSystem.FileSystem,
          Effect.map(FileSystem.FileSystem, (fs) => ({
            ...fs,
            rename: (from: string, to: string) =>
              Effect.suspend(() => (isFull ? Effect.fail(full) : fs.rename(from, to)))
          }))
        )
        const path = `${directory}/credentials/default.json`
        yield* Effect.gen(function* () {
          yield* retrieve
          yield* TestClock.adjust("1 hour")
          yield* retrieve
          assert.deepStrictEqual(
            (yield* exchanges).map(({ body, status }) => [Object(body).refresh_token, status]),
            [
              ["refresh-canary-0", 200],
              ["sk-ant-ort01-emulator-00000001", 200]
            ]
          )
          assertFields(Object(yield* readTokenFile(path)), { refresh_token: "refresh-canary-0" })
          isFull = false
          yield* TestClock.adjust("1 hour")
          yield* retrieve
          assertFields(Object(yield* readTokenFile(path)), { refresh_token: "sk-ant-ort01-emulator-00000003" })
          // A new login in the file comes before what is in memory.
          isFull = true
          yield* TestClock.adjust("1 hour")
          yield* retrieve
          const fs = yield* FileSystem.FileSystem
          yield* fs.writeFileString(
            path,
            JSON.stringify(tokenFile({ access_token: "token-after-login", expires_at: null }))
          )
          yield* TestClock.adjust("1 hour")
          yield* retrieve
          assert.strictEqual((yield* lastCall).authorization, "Bearer …ogin")
        }).pipe(Effect.provide(asFound.pipe(Layer.provide(disk))))
        assert.deepStrictEqual(
          yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.readDirectory(`${directory}/credentials`)),
          ["default.json"]
        )
      })
    )
  )
})
