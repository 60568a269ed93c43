// Effect's cluster engine over one message store in memory, which outlives the "processes" of a test.
// A process that crashes stops as it stands: its store answers no more, its calls go nowhere, its clock wakes nobody.
// A frozen one continues when it is woken. The process that was started last has all locks.
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as ClusterError from "effect/cluster/ClusterError"
import * as ClusterWorkflowEngine from "effect/cluster/ClusterWorkflowEngine"
import * as MessageStorage from "effect/cluster/MessageStorage"
import * as RunnerHealth from "effect/cluster/RunnerHealth"
import * as RunnerStorage from "effect/cluster/RunnerStorage"
import * as Runners from "effect/cluster/Runners"
import * as Sharding from "effect/cluster/Sharding"
import * as ShardingConfig from "effect/cluster/ShardingConfig"
import * as Snowflake from "effect/cluster/Snowflake"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import type * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as PatientStorage from "../../../examples/durable/support/patientStorage.ts"
import * as ReturnedClaims from "../../../examples/durable/support/returnedClaims.ts"
import type { AutoClock } from "../../run/support/autoClock.ts"

/** Where a process may crash: before or after a call of the API, before a result is kept, and after it is. */
export type Point = "before" | "after" | "kept" | "stored"

/** A call of the API, a result that is stored, as JSON, or messages that are read, as JSON. */
export type Event = { readonly call: string } | { readonly stored: string } | { readonly read: string }

export interface Process {
  /** Runs an effect as part of the process. */
  readonly run: <A, E>(effect: Effect.Effect<A, E, WorkflowEngine.WorkflowEngine>) => Effect.Effect<A, E>
  readonly crash: () => void
  readonly isDead: () => boolean
  /** Waits until the process is frozen. */
  readonly frozen: Effect.Effect<void>
  readonly wake: () => void
}

export interface Cluster {
  /**
   * Starts a process with its share of the work. `crashAt` is asked at each point, with the method and the path of the call
   * for `before` and `after`.
   */
  readonly start: (
    work: Layer.Layer<never, never, WorkflowEngine.WorkflowEngine | HttpClient.HttpClient>,
    options?: {
      readonly crashAt?: (point: Point, call: string) => boolean
      /** Asked after each event. It freezes the process, once. */
      readonly freezeAt?: (event: Event) => boolean
      readonly settings?: Anthropic.Options
    }
  ) => Effect.Effect<Process, never, HttpClient.HttpClient>
  /** Takes the store away from all processes, or gives it back. */
  readonly setDown: (isDown: boolean) => void
  /** Reads the messages that are due and does nothing with them, as a process does that wakes without its locks. */
  readonly readInVain: Effect.Effect<void>
  /** How many messages the store holds. */
  readonly messages: () => number
  /** Everything that the store holds, as JSON. */
  readonly kept: () => string
}

export const makeCluster = (auto: AutoClock): Effect.Effect<Cluster> =>
  Effect.gen(function* () {
    const driver = yield* MessageStorage.MemoryDriver.make.pipe(Effect.provide(Snowflake.layerGenerator))
    let isDown = false
    let owner = 0
    /** Fails while the store is away. */
    const reached = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | ClusterError.PersistenceError, R> =>
      Effect.suspend(
        (): Effect.Effect<A, E | ClusterError.PersistenceError, R> =>
          isDown ? Effect.fail(new ClusterError.PersistenceError({ cause: "the store is away" })) : effect
      )

    const start: Cluster["start"] = Effect.fnUntraced(function* (
      work,
      { crashAt = () => false, freezeAt = () => false, settings = {} } = {}
    ) {
      const server = yield* HttpClient.HttpClient
      let isDead = false
      const isFrozen = yield* Deferred.make<void>()
      const woken = yield* Deferred.make<void>()
      const state = () => {
        if (isDead) return "dead"
        return Deferred.isDoneUnsafe(isFrozen) && !Deferred.isDoneUnsafe(woken) ? "frozen" : "runs"
      }
      /** Waits while the process is frozen. */
      const gate = Effect.suspend(() => (state() === "frozen" ? Deferred.await(woken) : Effect.void))
      const freeze = (event: Event) =>
        Effect.suspend(() => {
          if (!Deferred.isDoneUnsafe(isFrozen) && freezeAt(event)) Deferred.doneUnsafe(isFrozen, Effect.void)
          return gate
        })
      let lastCall = ""
      const die = (point: Point, call: string) => {
        if (!isDead && crashAt(point, call)) isDead = true
        return isDead
      }
      const alive = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
        Effect.andThen(
          gate,
          Effect.suspend(() => (isDead ? Effect.never : reached(effect)))
        )
      const client = HttpClient.transform(server, (send, request) => {
        const call = `${request.method} ${new URL(request.url).pathname}`
        const sending = Effect.suspend(() => {
          if (die("before", call)) return Effect.never
          lastCall = call
          return Effect.flatMap(send, (response) =>
            die("after", call) ? Effect.never : Effect.as(freeze({ call }), response)
          )
        })
        return Effect.andThen(gate, sending)
      })
      const { encoded } = driver
      const dying: MessageStorage.Encoded = {
        ...encoded,
        saveEnvelope: (options) => alive(encoded.saveEnvelope(options)),
        saveReply: (reply) => {
          const saving = Effect.suspend(() => {
            if (die("kept", lastCall)) return Effect.never
            return Effect.tap(reached(encoded.saveReply(reply)), () => {
              die("stored", lastCall)
              return freeze({ stored: JSON.stringify(reply) })
            })
          })
          return Effect.andThen(gate, saving)
        },
        clearReplies: (id, options) => alive(encoded.clearReplies(id, options)),
        requestIdForPrimaryKey: (options) => alive(encoded.requestIdForPrimaryKey(options)),
        repliesFor: (ids) => alive(encoded.repliesFor(ids)),
        repliesForUnfiltered: (ids) => alive(encoded.repliesForUnfiltered(ids)),
        unprocessedMessages: (...args) =>
          Effect.tap(alive(encoded.unprocessedMessages(...args)), (messages) =>
            freeze({ read: JSON.stringify(messages) })
          ),
        resetShards: (ids) => alive(encoded.resetShards(ids))
      }
      const storage = Layer.effect(MessageStorage.MessageStorage, MessageStorage.makeEncoded(dying)).pipe(
        Layer.provide(Snowflake.layerGenerator)
      )
      owner += 1
      const self = owner
      const ifOwner = <A, E>(effect: Effect.Effect<ReadonlyArray<A>, E>) =>
        Effect.suspend(() => (self === owner ? Effect.map(effect, (all) => [...all]) : Effect.succeed([])))
      const locks = Layer.effect(
        RunnerStorage.RunnerStorage,
        Effect.map(RunnerStorage.makeMemory, (memory) =>
          RunnerStorage.RunnerStorage.of({
            ...memory,
            acquire: (...args) => ifOwner(memory.acquire(...args)),
            refresh: (...args) => ifOwner(memory.refresh(...args))
          })
        )
      )
      const engine = ClusterWorkflowEngine.layer.pipe(
        Layer.provide(Sharding.layer),
        Layer.provide(Runners.layerNoop),
        Layer.provide(ReturnedClaims.layer("1 minute")),
        Layer.provide(PatientStorage.layer),
        Layer.provide(storage),
        Layer.provide([locks, RunnerHealth.layerNoop]),
        Layer.provide(ShardingConfig.layer({ entityMessagePollInterval: "1 minute" }))
      )
      const layer = work.pipe(
        Layer.provideMerge(Layer.fresh(engine)),
        Layer.provide(Layer.succeed(HttpClient.HttpClient, client)),
        Layer.provide(Anthropic.layer({ apiKey: "sk-ant-test-1234", retry: { initialDelay: 1 }, ...settings }))
      )
      const clock = auto.ofProcess(() => 0, state)
      const context: Context.Context<WorkflowEngine.WorkflowEngine> = yield* Layer.buildWithScope(
        layer,
        Scope.makeUnsafe()
      ).pipe(Effect.provideService(Clock.Clock, clock))
      return {
        run: (effect) => Effect.provideContext(effect, context),
        crash: () => {
          isDead = true
        },
        isDead: () => isDead,
        frozen: Deferred.await(isFrozen),
        wake: () => Deferred.doneUnsafe(woken, Effect.void)
      }
    })

    return {
      start,
      setDown: (value) => {
        isDown = value
      },
      readInVain: Effect.suspend(() => {
        const shards = Arr.makeBy(ShardingConfig.defaults.shardsPerGroup, (index) => `default:${index + 1}`)
        return Effect.orDie(Effect.asVoid(driver.encoded.unprocessedMessages(shards, auto.now())))
      }),
      messages: () => driver.journal.length,
      kept: () => JSON.stringify([driver.journal, [...driver.requests.values()].map(({ replies }) => replies)])
    }
  })
