// No prompt, no answer and no credential is in a span, a metric or a log line, whatever is called and however it fails.
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type * as Tracer from "effect/Tracer"
import * as TestClock from "effect/testing/TestClock"
import * as Batches from "effect-anthropic/Batches"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as BatchRun from "effect-anthropic/BatchRun"
import * as Credentials from "effect-anthropic/Credentials"
import * as FileSource from "effect-anthropic/FileSource"
import * as Files from "effect-anthropic/Files"
import * as Messages from "effect-anthropic/Messages"
import * as Models from "effect-anthropic/Models"
import * as Organization from "effect-anthropic/Organization"
import * as Pool from "effect-anthropic/Pool"
import * as SkillSource from "effect-anthropic/SkillSource"
import * as Skills from "effect-anthropic/Skills"
import type { AnthropicEmulator } from "effect-anthropic/testing"
import { Fault, script } from "../support/emulator.ts"
import { onVirtualTime } from "../support/fakeClient.ts"
import { recorded } from "../support/recorded.ts"

const params = {
  model: "claude-haiku-5-5",
  max_tokens: 64,
  system: "canary of the system",
  messages: [Messages.user("canary of the prompt")]
}

const answer = { content: [{ type: "text" as const, text: "canary of the answer", citations: null }] }

const emulator = {
  answer: () => answer,
  outcome: () => ({ type: "succeeded" as const, message: answer })
}

/** Everything that a span says, the errors that it ended with among it. */
const saidBy = ({ attributes, events, name, status }: Tracer.NativeSpan): string => {
  const cause = status._tag === "Ended" && Exit.isFailure(status.exit) ? Cause.pretty(status.exit.cause) : ""
  return JSON.stringify([name, [...attributes], events.map(([event, , said]) => [event, said]), cause])
}

type Program = Effect.Effect<unknown, unknown, HttpClient.HttpClient | AnthropicEmulator.Emulator>

const canary = (text: string) => Fault.body(text, { status: 200 })

const ended = Effect.gen(function* () {
  const { id } = yield* Batches.create([BatchRequest.make("r-1", params)])
  yield* TestClock.adjust("1 day")
  return id
})

const failing = (fault: AnthropicFault, call: Effect.Effect<unknown, unknown, HttpClient.HttpClient>): Program =>
  Effect.andThen(script({ ...fault, times: 1 }), onVirtualTime(call))

type AnthropicFault = ReturnType<typeof Fault.status>

const skill = SkillSource.fromFiles([
  { path: "s/SKILL.md", bytes: "---\nname: report\ndescription: canary of a skill\n---\ncanary of instructions" }
])

const programs: ReadonlyArray<readonly [string, Program]> = [
  ["messages", Effect.all([Messages.create(params), Messages.countTokens(params)])],
  ["a stream", Stream.runDrain(Messages.streamText(params))],
  ["a long answer that is streamed internally", Messages.create({ ...params, max_tokens: 60_000 })],
  [
    "an answer that cannot be decoded",
    failing(canary(`{"type":"message","content":"canary"}`), Messages.create(params))
  ],
  ["an answer that is not JSON", failing(canary("canary of a page"), Messages.create(params))],
  ["a prompt that cannot be sent", Effect.flip(Messages.create({ ...params, system: "canary \ud800" }))],
  [
    "a parameter that is refused",
    Effect.flip(Batches.create([BatchRequest.make("r-1", { ...params, max_tokens: Number.NaN })]))
  ],
  ["a stream that breaks off", failing(Fault.cutAfterEvents(4, "reset"), Stream.runDrain(Messages.stream(params)))],
  ["the results of a batch", Effect.flatMap(ended, (id) => Stream.runDrain(Batches.results(id)))],
  [
    "results that cannot be decoded",
    Effect.flatMap(ended, (id) =>
      Effect.andThen(
        script({
          ...Fault.lines(() => [{ custom_id: "r-1", result: { type: "succeeded", message: "canary" } }]),
          times: 1
        }),
        onVirtualTime(Stream.runDrain(Batches.results(id)))
      )
    )
  ],
  [
    "a run",
    onVirtualTime(Stream.runDrain(BatchRun.run(["a", "b"], { request: (id) => BatchRequest.make(id, params) })))
  ],
  ["a pool", onVirtualTime(Effect.scoped(Effect.flatMap(Pool.make(), (pool) => pool.create(params))))],
  ["a file", Files.upload(FileSource.fromBytes(new TextEncoder().encode("canary of a file"), { name: "a.txt" }))],
  ["a skill", Skills.create(skill)],
  [
    "an admin key that is accepted, and a workspace key in its place",
    Effect.all([
      Organization.me.pipe(Effect.provide(Organization.layer({ adminKey: "sk-ant-admin01-canary-1" }))),
      Effect.flip(Organization.me.pipe(Effect.provide(Organization.layer({ adminKey: "sk-ant-api03-canary-1" }))))
    ])
  ],
  [
    "a token that is fetched, and one that is refused",
    Effect.gen(function* () {
      const made = Credentials.federation({
        federationRuleId: "fdrl_01",
        organizationId: "org-1",
        identityToken: Effect.succeed(Redacted.make("identity-canary-0123456789"))
      })
      const call = Models.retrieve("claude-opus-5-5").pipe(Effect.provide(Layer.fresh(Credentials.layer(made))))
      yield* call
      yield* script({ ...Fault.status(401, { message: "no: identity-canary-0123456789" }), times: 1 })
      yield* Effect.flip(call)
    })
  ]
]

describe("no secret is in a span, a metric or a log", () => {
  for (const [what, program] of programs) {
    it.effect(`of ${what}`, () =>
      Effect.gen(function* () {
        const { all, exit, lines, metrics } = yield* recorded(program, { emulator })
        assert.isTrue(Exit.isSuccess(exit), String(exit))
        assert.isAbove(all.length, 0)
        for (const said of [...all.map(saidBy), ...lines, ...metrics]) assert.notInclude(said, "canary")
      })
    )
  }
})
