// The official SDK as a second client of the token endpoint, and what that refuses.
import { writeFile } from "node:fs/promises"
import OfficialAnthropic from "@anthropic-ai/sdk"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as HttpServer from "effect/http/HttpServer"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Credentials from "effect-anthropic/Credentials"
import * as Models from "effect-anthropic/Models"
import { withEnv } from "../credentials/support.ts"
import { Emulator } from "../support/emulator.ts"
import { served } from "../support/served.ts"

const told = ["anthropic-beta", "content-type", "authorization", "anthropic-workspace-id"]

/** What an exchange says, but for what names the client. */
const exchanged = Effect.map(
  Effect.flatMap(Emulator, ({ requests }) => requests),
  (requests) =>
    requests
      .filter(({ path }) => path === "/v1/oauth/token")
      .map(({ body, headers, status }) => ({ body, status, headers: told.map((name) => headers[name]) }))
)

describe("the official SDK and this one", () => {
  it.live("send the same request to exchange an identity token", () =>
    Effect.gen(function* () {
      const { address } = yield* HttpServer.HttpServer
      const baseURL = HttpServer.formatAddress(address)
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* fs.makeTempDirectoryScoped()}/identity`
      yield* Effect.promise(() => writeFile(path, "identity-1\n"))
      const config = {
        organization_id: "org-1",
        workspace_id: "wrkspc_1",
        authentication: {
          type: "oidc_federation" as const,
          federation_rule_id: "fdrl_1",
          service_account_id: "svac_1",
          identity_token: { source: "file" as const, path }
        }
      }
      const client = new OfficialAnthropic({ config, baseURL, maxRetries: 1 })
      yield* Effect.promise(() => client.models.retrieve("claude-opus-5-5"))
      const emulator = yield* Emulator
      yield* emulator.revokeTokens
      yield* Effect.promise(() => client.models.retrieve("claude-opus-5-5"))
      const federation = Credentials.federation({
        organizationId: "org-1",
        workspaceId: "wrkspc_1",
        federationRuleId: "fdrl_1",
        serviceAccountId: "svac_1",
        identityToken: yield* Credentials.identityTokenFile(path)
      })
      const retrieve = Models.retrieve("claude-opus-5-5")
      const program = Effect.andThen(retrieve, Effect.andThen(emulator.revokeTokens, retrieve))
      yield* program.pipe(Effect.provide(Credentials.layer(federation)))
      const [first, second, third, fourth] = yield* exchanged
      assert.deepStrictEqual([third, fourth], [first, second])
      assert.strictEqual(first?.status, 200)
    }).pipe(Effect.provide(Layer.merge(served(), NodeFileSystem.layer)))
  )

  it.live("send the same request to renew a login", () =>
    Effect.gen(function* () {
      const { address } = yield* HttpServer.HttpServer
      const baseURL = HttpServer.formatAddress(address)
      const fs = yield* FileSystem.FileSystem
      const directory = yield* fs.makeTempDirectoryScoped()
      const credentials_path = `${directory}/credentials/default.json`
      yield* fs.makeDirectory(`${directory}/credentials`)
      yield* fs.makeDirectory(`${directory}/configs`)
      const write = (path: string, content: unknown) =>
        fs.writeFileString(path, JSON.stringify(content), { mode: 0o600 })
      const login = { access_token: "old", expires_at: 1, refresh_token: "refresh-1" }
      const config = {
        workspace_id: "wrkspc_1",
        authentication: { type: "user_oauth" as const, client_id: "client-1", credentials_path }
      }
      yield* write(credentials_path, login)
      yield* write(`${directory}/configs/default.json`, config)
      const client = new OfficialAnthropic({ config, baseURL, maxRetries: 0 })
      yield* Effect.promise(() => client.models.retrieve("claude-opus-5-5"))
      const written: unknown = JSON.parse(yield* fs.readFileString(credentials_path))
      yield* write(credentials_path, { ...login, refresh_token: "refresh-2" })
      const profile = Credentials.profile("default")
      const env = { ANTHROPIC_CONFIG_DIR: directory }
      yield* Models.retrieve("claude-opus-5-5").pipe(Effect.provide(Credentials.layer(profile)), withEnv(env))
      const ours: unknown = JSON.parse(yield* fs.readFileString(credentials_path))
      assert.sameMembers(Object.keys(Object(ours)), Object.keys(Object(written)))
      const [first, second] = yield* exchanged
      const unified = JSON.parse(JSON.stringify(second).replace("refresh-2", "refresh-1"))
      assert.deepStrictEqual(unified, JSON.parse(JSON.stringify(first)))
      const calls = (yield* Effect.flatMap(Emulator, ({ requests }) => requests)).filter(
        ({ path }) => path !== "/v1/oauth/token"
      )
      assert.deepStrictEqual(
        calls.map(({ headers }) => [headers["anthropic-workspace-id"], headers["anthropic-beta"]]),
        [
          ["wrkspc_1", "oauth-2025-04-20"],
          ["wrkspc_1", "oauth-2025-04-20"]
        ]
      )
    }).pipe(
      Effect.provide(
        Layer.merge(served({ tokens: { refreshTokens: ["refresh-1", "refresh-2"] } }), NodeFileSystem.layer)
      )
    )
  )
})

describe("the token endpoint of the emulator", () => {
  const jwt = {
    grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    assertion: "a",
    federation_rule_id: "f",
    organization_id: "o"
  }
  const both = "oauth-2025-04-20,oidc-federation-2026-04-01"
  const refresh = { grant_type: "refresh_token", refresh_token: "refresh-1", client_id: "c" }
  const refused = [
    ["no beta of OAuth", {}, jwt, "invalid_request"],
    ["no beta of federation", { "anthropic-beta": "oauth-2025-04-20" }, jwt, "invalid_request"],
    ["no assertion", { "anthropic-beta": both }, { ...jwt, assertion: undefined }, "invalid_request"],
    ["a long assertion", { "anthropic-beta": both }, { ...jwt, assertion: "x".repeat(16_385) }, "invalid_request"],
    ["another grant", { "anthropic-beta": both }, { grant_type: "password" }, "unsupported_grant_type"],
    ["no object", { "anthropic-beta": both }, 5, "unsupported_grant_type"],
    ["a refresh with the beta of federation", { "anthropic-beta": both }, refresh, "invalid_request"],
    [
      "a refresh without a client",
      { "anthropic-beta": "oauth-2025-04-20" },
      { ...refresh, client_id: 5 },
      "invalid_request"
    ],
    [
      "a refresh token that was used",
      { "anthropic-beta": "oauth-2025-04-20" },
      { ...refresh, refresh_token: "x" },
      "invalid_grant"
    ]
  ] as const

  it.live("refuses what the API is known to refuse, by RFC 6749", () =>
    Effect.gen(function* () {
      const { address } = yield* HttpServer.HttpServer
      const url = `${HttpServer.formatAddress(address)}/v1/oauth/token`
      for (const [what, headers, body, error] of refused) {
        const response = yield* Effect.promise(() =>
          fetch(url, {
            method: "POST",
            headers: { "content-type": "application/json", ...headers },
            body: JSON.stringify(body)
          })
        )
        const answer: unknown = yield* Effect.promise(() => response.json())
        assert.deepStrictEqual([response.status, Object(answer).error], [400, error], what)
      }
      const broken = yield* Effect.promise(() =>
        fetch(url, { method: "POST", headers: { "anthropic-beta": both }, body: "{" })
      )
      assert.strictEqual(broken.status, 400)
      const emulator = yield* Emulator
      assert.isEmpty(yield* emulator.tokens)
    }).pipe(Effect.provide(served()))
  )

  it.live("returns the tokens that it issued, and whether they are revoked", () =>
    Effect.gen(function* () {
      const federation = Credentials.federation({
        organizationId: "o",
        federationRuleId: "f",
        identityToken: Effect.succeed(Redacted.make("identity-1"))
      })
      yield* Models.retrieve("claude-opus-5-5").pipe(Effect.provide(Credentials.layer(federation)))
      const emulator = yield* Emulator
      yield* emulator.revokeTokens
      const [token] = yield* emulator.tokens
      assert.deepInclude(token, { grant: "jwt-bearer", isRevoked: true })
    }).pipe(Effect.provide(served()))
  )
})
