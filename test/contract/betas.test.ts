// The official SDK's beta namespace on the emulator: structured output, the tool runner, old files, user profiles.
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import OfficialAnthropic from "@anthropic-ai/sdk"
import { betaJSONSchemaOutputFormat, betaTool } from "@anthropic-ai/sdk/helpers/beta/json-schema"
import { jsonSchemaOutputFormat } from "@anthropic-ai/sdk/helpers/json-schema"
import { VERSION } from "@anthropic-ai/sdk/version"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Batches from "effect-anthropic/Batches"
import { request } from "../support/batches.ts"
import { Emulator } from "../support/emulator.ts"
import { official, onServer } from "../support/official.ts"

const params = {
  model: "claude-haiku-5-5",
  max_tokens: 2000,
  messages: [{ role: "user" as const, content: "Where is Lyon?" }]
}

const schema = {
  type: "object",
  properties: { city: { type: "string" }, inhabitants: { type: "integer" } },
  required: ["city", "inhabitants"],
  additionalProperties: false
} as const

const lastBeta = Effect.map(
  Effect.flatMap(Emulator, (emulator) => emulator.requests),
  (all) => all.at(-1)?.headers["anthropic-beta"]
)

describe("the beta namespace of the official SDK", () => {
  it("the official SDK is the version that the tests are written for", () => {
    assert.strictEqual(VERSION, "1.14.0")
  })

  it.live("every beta of the official SDK is accepted, and an unknown one is a 400", () =>
    Effect.gen(function* () {
      const types = join(
        dirname(createRequire(import.meta.url).resolve("@anthropic-ai/sdk")),
        "resources/beta/beta.d.ts"
      )
      const [, union = ""] = /type AnthropicBeta = ([^;]*);/.exec(readFileSync(types, "utf8")) ?? []
      const betas = [...union.matchAll(/'([^']+)'/g)].map(([, name = ""]) => name)
      assert.isAbove(betas.length, 50)
      yield* official((client) => client.beta.models.list({ betas }))
      assert.strictEqual(yield* lastBeta, betas.join(","))
      const refused = yield* Effect.flip(official((client) => client.beta.models.list({ betas: ["no-such-beta"] })))
      assert.instanceOf(refused.cause, OfficialAnthropic.BadRequestError)
    }).pipe(onServer())
  )

  it.live("messages.parse of the official SDK reads the answer by a schema, in both namespaces", () =>
    Effect.gen(function* () {
      const beta = yield* official((client) =>
        client.beta.messages.parse({ ...params, output_config: { format: betaJSONSchemaOutputFormat(schema) } })
      )
      assert.deepStrictEqual(beta.parsed_output, { city: "Where is Lyon?", inhabitants: 1 })
      assert.strictEqual(yield* lastBeta, "structured-outputs-2025-12-15")
      const ga = yield* official((client) =>
        client.messages.parse({ ...params, output_config: { format: jsonSchemaOutputFormat(schema) } })
      )
      assert.deepStrictEqual(ga.parsed_output, beta.parsed_output)
    }).pipe(onServer())
  )

  it.live("the tool runner of the official SDK calls tools until the answer is a text", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      for (const stream of [false, true]) {
        const called: Array<unknown> = []
        const weather = betaTool({
          name: "weather",
          description: "The weather in a city",
          inputSchema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
          run: (input) => {
            called.push(input)
            return `It rains in ${input.city}`
          }
        })
        const before = (yield* emulator.requests).length
        const ask = { ...params, messages: [{ role: "user" as const, content: "weather" }], tools: [weather] }
        const final = yield* official((client) =>
          stream
            ? client.beta.messages.toolRunner({ ...ask, stream: true }).runUntilDone()
            : client.beta.messages.toolRunner(ask).runUntilDone()
        )
        assert.deepStrictEqual(called, [{ city: "weather" }])
        const [block] = final.content
        assert(block?.type === "text")
        assert.strictEqual(block.text, "It rains in weather")
        assert.lengthOf((yield* emulator.requests).slice(before), 2)
      }
    }).pipe(onServer())
  )

  it.live("the official SDK with the beta of 2025 for files gets the shapes of 2025", () =>
    Effect.gen(function* () {
      yield* (yield* Emulator).seedFiles(5)
      const betas = ["files-api-2025-04-14"]
      const page = yield* official((client) => client.beta.files.list({ betas, limit: 3 }))
      assert.lengthOf(page.data, 3)
      assert.isFalse(page.data.some((file) => "expires_at" in file))
      // The envelope of before has no `next_page`, so that its helper sees one page only.
      assert.isFalse(page.hasNextPage())
      const raw = yield* official((client) =>
        client.get<{ readonly has_more: boolean; readonly data: ReadonlyArray<{ readonly id: string }> }>("/v1/files", {
          query: { limit: 3, after_id: page.data.at(-1)?.id },
          headers: { "anthropic-beta": betas.join(",") }
        })
      )
      assert.deepStrictEqual([raw.data.length, raw.has_more], [2, false])
      const uploaded = yield* official((client) =>
        client.beta.files.upload({
          betas,
          file: new File(["x"], "a.txt", { type: "text/plain" }),
          expires_in_seconds: 3600
        })
      )
      assert.notProperty(uploaded, "expires_at")
      assert.property(yield* official((client) => client.beta.files.retrieveMetadata(uploaded.id)), "expires_at")
      yield* official((client) => client.beta.files.delete(uploaded.id, { betas }))
    }).pipe(onServer())
  )

  it.live("a batch with a user profile sends its header, and a request of another profile is errored", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const requests = [
        { custom_id: "own", params },
        { custom_id: "same", params: { ...params, user_profile_id: "uprof_1" } },
        { custom_id: "other", params: { ...params, user_profile_id: "uprof_2" } }
      ]
      const theirs = yield* official((client) =>
        client.beta.messages.batches.create({
          requests,
          user_profile_id: "uprof_1",
          betas: ["user-profiles-2026-09-04"]
        })
      )
      const ours = yield* Batches.create([request("own"), request("other", { user_profile_id: "uprof_2" })]).pipe(
        Anthropic.withSettings({ userProfileId: "uprof_1" })
      )
      for (const { headers } of yield* emulator.requests) {
        assert.strictEqual(headers["anthropic-user-profile-id"], "uprof_1")
      }
      yield* emulator.endBatch(theirs.id)
      yield* emulator.endBatch(ours.id)
      const results = yield* official(async (client) => {
        const seen = new Map<string, string>()
        for await (const line of await client.messages.batches.results(theirs.id)) {
          seen.set(line.custom_id, line.result.type)
        }
        return seen
      })
      assert.deepStrictEqual([...results].sort(), [
        ["other", "errored"],
        ["own", "succeeded"],
        ["same", "succeeded"]
      ])
      const own = yield* Stream.runCollect(Batches.results(ours.id))
      assert.deepStrictEqual(own.map(({ custom_id, result }) => [custom_id, result.type]).sort(), [
        ["other", "errored"],
        ["own", "succeeded"]
      ])
    }).pipe(onServer({ plan: { endsAfter: "1 hour" } }))
  )
})
