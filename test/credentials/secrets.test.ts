// No token is in anything that a program shows: logs, spans, errors, causes, inspections.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Credentials from "effect-anthropic/Credentials"
import * as Models from "effect-anthropic/Models"
import { Emulator, Fault, script } from "../support/emulator.ts"
import { everythingSaid } from "../support/everythingSaid.ts"
import { directoryOf, federationEnv, throughTime, withEnv, world } from "./support.ts"

const identity = federationEnv.ANTHROPIC_IDENTITY_TOKEN
const access = "access-canary-0123456789"
const refresh = "refresh-canary-0123456789"

const onToken = { method: "POST", path: "/v1/oauth/token" }

const retrieve = Models.retrieve("claude-opus-5-5")

const answer = (fields: object, status = 200) => Fault.body(JSON.stringify(fields), { status })

/** What the token endpoint answers: with the secret that it was sent in its words, and others beside them. */
const answersTo = (sent: string) =>
  [
    ["a token", answer({ access_token: access, refresh_token: refresh, expires_in: 3600 }), "Success"],
    ["a token without its lifetime", answer({ access_token: access, refresh_token: refresh }), "Failure"],
    ["a token of another type", answer({ access_token: access, expires_in: 1, token_type: "mac" }), "Failure"],
    [
      "a refusal",
      answer({ error: "invalid_grant", error_description: `no: ${sent}`, access_token: access }, 400),
      "Failure"
    ],
    ["an outage", answer({ error: "server_error", error_description: sent, access_token: access }, 500), "Failure"],
    ["an HTML page with the tokens", Fault.body(`<p>${identity} ${refresh} ${access}`, { status: 502 }), "Failure"],
    ["an error of the API", answer({ type: "error", error: { type: "api_error", message: access } }, 500), "Failure"]
  ] as const

describe("no token can be seen", () => {
  for (const [login, ANTHROPIC_PROFILE, sent] of [
    ["a federation", "federated", identity],
    ["a login", "user", refresh]
  ] as const) {
    for (const [what, fault, outcome] of answersTo(sent)) {
      it.effect(`of ${login}, when the token endpoint answers with ${what}`, () =>
        Effect.gen(function* () {
          const directory = yield* directoryOf({
            "configs/user.json": { authentication: { type: "user_oauth", client_id: "client-1" } },
            "configs/federated.json": { authentication: { type: "oidc_federation" } },
            "credentials/user.json": { access_token: `old-${access}`, expires_at: 0, refresh_token: refresh }
          })
          yield* script({ ...fault, when: onToken, times: 1 })
          const program = Effect.gen(function* () {
            const fs = yield* FileSystem.FileSystem
            const layer = Credentials.layer(Credentials.environment())
            const result = yield* throughTime(Effect.provide(Effect.andThen(retrieve, retrieve), layer))
            yield* Effect.logInfo(layer, result)
            yield* fs.remove(directory, { recursive: true })
            return yield* Effect.fromResult(result)
          })
          // What is left of the script is another answer.
          yield* script({ ...Fault.status(503), when: onToken, times: 2 })
          const { exit, spans, text } = yield* everythingSaid(
            program.pipe(withEnv({ ...federationEnv, ANTHROPIC_PROFILE, ANTHROPIC_CONFIG_DIR: directory }))
          )
          yield* Effect.flatMap(Emulator, ({ clearFaults }) => clearFaults)
          assert.strictEqual(exit._tag, outcome)
          assert.isAbove(spans, 0)
          for (const secret of [identity, access, refresh]) assert.notInclude(text, secret)
        }).pipe(Effect.scoped, Effect.provide(world({}, { tokens: { refreshTokens: [refresh] } })))
      )
    }
  }
})
