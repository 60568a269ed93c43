// Computes what a run would send, and sends nothing: chunks, bytes, tokens, price, objections, caveats.
import type * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { SeenIds } from "../hash/seen.ts"
import * as Pricing from "../Pricing.ts"
import { makeNonce, sizeOf } from "../run/ids.ts"
import { requestOf } from "../run/slot.ts"
import { ChunkWriter } from "../run/write.ts"
import type { Config } from "./config.ts"

/**
 * Items with the same issue.
 *
 * @category models
 * @since 0.1.0
 */
export interface Objection {
  readonly path: string
  readonly description: string
  readonly count: number
  /** The first item with it. */
  readonly id: string
  readonly position: number
}

/**
 * What a run would do.
 *
 * @category models
 * @since 0.1.0
 */
export interface Plan {
  readonly items: number
  /** Items that would be sent. */
  readonly requests: number
  readonly duplicates: number
  readonly refused: number
  /** The batches. Their sizes vary from run to run by a tenth. */
  readonly chunks: ReadonlyArray<{ readonly requests: number; readonly bytes: number }>
  readonly bytes: number
  readonly models: { readonly [model: string]: number }
  /** The most output tokens of the answers, by `max_tokens`. */
  readonly maxOutputTokens: number
  /**
   * The price in USD. `atLeast` is an estimate: one token for each 8 bytes of input, and one token of output.
   * `atMost` is what a budget would reserve. `unbounded` requests are in neither.
   */
  readonly cost: {
    readonly atLeast: BigDecimal.BigDecimal
    readonly atMost: BigDecimal.BigDecimal
    readonly unbounded: number
    readonly unpriced: number
  }
  readonly objections: ReadonlyArray<Objection>
  /** What to know before the start. */
  readonly caveats: ReadonlyArray<string>
}

const caveats = [
  "The answers of a batch can be read when all of it has ended. Most batches end within an hour. After 24 hours the rest expires.",
  "Results are kept for 29 days after a batch is created. Run again before that, because they are lost afterwards.",
  "A model that is retired before its batch is processed makes its requests fail."
]

/** The most objections that a plan keeps. */
const maxObjections = 100

const bytesPerToken = 8

export const planOf = <A, B, ES, RS, E, R>(
  items: Stream.Stream<A, ES, RS>,
  config: Config<A, B, E, R>
): Effect.Effect<Plan, ES, RS> =>
  Effect.gen(function* () {
    const at = yield* DateTime.now
    const book = yield* Pricing.PriceBook
    const meter = Pricing.meter({ at, batch: true, book })
    const nonce = makeNonce()
    const seen = new SeenIds()
    const chunks: Array<{ requests: number; bytes: number }> = []
    const objections = new Map<string, { -readonly [Key in keyof Objection]: Objection[Key] }>()
    const models: Record<string, number> = {}
    const counts = { items: 0, requests: 0, duplicates: 0, refused: 0, maxOutputTokens: 0, unbounded: 0, unpriced: 0 }
    let atLeast = 0n
    let atMost = 0n
    let bytes = 0

    const begin = () => {
      const number = chunks.length
      return new ChunkWriter<A, B>(nonce, number, {
        maxRequests: sizeOf(config.chunkItems, nonce, number),
        fullAt: config.chunkBytes,
        check: config.check
      })
    }
    let writer = begin()
    const end = () => {
      if (writer.count === 0) return
      chunks.push({ requests: writer.count, bytes: writer.bytes })
      bytes += writer.bytes
      writer = begin()
    }

    const object = (issues: ReadonlyArray<{ path: string; description: string }>, id: string, position: number) => {
      counts.refused += 1
      for (const { description, path } of issues) {
        const key = `${path}\n${description}`
        const known = objections.get(key)
        if (known !== undefined) known.count += 1
        else if (objections.size < maxObjections) objections.set(key, { path, description, count: 1, id, position })
      }
    }

    yield* Stream.runForEach(items, (item) =>
      Effect.suspend(() => {
        const position = counts.items
        counts.items += 1
        const requested = requestOf(config.request, config.prepare, item)
        if (requested._tag === "Refused") return Effect.sync(() => object(requested.issues, requested.id, position))
        const { id, params } = requested
        if (!seen.add(id)) {
          counts.duplicates += 1
          return Effect.void
        }
        const slot = { item, id, position, attempts: 0, last: undefined }
        const before = writer.bytes
        let addition = writer.add(slot, params)
        if (addition._tag === "Full") {
          end()
          addition = writer.add(slot, params)
        }
        if (addition._tag !== "Added") {
          return Effect.sync(() => object(addition._tag === "Refused" ? addition.issues : [], id, position))
        }
        counts.requests += 1
        counts.maxOutputTokens += params.max_tokens
        models[params.model] = (models[params.model] ?? 0) + 1
        const size = config.budget?.size?.(item)
        const most = meter.upperBound(params, size)
        const guess = Math.ceil(Math.max(1, writer.bytes - before) / bytesPerToken)
        const least = meter.upperBound(params, { inputTokens: guess, ...size, outputTokens: 1 })
        if (Result.isFailure(most)) {
          if (most.failure._tag === "UnboundedCostError") counts.unbounded += 1
          else counts.unpriced += 1
        } else {
          atMost += most.success
          if (Result.isSuccess(least)) atLeast += least.success < most.success ? least.success : most.success
        }
        return writer.pause
      })
    )
    end()
    const { unbounded, unpriced, ...rest } = counts
    return {
      ...rest,
      chunks,
      bytes,
      models,
      cost: { atLeast: Pricing.toUsd(atLeast), atMost: Pricing.toUsd(atMost), unbounded, unpriced },
      objections: [...objections.values()].sort((a, b) => b.count - a.count),
      caveats
    }
  })
