import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import type * as HttpClient from "effect/http/HttpClient"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Batches from "effect-anthropic/Batches"
import * as Models from "effect-anthropic/Models"
import type { AnthropicEmulator } from "effect-anthropic/testing"
import { Emulator, eventually, Fault } from "../support/emulator.ts"
import { answering, empty, fakeClient, json, using } from "../support/fakeClient.ts"
import { model, requests } from "../support/fixtures.ts"
import { rawServer } from "../support/rawServer.ts"
import { served } from "../support/served.ts"

const retrieve = Models.retrieve("claude-haiku-5-5")

describe("an interruption or a timeout closes the connection to the server", () => {
  const closes = (
    name: string,
    fault: AnthropicEmulator.Fault.Fault,
    operation: Effect.Effect<unknown, unknown, HttpClient.HttpClient>
  ) =>
    it.live(name, () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator
        yield* emulator.fault(fault)
        const fiber = yield* Effect.forkChild(operation)
        const last = Effect.map(emulator.requests, (log) => log.at(-1))
        yield* eventually(last, (record) => record !== undefined)
        // Long enough for the first bytes of a body to come; the fault lets no more come before the interruption.
        yield* Effect.sleep("50 millis")
        yield* Fiber.interrupt(fiber)
        const record = yield* eventually(last, (record) => record?.closedEarly === true)
        assert.isTrue(record?.closedEarly)
        assert.lengthOf(yield* emulator.requests, 1)
      }).pipe(Effect.provide(served()))
    )

  closes("before the headers of a GET", Fault.stallBeforeHeaders(), retrieve)
  closes("before the headers of a create", Fault.stallBeforeHeaders(), Batches.create(requests(3)))
  closes("in the body", Fault.stall(20), retrieve)
  closes("in the body of an error", { ...Fault.stall(20), name: "error" }, Models.retrieve("nothing"))
  closes("in a page of a listing", Fault.stall(20), Stream.runDrain(Models.list()))
  closes("with Effect.timeout", Fault.stallBeforeHeaders(), retrieve.pipe(Effect.timeout("200 millis"), Effect.ignore))
  closes(
    "with the response timeout",
    Fault.stallBeforeHeaders(),
    retrieve.pipe(Anthropic.withSettings({ responseTimeout: "200 millis", retry: { maxRetries: 0 } }), Effect.ignore)
  )
  closes(
    "with the idle timeout",
    Fault.stall(20),
    retrieve.pipe(Anthropic.withSettings({ idleTimeout: "200 millis", retry: { maxRetries: 0 } }), Effect.ignore)
  )

  it.live("during an upload", () =>
    Effect.gen(function* () {
      let received = 0
      let isComplete = false
      let isClosed = false
      const baseUrl = yield* rawServer((request) => {
        request.on("data", (chunk: Buffer) => {
          received += chunk.length
          // Read slowly, so that the upload takes seconds.
          request.pause()
          setTimeout(() => request.resume(), 5)
        })
        request.on("end", () => {
          isComplete = true
        })
        request.on("close", () => {
          isClosed = true
        })
      })
      const layer = Layer.merge(FetchHttpClient.layer, Anthropic.layer({ apiKey: "k", baseUrl }))
      const fiber = yield* Effect.forkChild(Effect.provide(Batches.create(requests(40_000, 1000)), layer))
      yield* eventually(
        Effect.sync(() => received),
        (bytes) => bytes > 0
      )
      yield* Fiber.interrupt(fiber)
      yield* eventually(
        Effect.sync(() => isClosed),
        (value) => value
      )
      assert.isFalse(isComplete)
    })
  )
})

describe("an interruption", () => {
  const interruptedAt = Effect.fnUntraced(function* (
    fake: ReturnType<typeof fakeClient>,
    after: "500 millis" | "5 seconds"
  ) {
    const fiber = yield* Effect.forkChild(Models.retrieve("m").pipe(using(fake)))
    yield* TestClock.adjust(after)
    yield* Fiber.interrupt(fiber)
    yield* TestClock.adjust("1 hour")
    return fake.requests.length
  })

  it.effect("is followed by no other request", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* interruptedAt(answering(Effect.never), "5 seconds"), 1)
      assert.strictEqual(yield* interruptedAt(answering(empty(429, { "retry-after": "30" })), "5 seconds"), 1)
      const slow = Effect.delay(Effect.succeed(json(model)), "10 seconds")
      assert.strictEqual(yield* interruptedAt(answering(slow), "5 seconds"), 1)
    })
  )

  it.live("is followed by no other request over a socket when it comes in the wait before a retry", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.fault(Fault.status(529))
      const fiber = yield* Effect.forkChild(retrieve)
      yield* eventually(emulator.requests, (log) => log[0]?.status === 529)
      yield* Effect.sleep("20 millis")
      yield* Fiber.interrupt(fiber)
      yield* Effect.sleep("200 millis")
      assert.lengthOf(yield* emulator.requests, 1)
    }).pipe(Effect.provide(served({}, { retry: { initialDelay: "60 millis" } })))
  )

  it.effect("closes the body of an answer", () =>
    Effect.gen(function* () {
      let closed = 0
      const stalled = Stream.concat(Stream.make(new Uint8Array([123])), Stream.never).pipe(
        Stream.ensuring(
          Effect.sync(() => {
            closed += 1
          })
        )
      )
      for (const status of [200, 302, 500]) {
        const answer = HttpServerResponse.stream(stalled, { status, headers: { location: "/a" } })
        yield* interruptedAt(answering(answer), "500 millis")
      }
      assert.strictEqual(closed, 3)
    })
  )

  /** How many bodies of two are closed: one of the web, and one of another client. */
  const observed = Effect.fnUntraced(function* (
    status: number,
    observe: Effect.Effect<void>,
    leave: (fiber: Fiber.Fiber<unknown, unknown>) => Effect.Effect<unknown>
  ) {
    let closed = 0
    const onClose = (): void => {
      closed += 1
    }
    const answers = [
      Effect.sync(() => new Response(new ReadableStream({ cancel: onClose }), { status })),
      HttpServerResponse.stream(Stream.ensuring(Stream.never, Effect.sync(onClose)), { status })
    ]
    for (const answer of answers) {
      const call = Models.retrieve("m").pipe(using(answering(answer)))
      const fiber = yield* Effect.forkChild(Effect.provideService(call, Anthropic.OnResponse, () => observe))
      yield* Effect.repeat(Effect.yieldNow, { times: 100 })
      yield* leave(fiber)
    }
    return closed
  })

  it.effect("closes the body of an answer while an observer still handles its head", () =>
    Effect.gen(function* () {
      for (const status of [200, 302, 500]) {
        assert.strictEqual(yield* observed(status, Effect.never, Fiber.interrupt), 2)
      }
    })
  )

  it.effect("of a call by a defect of its observer closes the body of the answer", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* observed(200, Effect.die("the caller's own mistake"), Fiber.await), 2)
    })
  )

  it.effect("ends an upload", () =>
    Effect.gen(function* () {
      let pieces = 0
      const fake = fakeClient((sent) =>
        Effect.andThen(
          Stream.runForEach(sent.pieces, () =>
            Effect.suspend(() => {
              pieces += 1
              return Effect.sleep("1 second")
            })
          ),
          Effect.never
        )
      )
      const fiber = yield* Effect.forkChild(Batches.create(requests(2000, 1000)).pipe(using(fake)))
      yield* Effect.repeat(Effect.yieldNow, { times: 100 })
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.interrupt(fiber)
      const before = pieces
      yield* TestClock.adjust("1 hour")
      assert.isAbove(before, 1)
      assert.strictEqual(pieces, before)
    })
  )
})

/** Runs a program of this directory in a process of its own: how it ended, what it said, and how long it took. */
const run = (file: string) =>
  Effect.callback<{ readonly code: number | null; readonly output: string; readonly millis: number }>((resume) => {
    const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
    const started = Date.now()
    const child = spawn(process.execPath, [path("../../scripts/run.mjs"), path(file)])
    let output = ""
    const read = (chunk: Buffer): void => {
      output += chunk.toString()
    }
    child.stdout.on("data", read)
    child.stderr.on("data", read)
    child.on("close", (code) => resume(Effect.succeed({ code, output, millis: Date.now() - started })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

it.live(
  "a process that interrupted its calls ends by itself",
  () =>
    Effect.gen(function* () {
      const { code, output } = yield* Effect.timeout(run("./children/interrupted.ts"), "20 seconds")
      assert.strictEqual(code, 0, output)
      const said = output.trim().split("\n")
      assert.deepStrictEqual(said.slice(0, -1), [
        "before the headers: interrupted, closed",
        "in the body: interrupted, closed",
        "during an upload: interrupted, closed",
        "before a repetition: interrupted, closed"
      ])
      const lingered = Number(said.at(-1)?.replace("lingered ", ""))
      assert.isAtMost(lingered, 3000)
    }),
  30_000
)

it.live(
  "a runtime whose fetch takes no streams still sends the body",
  () =>
    Effect.gen(function* () {
      const { code, output } = yield* Effect.timeout(run("./children/noStreams.ts"), "20 seconds")
      assert.strictEqual(code, 0, output)
      assert.strictEqual(output.trim(), "300 requests arrived")
    }),
  30_000
)
