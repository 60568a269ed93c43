// One random history of a run: several lives of one program against a server that does everything that servers do. A life
// may end or freeze at any step, and somebody else may start the run, cancel it, or take it up with other items or keys.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as Stream from "effect/Stream"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as BatchRun from "effect-anthropic/BatchRun"
import * as Journal from "effect-anthropic/Journal"
import * as Messages from "effect-anthropic/Messages"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { type AutoClock, makeAutoClock } from "./autoClock.ts"
import { chaoticClient } from "./chaos.ts"
import { makeDisk } from "./disk.ts"
import type { History, Told } from "./model.ts"
import { makeProcess, type Process } from "./process.ts"
import { Random } from "./random.ts"
import { type Item, itemOf, type Made, requestOf, type Scenario, start, worst } from "./scenario.ts"
import { serverOf } from "./server.ts"

const { Emulator } = AnthropicEmulator

const minute = 60_000
const path = "outcomes.jsonl"

const tellOutcome = (outcome: BatchRun.Outcome<Item>): Told => ({
  position: outcome.position,
  id: outcome.id,
  outcome: outcome._tag,
  reason: "reason" in outcome ? (outcome.reason ?? undefined) : undefined,
  attempts: outcome.attempts,
  text: outcome._tag === "Succeeded" ? Messages.text(outcome.message) : undefined
})

const tellLine = (line: string): Told => JSON.parse(line)

const linesOf = (text: string): ReadonlyArray<string> => text.split("\n").slice(0, -1)

/** The positions of packed ranges. */
const unpacked = (ranges: ReadonlyArray<number>): ReadonlyArray<number> => {
  const positions: Array<number> = []
  let next = 0
  for (let i = 0; i < ranges.length; i += 2) {
    next += ranges[i] ?? 0
    for (let k = 0; k < (ranges[i + 1] ?? 0); k++) positions.push(next++)
  }
  return positions
}

/** Whether a journal knows of a chunk whose items have to stay as they are. */
const hasPlan = (lines: ReadonlyArray<string>): boolean => {
  const chunks = new Set<number>()
  for (const line of lines.filter((line) => line.endsWith("}"))) {
    const { chunk, entry } = JSON.parse(line)
    if (entry === "intent") chunks.add(chunk)
    if (entry === "void") chunks.delete(chunk)
  }
  return chunks.size > 0
}

const tagOf = (exit: Exit.Exit<unknown, unknown>): string =>
  exit._tag === "Success" ? "Success" : (/"_tag":"(\w+Error)"/.exec(JSON.stringify(exit.cause))?.[1] ?? "defect")

/** How many days of its time a history may take. */
const longest = 20

/** How many times the guard may look while the time of a history stands still. */
const standstill = 300

/**
 * Waits until a history takes too long or stands still, and then dies of what it waits for. Looks are counted, and not the
 * time, because a machine that is busy may be slow: each is a turn of the event loop.
 */
const guard = (scenario: Scenario, auto: AutoClock, log: ReadonlyArray<string>): Effect.Effect<never> =>
  Effect.callback<never>((resume) => {
    let [time, looks] = [auto.now(), 0]
    const timer = setInterval(() => {
      if (auto.now() !== time) [time, looks] = [auto.now(), 0]
      looks += 1
      const days = (time - start) / (24 * 60 * minute)
      if (days < longest && looks < standstill) return
      const what = `seed ${scenario.seed} does not end, ${days.toFixed(1)} days after its start`
      resume(Effect.die(new Error(`${what}\nasleep: ${auto.asleep()}\n${log.slice(-12).join("\n")}`)))
    }, 100)
    return Effect.sync(() => clearInterval(timer))
  })

/** Runs one history to its end. One that does not come to it dies. */
export const play = (scenario: Scenario): Effect.Effect<History> => {
  const auto = makeAutoClock(start)
  const log: Array<string> = []
  return Effect.forkDetach(playOut(scenario, auto, log)).pipe(
    Effect.flatMap((history) => Effect.raceFirst(Fiber.join(history), guard(scenario, auto, log))),
    Effect.ensuring(Effect.sync(auto.stop))
  )
}

const playOut = (scenario: Scenario, auto: AutoClock, log: Array<string>): Effect.Effect<History> =>
  Effect.gen(function* () {
    const random = new Random(scenario.seed * 7 + 3)
    const wrong: Array<string> = []
    const results = new Map<string, Made>()
    const planned = new Map<number, ReadonlyArray<number>>()
    const pending = { count: 0 }
    let claims = 0
    let canceledAt: number | undefined
    let refusedAt: number | undefined
    const say = (text: string) => log.push(`${((auto.now() - start) / 1000).toFixed(0)} ${text}`)

    const isOwner = (process: Process) => process.owner === disk.owners.length
    const disk = makeDisk((process, what, text) => {
      if (what === "journal" && text.includes('"isCertain":false')) claims += 1
      if (process.isLate) {
        say(`a line comes late: ${text}`)
        return
      }
      if (!isOwner(process)) wrong.push(`${what} was written by an owner that was taken over: ${text}`)
      if (what === "file") return
      const entry = JSON.parse(text)
      if (entry.entry === "intent") planned.set(entry.chunk, unpacked(entry.positions))
      if (entry.entry !== "settled" || scenario.sink === "stream") return
      const kept = new Set(linesOf(disk.flushed(path)).map((line) => tellLine(line).position))
      const again = new Set(unpacked(entry.again))
      const lost = (planned.get(entry.chunk) ?? []).filter((position) => !kept.has(position) && !again.has(position))
      if (lost.length > 0) wrong.push(`chunk ${entry.chunk} was settled before ${lost.join(", ")} were on the disk`)
    })

    /** A program that runs the items in a process, and gives what it told. */
    const programOf = (process: Process, client: HttpClient.HttpClient, items: ReadonlyArray<Item>, apiKey: string) => {
      const options: BatchRun.UntypedOptions<Item> = {
        id: "history",
        request: (item) => requestOf(item, item.id, item.id.slice(5)),
        chunk: { items: scenario.chunkItems },
        window: { batches: scenario.windowBatches },
        retry: { times: scenario.retries },
        pollEvery: "15 minutes",
        ...(scenario.room === undefined ? {} : { budget: { limit: scenario.room * worst } }),
        onEvent: (event) =>
          Effect.sync(() => {
            say(JSON.stringify(event, (_, value) => (typeof value === "bigint" ? `${value}` : value)))
          })
      }
      const run =
        scenario.sink === "stream"
          ? Effect.map(Stream.runCollect(BatchRun.run(items, options)), (outcomes) => outcomes.map(tellOutcome))
          : Effect.map(
              BatchRun.toFile(items, path, {
                ...options,
                line: (outcome) => ({ attempts: outcome.attempts, text: tellOutcome(outcome).text })
              }),
              () => linesOf(disk.text(path)).map(tellLine)
            )
      return run.pipe(
        Effect.provide(
          Layer.mergeAll(
            Layer.succeed(HttpClient.HttpClient, client),
            Layer.succeed(FileSystem.FileSystem, disk.files(process)),
            Layer.succeed(Journal.Journal, disk.journal(process)),
            Anthropic.layer({ apiKey, retry: { initialDelay: 1, maxDelay: 1 } })
          )
        )
      )
    }

    return yield* Effect.gen(function* () {
      const server = yield* HttpClient.HttpClient
      const emulator = yield* Emulator
      const frozen: Array<{ readonly process: Process; readonly fiber: Fiber.Fiber<unknown, unknown> }> = []
      let told: ReadonlyArray<Told> = []
      let toldLater: ReadonlyArray<Told> | undefined

      const chaosOf = (process: Process) =>
        chaoticClient({
          server,
          random,
          process,
          say,
          clock: auto.clock,
          isVeryLate: scenario.isVeryLate,
          pending,
          isMisleading: scenario.isMisleading,
          onChange: (name) => {
            const now = auto.now()
            if (!isOwner(process)) wrong.push(`${name} was sent by an owner that was taken over`)
            if (!name.endsWith("/batches")) return
            if (canceledAt !== undefined && now > canceledAt + 1_000)
              wrong.push(`${name} was sent after the run was canceled`)
            if (refusedAt !== undefined && now < refusedAt + 900) wrong.push(`${name} was repeated without a pause`)
            refusedAt = undefined
          },
          onRefused: () => {
            refusedAt = auto.now()
          }
        })

      /** A process that is told nothing of, and neither dies nor freezes. */
      const bystander = () => makeProcess({ end: undefined, say, tears: () => false })

      /** Takes the run up in a way that has to be refused before anything is sent. */
      const intrude = Effect.fnUntraced(function* (items: ReadonlyArray<Item>, apiKey: string, refusal: string) {
        const process = bystander()
        let changes = 0
        const client = HttpClient.tapRequest(server, ({ method }) =>
          Effect.sync(() => {
            if (method !== "GET") changes += 1
          })
        )
        const exit = yield* Effect.exit(programOf(process, client, items, apiKey))
        say(`an intruder ends with ${tagOf(exit)}`)
        if (tagOf(exit) !== refusal || changes > 0) {
          wrong.push(`expected ${refusal}, and the run ended with ${tagOf(exit)} after ${changes} calls`)
        }
      })

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
        Effect.forkDetach
      )

      for (let life = 0; ; life++) {
        const end = scenario.ends[life]
        let offset = random.pick(0, 0, random.int(-50_000, 50_000))
        say(`life ${life}, clock wrong by ${offset}, ${end?.how} at ${end?.step}`)
        const process = makeProcess({ end, say, tears: () => random.chance(0.3) })
        const clock = auto.ofProcess(() => offset, process.state)
        const fiber = yield* programOf(process, chaosOf(process), scenario.items, "sk-ant-test-1234").pipe(
          Effect.provideService(Clock.Clock, clock),
          Effect.forkDetach
        )
        const opened = Effect.gen(function* () {
          while (process.owner === undefined) yield* Effect.sleep("1 second")
        })
        // Who was frozen wakes some time after another has taken the run over.
        for (const one of frozen) {
          const after = random.int(0, 60 * minute)
          yield* Effect.forkDetach(
            Effect.andThen(
              opened,
              Effect.andThen(
                Effect.sleep(after),
                Effect.sync(() => one.process.wake())
              )
            )
          )
        }
        // The clock is set, and the machine sleeps for a while, in the middle of a life.
        if (random.chance(0.2)) {
          const [after, to, sleeps] = [
            random.int(1_000, 20 * minute),
            random.int(-50_000, 50_000),
            random.pick(0, 0, 10 * minute, 30 * 60 * minute)
          ]
          yield* Effect.forkDetach(
            Effect.delay(
              Effect.gen(function* () {
                // The server does not sleep with the machine: what it still has to carry out comes first.
                while (pending.count > 0) yield* Effect.sleep("1 second")
                say(`the clock is wrong by ${to} from now on, and ${sleeps} ms pass at once`)
                offset = to
                auto.jump(sleeps)
              }),
              after
            )
          )
        }
        if (end === undefined && scenario.visit === "cancels") {
          yield* opened.pipe(
            Effect.andThen(Effect.sleep(random.int(0, 30 * minute))),
            Effect.andThen(
              Effect.sync(() => {
                say("somebody cancels the run")
                canceledAt = auto.now()
              })
            ),
            Effect.andThen(BatchRun.cancel("history")),
            Effect.provide(
              Layer.merge(
                Layer.succeed(Journal.Journal, disk.journal(bystander())),
                Anthropic.layer({ apiKey: "sk-ant-test-1234" })
              )
            ),
            Effect.ignore,
            Effect.forkDetach
          )
        }
        if (end === undefined && scenario.visit === "starts it, too") {
          const newcomer = bystander()
          yield* opened.pipe(
            Effect.andThen(Effect.sleep(random.int(0, 30 * minute))),
            Effect.andThen(Effect.exit(programOf(newcomer, server, scenario.items, "sk-ant-test-1234"))),
            Effect.tap((exit) =>
              Effect.sync(() => {
                say(`a newcomer ends with ${tagOf(exit)}`)
                // It has owned the run after everybody else, and gone on with what had no room before.
                if (exit._tag === "Success") toldLater = exit.value
              })
            ),
            Effect.forkDetach
          )
        }
        yield* Effect.raceFirst(Fiber.await(fiber), process.ended)
        if (process.state() !== "runs") {
          if (process.state() === "frozen") frozen.push({ process, fiber })
          // A process that is killed runs no finalizers: what it would still do never ends.
          else {
            yield* Effect.forkDetach(Fiber.interrupt(fiber))
            if (random.chance(0.2)) disk.losePower()
          }
          auto.jump(random.pick(0, 5_000, 4 * minute, 60 * minute, 26 * 60 * minute))
          const isPlanned = hasPlan(disk.owners.flat())
          if (isPlanned && random.chance(0.15)) {
            yield* intrude(scenario.items, "sk-ant-test-5678", "WorkspaceMismatchError")
          }
          const [first, ...others] = scenario.items
          if (isPlanned && first !== undefined && others.length > 0 && random.chance(0.15)) {
            yield* intrude([...others, first], "sk-ant-test-1234", "ItemsChangedError")
          }
          continue
        }
        const exit = yield* Fiber.await(fiber)
        if (exit._tag === "Success") told = exit.value
        else wrong.push(`the run failed: ${JSON.stringify(exit.cause)}`)
        break
      }

      yield* Fiber.join(twin)
      for (const { fiber, process } of frozen) {
        // It may have had nothing left to do, or be out of patience with its last call; what it must not do was looked at.
        process.wake()
        const exit = yield* Fiber.await(fiber)
        say(`an owner that was taken over ends with ${tagOf(exit)}`)
        if (tagOf(exit) === "defect") wrong.push("an owner that was taken over died of a defect")
      }
      // What late owners have written does not keep anybody from reading the journal.
      const journal = disk.journal(bystander())
      const status = yield* Effect.exit(Effect.provideService(BatchRun.status("history"), Journal.Journal, journal))
      if (status._tag === "Failure") wrong.push(`the journal cannot be read any more: ${JSON.stringify(status.cause)}`)
      // What was accepted late has been accepted by then.
      yield* Effect.sleep("26 hours")
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
      return { scenario, told: toldLater ?? told, batches, charges, results, claims, wrong, log }
    }).pipe(
      Effect.provide(AnthropicEmulator.layer(serverOf({ scenario, random, clock: auto.clock, results }))),
      Effect.provideService(Clock.Clock, auto.clock),
      Effect.provideService(References.MinimumLogLevel, "None")
    )
  })
