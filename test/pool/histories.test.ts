// Random histories of a pool: faults of every call, strangers of the same count, callers that leave, scopes that close.
// Whatever happens, every caller hears once what the server made of its request, and nothing is charged twice.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Schedule from "effect/Schedule"
import * as Messages from "effect-anthropic/Messages"
import * as Pool from "effect-anthropic/Pool"
import type { AnthropicEmulator } from "effect-anthropic/testing"
import { Random } from "../run/support/random.ts"
import { charges, Fault, nameOf, namesOf, onServer, paramsOf, sent } from "./support.ts"

/** How many histories are played. */
const seeds = Number(process.env.HISTORIES ?? 40)

const together = 10

type Made = "ok" | "expired" | "errored" | "canceled"

/** What a caller may hear when the server made that of its request. */
const heardOf = (name: string): Record<Made, string> => ({
  ok: `Hello from ${name}`,
  expired: "RequestExpiredError",
  errored: "InternalServerError",
  canceled: "RequestCanceledError"
})

const chaosOf =
  (random: Random, trouble: number): AnthropicEmulator.Options["chaos"] =>
  ({ method, path }) => {
    if (!random.chance(trouble)) return undefined
    if (method === "POST" && path === "/v1/messages/batches") {
      return random.pick(
        Fault.status(529),
        Fault.status(429),
        Fault.status(500),
        Fault.status(408),
        Fault.status(413),
        Fault.resetBeforeHeaders(),
        Fault.processedThenReset(),
        Fault.processedThenStatus(503),
        Fault.processedThen(Fault.empty(200)),
        Fault.processedLater("100 seconds", Fault.resetBeforeHeaders())
      )
    }
    if (path.endsWith("/results")) {
      return random.pick(Fault.status(500), Fault.resetAfter(40), Fault.resetAtEnd(), Fault.status(404))
    }
    return random.pick(Fault.status(500), Fault.resetBeforeHeaders(), Fault.delay("20 seconds"))
  }

const history = Effect.fnUntraced(function* (seed: number) {
  const random = new Random(seed)
  const names = namesOf(random.int(1, 25))
  const trouble = random.pick(0, 0.1, 0.3)
  const made = new Map(
    names.map(
      (name) => [name, random.chance(0.8) ? "ok" : random.pick<Made>("expired", "errored", "canceled")] as const
    )
  )
  const heard = new Map<string, Array<string>>()
  const leavers = new Set<string>()
  const isClosedEarly = random.chance(0.2)
  const closesAfter = random.int(0, 600)

  const call = (pool: Pool.Pool["Service"], name: string) =>
    Effect.gen(function* () {
      yield* Effect.sleep(random.int(0, 20_000))
      const fiber = yield* pool.create(paramsOf(name)).pipe(
        Effect.onExit((exit) =>
          Effect.sync(() => {
            const error = Exit.findErrorOption(exit)
            const what = Exit.isSuccess(exit)
              ? Messages.text(exit.value)
              : error._tag === "Some"
                ? error.value._tag
                : "interrupted"
            heard.set(name, [...(heard.get(name) ?? []), what])
          })
        ),
        Effect.forkChild
      )
      if (random.chance(0.2)) {
        yield* Effect.sleep(random.int(0, 300_000))
        leavers.add(name)
        yield* Fiber.interrupt(fiber)
      }
      yield* Fiber.await(fiber)
    })

  yield* Effect.gen(function* () {
    const pool = yield* Pool.make({
      watch: { schedule: Schedule.spaced("10 minutes") },
      window: random.pick(0, 1_000, 10_000),
      maxRequests: random.pick(1, 2, 7, 50),
      maxInFlight: random.pick(1, 2, 8),
      maxWaiting: random.pick(1, 5, 100)
    })
    const calls = yield* Effect.forEach(names, (name) => Effect.forkDetach(call(pool, name)))
    const all = Effect.forEach(calls, (fiber) => Fiber.await(fiber), { discard: true })
    yield* isClosedEarly ? Effect.raceFirst(all, Effect.sleep(closesAfter * 1_000)) : all
    return calls
  }).pipe(
    Effect.scoped,
    Effect.flatMap((calls) => Effect.forEach(calls, (fiber) => Fiber.await(fiber))),
    // What was created late or lost ends, so that the bill is whole.
    Effect.andThen(Effect.sleep("26 hours")),
    Effect.andThen(
      Effect.gen(function* () {
        const times = yield* charges
        for (const name of names) {
          const was = `seed ${seed}, ${name}: ${heard.get(name)}`
          assert.lengthOf(heard.get(name) ?? [], 1, was)
          const [what = ""] = heard.get(name) ?? []
          const outcome = heardOf(name)[made.get(name) ?? "ok"]
          // A batch of one call that is too large is the fault of that call.
          const allowed = new Set([outcome, ...(trouble > 0 ? ["RequestTooLargeError"] : [])])
          if (leavers.has(name)) allowed.add("interrupted")
          if (isClosedEarly) allowed.add("PoolClosedError")
          assert.isTrue(allowed.has(what), was)
          const charged = times.get(name) ?? 0
          if (what === `Hello from ${name}`) assert.strictEqual(charged, 1, was)
          else assert.isAtMost(charged, 1, was)
          if (made.get(name) !== "ok") assert.strictEqual(charged, 0, was)
        }
        const own = (yield* sent).flat().filter((name) => name !== "")
        assert.strictEqual(new Set(own).size, own.length, `seed ${seed}: a call is in two batches`)
      })
    ),
    onServer(
      {
        chaos: chaosOf(random, trouble),
        outcome: ({ params }) => {
          const result = made.get(nameOf(params))
          if (result === undefined || result === "ok") return undefined
          return result === "errored" ? { type: result, error: { type: "api_error" } } : { type: result }
        },
        strangers: (requests) => (random.chance(0.3) ? [{ requests: requests.length, endsAfter: "30 minutes" }] : []),
        plan: () => ({
          endsAfter: random.pick(10_000, 600_000, 7_200_000),
          lines: (lines, download) =>
            download === 0 && random.chance(0.3) ? [...lines.slice(1), ...lines.slice(1, 2)] : lines
        }),
        ...(random.chance(0.3) ? { limits: { queuedBatchRequests: 20 } } : {})
      },
      { responseTimeout: "1 minute" }
    )
  )
})

describe("a random history of a pool", () => {
  for (let first = 0; first < seeds; first += together) {
    it.live(
      `ends with one answer for each caller and one charge at most, seeds ${first} to ${first + together - 1}`,
      () =>
        Effect.gen(function* () {
          for (let seed = first; seed < first + together; seed++) yield* history(seed)
          // Warnings of what may exist are part of many histories.
        }).pipe(Effect.provide(Logger.layer([])))
    )
  }
})
