// One random history of a run: several lives of one program against a server that does everything that servers do.
// The model beside it says what each item may end as, and what may be on the bill.
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as BatchRun from "effect-anthropic/BatchRun"
import * as Journal from "effect-anthropic/Journal"
import * as Messages from "effect-anthropic/Messages"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { makeAutoClock } from "./autoClock.ts"
import { journalOf, makeDisk, type Tick } from "./disk.ts"
import { Random } from "./random.ts"

const { Emulator } = AnthropicEmulator

/** What the server makes of one attempt of an item. `absent`: answered and charged, but without a line. */
export type Result = "ok" | "transient" | "permanent" | "expired" | "absent"

export interface Item {
  readonly id: string
  readonly results: ReadonlyArray<Result>
}

export interface Scenario {
  readonly seed: number
  readonly items: ReadonlyArray<Item>
  readonly chunkItems: number
  readonly windowBatches: number
  readonly retries: number
  /** At which step each life but the last one ends; a step is a journal entry or a call, before or after it. */
  readonly deaths: ReadonlyArray<number>
}

/** What happened, as far as it is checked. */
export interface History {
  readonly scenario: Scenario
  readonly outcomes: ReadonlyArray<BatchRun.Outcome<Item>>
  /** All batches of the run that the server has, oldest first, with the items they hold. */
  readonly batches: ReadonlyArray<{
    readonly id: string
    readonly requests: ReadonlyArray<{ readonly customId: string; readonly item: number }>
  }>
  readonly charges: ReadonlyArray<{ readonly batchId: string; readonly customId: string; readonly item: number }>
  /** What the server made of each request, by its id on the wire. */
  readonly results: ReadonlyMap<string, Result>
  /** How often a batch that nobody can tell was taken for that of a chunk: an attempt that may not have been one. */
  readonly claims: number
  readonly log: ReadonlyArray<string>
}

const weighted = (random: Random, trouble: number): Result => {
  if (!random.chance(trouble)) return "ok"
  return random.pick<Result>("transient", "expired", "absent", "permanent")
}

export const scenarioOf = (seed: number): Scenario => {
  const random = new Random(seed)
  const trouble = random.pick(0, 0.1, 0.4)
  const count = random.pick(0, 1, 2, 5, random.int(1, 30))
  return {
    seed,
    items: Array.from({ length: count }, (_, index) => ({
      id: `item ${index}`,
      results: Array.from({ length: 4 }, () => weighted(random, trouble))
    })),
    chunkItems: random.pick(1, 2, 3, 7, 12),
    windowBatches: random.pick(1, 2, 4),
    retries: random.pick(0, 1, 2),
    deaths: Array.from({ length: random.pick(0, 1, 1, 2, 3) }, () => random.int(1, random.pick(6, 25, 60)))
  }
}

const itemOf = (params: { readonly [key: string]: unknown }): number => {
  const metadata: unknown = params.metadata
  return typeof metadata === "object" && metadata !== null && "user_id" in metadata ? Number(metadata.user_id) : -1
}

const minute = 60_000

const requestOf = (item: Item, text: string, user: string) =>
  BatchRequest.make(item.id, {
    model: "claude-haiku-5-5",
    max_tokens: 50,
    metadata: { user_id: user },
    messages: [Messages.user(text)]
  })

/** Runs one history to its end. */
export const play = (scenario: Scenario): Effect.Effect<History> =>
  Effect.gen(function* () {
    const random = new Random(scenario.seed * 7 + 3)
    const auto = makeAutoClock(Date.parse("2026-11-25T12:00:00Z"))
    const disk = makeDisk()
    const log: Array<string> = []
    const results = new Map<string, Result>()
    const attempts = new Map<number, number>()
    let claims = 0
    const say = (text: string) =>
      log.push(`${((auto.now() - Date.parse("2026-11-25T12:00:00Z")) / 1000).toFixed(0)} ${text}`)

    const resultOf = (customId: string, item: number): Result => {
      const known = results.get(customId)
      if (known !== undefined) return known
      const attempt = attempts.get(item) ?? 0
      attempts.set(item, attempt + 1)
      const result = scenario.items[item]?.results[attempt] ?? "ok"
      results.set(customId, result)
      return result
    }

    const planOf = (requests: ReadonlyArray<AnthropicEmulator.BatchRequest>): AnthropicEmulator.Plan => {
      const cleanEnds = random.chance(0.1) ? random.int(1, 2) : 0
      const foreign = random.chance(0.1)
      const repeated = random.chance(0.1)
      return {
        endsAfter: Duration.millis(random.pick(1_000, 40_000, 90_000, 10 * minute, 3 * 60 * minute)),
        listedAfter: random.chance(0.3) ? Duration.millis(random.int(1, 45_000)) : 0,
        notFound: random.chance(0.1) ? [{ until: "20 seconds" }] : [],
        lines: (lines, download) => {
          const kept = lines.filter(({ custom_id }) => {
            const request = requests.find((one) => one.custom_id === custom_id)
            return request === undefined || resultOf(custom_id, itemOf(request.params)) !== "absent"
          })
          const stray = kept[0] === undefined ? [] : [{ ...kept[0], custom_id: "stranger-1" }]
          const all = [...(foreign ? stray : []), ...kept, ...(repeated ? kept.slice(0, 1) : [])]
          return download < cleanEnds ? all.slice(0, Math.floor(all.length / 2)) : all
        }
      }
    }

    const layer = AnthropicEmulator.layer({
      clock: auto.clock,
      plan: planOf,
      outcome: ({ custom_id, params }): AnthropicEmulator.Outcome => {
        const item = itemOf(params)
        if (item === -1) return { type: "succeeded" }
        const result = resultOf(custom_id, item)
        switch (result) {
          case "transient":
            return { type: "errored", error: { type: "overloaded_error" } }
          case "permanent":
            return { type: "errored", error: { type: "invalid_request_error" } }
          case "expired":
            return { type: "expired" }
          default:
            return { type: "succeeded" }
        }
      },
      strangers: (requests) =>
        random.chance(0.3)
          ? [
              {
                endsAfter: Duration.millis(random.pick(1_000, 5 * minute, 60 * minute)),
                createdAfter: random.int(-60_000, 60_000),
                requests: requests.map(({ custom_id, params }, index) => ({
                  // One line of another batch may carry an id of ours, as long as most do not.
                  custom_id: index === 0 && requests.length > 2 ? custom_id : `other-${index}`,
                  params: { ...params, metadata: { user_id: "-1" } }
                }))
              }
            ]
          : []
    })

    return yield* Effect.gen(function* () {
      const server = yield* HttpClient.HttpClient
      const emulator = yield* Emulator
      let outcomes: ReadonlyArray<BatchRun.Outcome<Item>> = []
      // Another run of the same program, with the same id and a journal of its own, at the same time.
      const twin = yield* BatchRun.run(scenario.items, {
        id: "history",
        request: (item) => requestOf(item, `twin ${item.id}`, "-1"),
        chunk: { items: scenario.chunkItems },
        onInterrupt: "detach"
      }).pipe(
        Stream.runDrain,
        Effect.orDie,
        Effect.provide(Anthropic.layer({ apiKey: "sk-ant-test-1234" })),
        Effect.when(Effect.sync(() => scenario.seed % 4 === 0)),
        Effect.provideService(Clock.Clock, auto.clock),
        Effect.forkDetach
      )
      for (let life = 0; ; life++) {
        const death = scenario.deaths[life]
        const offset = random.pick(0, 0, random.int(-50_000, 50_000))
        say(`life ${life}, clock wrong by ${offset}, death at ${death}`)
        let isDead = false
        const clock = auto.ofProcess(offset, () => isDead)
        let steps = 0
        let announce: () => void = () => undefined
        const died = Effect.callback<void>((resume) => {
          announce = () => resume(Effect.void)
        })
        const step = (name: string): Effect.Effect<void> =>
          Effect.suspend(() => {
            if (isDead) return Effect.never
            steps += 1
            if (steps !== death) return Effect.void
            say(`dies at ${name}`)
            isDead = true
            announce()
            return Effect.never
          })
        const tick: Tick = (name, effect, torn) =>
          Effect.gen(function* () {
            if (steps + 1 === death && torn !== undefined && random.chance(0.3)) torn()
            yield* step(`before ${name}`)
            const value = yield* effect
            yield* step(`after ${name}`)
            return value
          })
        const process = { isDead: () => isDead, tick }
        const client = chaoticClient({ server, random, tick, say, isDead: () => isDead, clock: auto.clock })

        const program = BatchRun.run(scenario.items, {
          id: "history",
          request: (item) => requestOf(item, item.id, item.id.slice(5)),
          chunk: { items: scenario.chunkItems },
          window: { batches: scenario.windowBatches },
          retry: { times: scenario.retries },
          pollEvery: "15 minutes",
          onEvent: (event) =>
            Effect.sync(() => {
              if (event._tag === "Adopted" && !event.isCertain) claims += 1
              say(JSON.stringify(event, (_, value) => (typeof value === "bigint" ? `${value}` : value)))
            })
        }).pipe(Stream.runCollect)

        const fiber = yield* program.pipe(
          Effect.provide(
            Layer.mergeAll(
              Layer.succeed(HttpClient.HttpClient, client),
              Layer.succeed(Journal.Journal, journalOf(disk, process)),
              Anthropic.layer({ apiKey: "sk-ant-test-1234", retry: { initialDelay: 1, maxDelay: 1 } })
            )
          ),
          Effect.provideService(Clock.Clock, clock),
          Effect.forkDetach
        )
        yield* Effect.raceFirst(Fiber.await(fiber), died)
        if (isDead) {
          // A process that is killed runs no finalizers: what it would still do never ends.
          yield* Effect.forkDetach(Fiber.interrupt(fiber))
          auto.jump(random.pick(0, 5_000, 4 * minute, 60 * minute, 26 * 60 * minute))
          continue
        }
        const exit = yield* Fiber.await(fiber)
        if (Exit.isFailure(exit)) {
          yield* Effect.die(new Error(`the run failed: ${JSON.stringify(exit.cause)}\n${log.join("\n")}`))
        } else outcomes = exit.value
        break
      }

      yield* Fiber.join(twin)
      // What was accepted late has been accepted by then.
      yield* Effect.provideService(Effect.sleep("26 hours"), Clock.Clock, auto.clock)
      const batches: Array<History["batches"][number]> = []
      for (const { id } of (yield* emulator.batches).toReversed()) {
        const requests = yield* emulator.batchRequests(id)
        const ours = requests.flatMap(({ custom_id, params }) => {
          const item = itemOf(params)
          return item === -1 ? [] : [{ customId: custom_id, item }]
        })
        if (ours.length > 0) batches.push({ id, requests: ours })
      }
      const charges = (yield* emulator.bill).flatMap(({ batchId, customId, params }) =>
        batchId === undefined || customId === undefined || itemOf(params) === -1
          ? []
          : [{ batchId, customId, item: itemOf(params) }]
      )
      return { scenario, outcomes, batches, charges, results, claims, log }
    }).pipe(Effect.provide(layer), Effect.provideService(Clock.Clock, auto.clock))
  })

/** The answer, whose connection breaks in the middle of the body. */
const cut = (request: HttpClientRequest.HttpClientRequest, response: HttpClientResponse.HttpClientResponse) =>
  Effect.map(response.text, (text) => {
    const bytes = new TextEncoder().encode(text.slice(0, Math.floor(text.length / 2)))
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytes),
      pull: (controller) => controller.error(Object.assign(new Error("ECONNRESET"), { code: "ECONNRESET" }))
    })
    return HttpClientResponse.fromWeb(
      request,
      new Response(body, { status: response.status, headers: response.headers })
    )
  })

const failure = (request: HttpClientRequest.HttpClientRequest, code: string) =>
  new HttpClientError.HttpClientError({
    reason: new HttpClientError.TransportError({ request, cause: Object.assign(new Error(code), { code }) })
  })

/** A client between which and the server calls get lost, are refused, or are carried out late. */
const chaoticClient = (options: {
  readonly server: HttpClient.HttpClient
  readonly random: Random
  readonly tick: Tick
  readonly say: (text: string) => void
  readonly isDead: () => boolean
  readonly clock: Clock.Clock
}): HttpClient.HttpClient => {
  const { clock, random, say, server, tick } = options
  const outage = { calls: 0 }
  return HttpClient.make((request) => {
    const isCreate = request.method === "POST" && request.url.endsWith("/v1/messages/batches")
    const name = `${request.method} ${request.url.slice(request.url.indexOf("/v1"))}`
    const answer = (status: number, type: string) =>
      HttpClientResponse.fromWeb(
        request,
        new Response(JSON.stringify({ type: "error", error: { type, message: "scripted" } }), { status })
      )
    const send = Effect.uninterruptible(server.execute(request))
    const lost = Effect.fail(failure(request, "ECONNRESET"))
    const late = (millis: number) =>
      Effect.sleep(millis).pipe(
        Effect.andThen(send),
        Effect.provideService(Clock.Clock, clock),
        Effect.ignore,
        Effect.forkDetach
      )
    const chosen = (): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> => {
      if (!isCreate) {
        // Listings fail several times in a row, so that their repetitions do, too.
        if (/batches(\?|$)/.test(request.url) && request.method === "GET") {
          if (outage.calls === 0 && random.chance(0.15)) outage.calls = random.int(3, 7)
          if (outage.calls > 0) {
            outage.calls -= 1
            return lost
          }
        }
        if (request.url.endsWith("/results") && random.chance(0.1))
          return Effect.flatMap(send, (whole) => cut(request, whole))
        if (random.chance(0.04)) return Effect.sync(() => answer(529, "overloaded_error"))
        if (random.chance(0.03)) return lost
        return send
      }
      const choice = random.next()
      if (choice < 0.6) return send
      if (choice < 0.68) {
        say("create: carried out, answer lost")
        return Effect.andThen(send, lost)
      }
      if (choice < 0.74) {
        say("create: lost on the way")
        return lost
      }
      if (choice < 0.8) {
        const millis = random.int(1_000, 70_000)
        say(`create: carried out ${millis} ms later, answer lost`)
        return Effect.andThen(late(millis), random.chance(0.5) ? lost : Effect.sync(() => answer(500, "api_error")))
      }
      if (choice < 0.84) {
        say("create: 500, not carried out")
        return Effect.sync(() => answer(500, "api_error"))
      }
      if (choice < 0.88) {
        say("create: carried out, unreadable answer")
        return Effect.map(send, () => HttpClientResponse.fromWeb(request, new Response("{}", { status: 200 })))
      }
      if (choice < 0.92) return Effect.sync(() => answer(429, "rate_limit_error"))
      if (choice < 0.96) return Effect.sync(() => answer(529, "overloaded_error"))
      return Effect.fail(failure(request, "ECONNREFUSED"))
    }
    return tick(name, Effect.suspend(chosen))
  })
}

/** What is wrong with a history, if anything. */
export const check = ({ batches, charges, claims, outcomes, results, scenario }: History): ReadonlyArray<string> => {
  const wrong: Array<string> = []
  const byPosition = new Map<number, Array<BatchRun.Outcome<Item>>>()
  for (const outcome of outcomes) {
    byPosition.set(outcome.position, [...(byPosition.get(outcome.position) ?? []), outcome])
  }
  const seen = new Map<string, string>()
  for (const { id, requests } of batches) {
    for (const { customId } of requests) {
      const before = seen.get(customId)
      if (before !== undefined) wrong.push(`${customId} was sent in ${before} and in ${id}`)
      seen.set(customId, id)
    }
  }
  scenario.items.forEach((item, index) => {
    const all = byPosition.get(index) ?? []
    const [outcome] = all
    if (all.length !== 1 || outcome === undefined) {
      wrong.push(`${item.id} has ${all.length} outcomes`)
      return
    }
    if (outcome._tag === "Succeeded" && Messages.text(outcome.message) !== item.id) {
      wrong.push(`${item.id} has the answer ${Messages.text(outcome.message)}`)
    }
    if (outcome.id !== item.id) wrong.push(`${item.id} has the outcome of ${outcome.id}`)
    const sent = batches.flatMap(({ requests }) => requests.filter((request) => request.item === index))
    if (sent.length > scenario.retries + 1) wrong.push(`${item.id} was sent ${sent.length} times`)
    const made = sent.map(({ customId }) => results.get(customId))
    made.slice(0, -1).forEach((result) => {
      if (result === "ok" || result === "permanent") wrong.push(`${item.id} was sent again after ${result}`)
    })
    const expected = {
      ok: "Succeeded",
      transient: "Errored",
      permanent: "Errored",
      expired: "Expired",
      absent: "Missing"
    }
    const last = made.at(-1)
    const isLost = claims > 0 && outcome.attempts > sent.length && outcome.attempts <= scenario.retries + 1
    if (isLost && outcome._tag === "Missing") return
    if (last === undefined) wrong.push(`${item.id} was not sent, and ended as ${outcome._tag}`)
    else if (expected[last] !== outcome._tag) wrong.push(`${item.id} ended as ${outcome._tag} after ${last}`)
    const mayPass = last === "transient" || last === "expired" || last === "absent"
    if (mayPass && outcome.attempts <= scenario.retries) wrong.push(`${item.id} was not sent again after ${last}`)
    if (outcome.attempts !== sent.length && !isLost) {
      wrong.push(`${item.id} was sent ${sent.length} times and says ${outcome.attempts}`)
    }
    const charged = charges.filter((charge) => charge.item === index).length
    const chargeable = made.filter((result) => result === "ok" || result === "absent").length
    if (charged !== chargeable) wrong.push(`${item.id} was charged ${charged} times, and answered ${chargeable} times`)
  })
  return wrong
}
