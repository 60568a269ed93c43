// What tests of runs share: a server in memory whose days pass at once, items, and a look at what was sent.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import type * as BatchRun from "effect-anthropic/BatchRun"
import * as Messages from "effect-anthropic/Messages"
import * as Organization from "effect-anthropic/Organization"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { type AutoClock, makeAutoClock } from "./autoClock.ts"

export const { Emulator, Fault } = AnthropicEmulator

export const start = Date.parse("2026-11-25T12:00:00Z")

/** Runs a program against a server in memory, on a clock that jumps to whoever sleeps. */
export const onServer =
  (options: AnthropicEmulator.Options = {}, settings: Anthropic.Options = {}, auto: AutoClock = makeAutoClock(start)) =>
  <A, E>(self: Effect.Effect<A, E, HttpClient.HttpClient | AnthropicEmulator.Emulator>): Effect.Effect<A, E> =>
    self.pipe(
      Effect.provide(
        Layer.merge(
          AnthropicEmulator.layer({ clock: auto.clock, ...options }),
          Anthropic.layer({ apiKey: "sk-ant-test-1234", ...settings, retry: { initialDelay: 1, ...settings.retry } })
        )
      ),
      Effect.provideService(Clock.Clock, auto.clock)
    )

export interface Item {
  readonly id: string
}

export const itemsOf = (count: number, prefix = "item "): ReadonlyArray<Item> =>
  Array.from({ length: count }, (_, index) => ({ id: `${prefix}${index}` }))

export const requestOf = ({ id }: Item): BatchRequest.BatchRequest =>
  BatchRequest.make(id, {
    model: "claude-haiku-5-5",
    max_tokens: 50,
    metadata: { user_id: id },
    messages: [Messages.user(`Hello from ${id}`)]
  })

/** The caller's id of a request on the wire. */
export const idOf = (params: { readonly [key: string]: unknown }): string => {
  const { metadata } = params
  return typeof metadata === "object" && metadata !== null && "user_id" in metadata ? String(metadata.user_id) : ""
}

/** The batches on the server, oldest first, each as the ids of its items. */
export const sent = Effect.gen(function* () {
  const emulator = yield* Emulator
  const batches = (yield* emulator.batches).toReversed()
  return yield* Effect.forEach(batches, ({ id }) =>
    Effect.map(emulator.batchRequests(id), (requests) => requests.map(({ params }) => idOf(params)))
  )
})

/** How many create calls there were. */
export const creates = Effect.gen(function* () {
  const requests = yield* (yield* Emulator).requests
  return requests.filter(({ method, path }) => method === "POST" && path === "/v1/messages/batches").length
})

export const atCreate = { method: "POST", path: (path: string) => path === "/v1/messages/batches" } as const

export const script = (...faults: ReadonlyArray<AnthropicEmulator.Fault.Fault>) =>
  Effect.flatMap(Emulator, (emulator) => emulator.fault(...faults))

export const tags = (outcomes: Iterable<BatchRun.Outcome<unknown, unknown>>): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const { _tag } of outcomes) counts[_tag] = (counts[_tag] ?? 0) + 1
  return counts
}

export const ids = (outcomes: Iterable<BatchRun.Outcome<unknown, unknown>>): ReadonlyArray<string> =>
  Array.from(outcomes, ({ id }) => id)

export const collect = Stream.runCollect

/** Keeps the events of a run. */
export const recorder = () => {
  const events: Array<BatchRun.RunEvent> = []
  return {
    events,
    onEvent: (event: BatchRun.RunEvent) => Effect.sync(() => events.push(event)),
    of: <Tag extends BatchRun.RunEvent["_tag"]>(tag: Tag) =>
      events.filter((event): event is Extract<BatchRun.RunEvent, { readonly _tag: Tag }> => event._tag === tag)
  }
}

/** The limits of an organization whose batches may have so many requests waiting, as they are read from the API. */
export const queueOf = (value: number) =>
  Organization.limitsOf([
    { id: "rl_1", group: { id: "rlg_1", type: "batch" }, limits: [{ type: "enqueued_batch_requests", value }] }
  ])
