// Reads a usage: what is billed, at the price of which model, and what has no price. Every counter is considered. An unknown
// counter is a failure, because it may be billed.
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { type CostError, InvalidUsageError, UnknownPriceError } from "./errors.ts"
import type { TokenKind } from "./lookup.ts"

/**
 * The token counts of one model call. A count that is null or absent is 0.
 *
 * @category models
 * @since 0.1.0
 */
export interface TokenCounts {
  readonly input_tokens?: number | null | undefined
  readonly output_tokens?: number | null | undefined
  readonly cache_creation_input_tokens?: number | null | undefined
  readonly cache_read_input_tokens?: number | null | undefined
  /** `cache_creation_input_tokens` by time to live: `{ ephemeral_5m_input_tokens, ephemeral_1h_input_tokens }`. */
  readonly cache_creation?: object | null | undefined
}

/**
 * One entry of `usage.iterations`: a separate model call within one answer.
 *
 * @category models
 * @since 0.1.0
 */
export interface UsageIteration extends TokenCounts {
  /** `message`, `compaction`, `advisor_message` or `fallback_message`. */
  readonly type?: string | undefined
  /** The model of the call. Default: the model of the answer. */
  readonly model?: string | null | undefined
}

/**
 * Token counts as `message.usage` has them. A field that is null or absent is 0.
 *
 * @category models
 * @since 0.1.0
 */
export interface Usage extends TokenCounts {
  readonly input_tokens: number
  readonly output_tokens: number
  /** A breakdown of `output_tokens`. It is not billed in addition. */
  readonly output_tokens_details?: object | null | undefined
  /** The model calls of the answer (beta). If there are any, only they are billed. */
  readonly iterations?: ReadonlyArray<UsageIteration> | null | undefined
  /** How often each server tool was used. */
  readonly server_tool_use?: object | null | undefined
  readonly service_tier?: string | null | undefined
  readonly inference_geo?: string | null | undefined
  readonly speed?: string | null | undefined
  /** The state of a fallback credit (beta). */
  readonly fallback_credit?: object | null | undefined
}

/** Token counts by kind of price. */
export type Counts = Readonly<Record<TokenKind, number>>

/** The tokens of one model call. */
export interface Call {
  readonly type: string
  readonly model: string
  readonly counts: Counts
  /** Whether it is free. A refusal before any output can be. */
  readonly isFree: boolean
}

/** The billed parts of a usage. */
export interface Billed {
  readonly calls: ReadonlyArray<Call>
  /** Counters of server tools that are not 0. */
  readonly tools: ReadonlyArray<readonly [counter: string, quantity: number]>
  /** Whether the usage says that the call was part of a batch. */
  readonly batch: boolean
  readonly speed: string | null | undefined
  readonly inferenceGeo: string | null | undefined
  /** Whether code was executed in a container, by the usage. */
  readonly ranCode: boolean
}

/** Facts that a usage does not contain. */
export interface UsageContext {
  readonly model: string
  /** The kind of cache writes without a time to live in the usage. */
  readonly cacheWrites?: "5m" | "1h" | undefined
}

export const promptTokens = (counts: Counts): number =>
  counts.input + counts.cacheWrite5m + counts.cacheWrite1h + counts.cacheRead

/** Fields of a usage and of its iterations that are read here. */
const countFields: ReadonlyArray<string> = [
  "input_tokens",
  "output_tokens",
  "cache_creation_input_tokens",
  "cache_read_input_tokens",
  "cache_creation"
]
const knownOfCall = new Set([...countFields, "type", "model"])
const knownOfUsage = new Set([
  ...countFields,
  "output_tokens_details",
  "iterations",
  "server_tool_use",
  "service_tier",
  "inference_geo",
  "speed",
  "fallback_credit"
])

/** Iterations whose tokens are also in the counts of the usage itself. */
const inTotals = new Set(["message", "fallback_message"])
/** Iterations whose tokens are not in these counts. */
const besideTotals = new Set(["compaction", "advisor_message"])

const isCount = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0

/** The path of the first number in a value that is not 0. */
const counterIn = (value: unknown, path: string): string | undefined => {
  if (typeof value === "number") return value === 0 ? undefined : path
  if (typeof value !== "object" || value === null) return undefined
  for (const [name, field] of Object.entries(value)) {
    const found = counterIn(field, `${path}.${name}`)
    if (found !== undefined) return found
  }
  return undefined
}

/** Reads one usage. The first problem is kept. The numbers that are read after it are not used. */
class Reader {
  problem: CostError | undefined
  readonly context: UsageContext

  constructor(context: UsageContext) {
    this.context = context
  }

  invalid(field: string, description: string): void {
    this.problem ??= new InvalidUsageError({ field, description })
  }

  unknown(reason: UnknownPriceError["reason"], description: string): void {
    this.problem ??= new UnknownPriceError({ model: this.context.model, reason, description })
  }

  count(field: string, value: unknown): number {
    if (isCount(value)) return value
    this.invalid(field, `${String(value)} is not a count`)
    return 0
  }

  optional(field: string, value: unknown): number {
    return value === undefined || value === null ? 0 : this.count(field, value)
  }

  /** Fails if an unknown field counts something. */
  rest(value: object, known: ReadonlySet<string>, path: string): void {
    if (Object.keys(value).every((name) => known.has(name))) return
    for (const [name, field] of Object.entries(value)) {
      const counter = known.has(name) ? undefined : counterIn(field, `${path}${name}`)
      if (counter !== undefined) {
        this.unknown("usage", `usage.${counter} counts something that this version does not know`)
      }
    }
  }

  cacheWrites(tokens: TokenCounts, path: string): readonly [fiveMinutes: number, oneHour: number] {
    const field = `${path}cache_creation_input_tokens`
    const total = this.optional(field, tokens.cache_creation_input_tokens)
    let fiveMinutes = 0
    let oneHour = 0
    for (const [name, value] of Object.entries(tokens.cache_creation ?? {})) {
      const count = this.optional(`${path}cache_creation.${name}`, value)
      if (name === "ephemeral_5m_input_tokens") fiveMinutes = count
      else if (name === "ephemeral_1h_input_tokens") oneHour = count
      else if (count > 0) this.unknown("cacheWrite", `the kind ${name} of cache writes has no price`)
    }
    const told = fiveMinutes + oneHour
    if (total === told || typeof tokens.cache_creation_input_tokens !== "number") return [fiveMinutes, oneHour]
    if (told > 0) {
      this.invalid(field, `${total} is not the sum of cache_creation, which is ${told}`)
    } else if (this.context.cacheWrites === undefined) {
      this.unknown("cacheWrite", `${total} cache writes have no time to live; pass the option cacheWrites`)
    }
    return this.context.cacheWrites === "1h" ? [0, total] : [total, 0]
  }

  counts(tokens: TokenCounts, path: string): Counts {
    const [cacheWrite5m, cacheWrite1h] = this.cacheWrites(tokens, path)
    return {
      input: this.optional(`${path}input_tokens`, tokens.input_tokens),
      cacheWrite5m,
      cacheWrite1h,
      cacheRead: this.optional(`${path}cache_read_input_tokens`, tokens.cache_read_input_tokens),
      output: this.optional(`${path}output_tokens`, tokens.output_tokens)
    }
  }

  /** The model of an iteration. After a fallback, an iteration without a model may be of either one. */
  modelOf(iteration: UsageIteration, path: string, isFallback: boolean): string {
    const { model, type } = iteration
    if (typeof model === "string") return model
    if (type === "advisor_message" || (isFallback && type !== "fallback_message")) {
      this.unknown("model", `usage.${path}model is missing, and more than one model answered`)
    }
    return this.context.model
  }

  /** The iterations, and whether they account for the counts of the usage itself. */
  iterations(usage: Usage, iterations: ReadonlyArray<UsageIteration>): ReadonlyArray<Call> {
    const calls: Array<Call> = []
    const sum = { input: 0, output: 0, written: 0, read: 0 }
    const isFallback = iterations.some((iteration) => iteration?.type === "fallback_message")
    for (const [index, iteration] of iterations.entries()) {
      const path = `iterations[${index}].`
      if (typeof iteration !== "object" || iteration === null) {
        this.invalid(path.slice(0, -1), "it is not an object")
        continue
      }
      const type = String(iteration.type)
      const counts = this.counts(iteration, path)
      this.rest(iteration, knownOfCall, path)
      if (inTotals.has(type)) {
        sum.input += counts.input
        sum.output += counts.output
        sum.written += counts.cacheWrite5m + counts.cacheWrite1h
        sum.read += counts.cacheRead
      } else if (!besideTotals.has(type) && counterIn(counts, "") !== undefined) {
        this.unknown("usage", `usage.${path}type is "${type}", which this version does not know`)
      }
      calls.push({ type, model: this.modelOf(iteration, path, isFallback), counts, isFree: false })
    }
    // The counts of the usage may be less than the sum, because some are those of the first iteration only.
    this.atMost("input_tokens", usage.input_tokens, sum.input)
    this.atMost("output_tokens", usage.output_tokens, sum.output)
    this.atMost("cache_creation_input_tokens", usage.cache_creation_input_tokens, sum.written)
    this.atMost("cache_read_input_tokens", usage.cache_read_input_tokens, sum.read)
    return calls
  }

  atMost(field: string, value: unknown, sum: number): void {
    const total = this.optional(field, value)
    if (total > sum) this.invalid(field, `${total} is more than the ${sum} of the iterations`)
  }

  tools(usage: Usage): Billed["tools"] {
    const tools: Array<readonly [string, number]> = []
    for (const [counter, value] of Object.entries(usage.server_tool_use ?? {})) {
      const quantity = this.optional(`server_tool_use.${counter}`, value)
      if (quantity > 0) tools.push([counter, quantity])
    }
    return tools
  }

  details(usage: Usage): void {
    for (const [name, part] of Object.entries(usage.output_tokens_details ?? {})) {
      if (typeof part !== "number") continue
      const field = `output_tokens_details.${name}`
      if (this.count(field, part) > usage.output_tokens) {
        this.invalid(field, `${part} is more than output_tokens, which is ${usage.output_tokens}`)
      }
    }
  }

  credit(usage: Usage): void {
    const { fallback_credit: credit } = usage
    const status = Predicate.hasProperty(credit, "status") ? credit.status : undefined
    const outcome = Predicate.hasProperty(status, "type") ? status.type : undefined
    if (outcome !== undefined && outcome !== "not_applied") {
      this.unknown("credit", `a fallback credit is ${String(outcome)}, so less is billed than the counts say`)
    }
  }

  read(usage: Usage): Billed {
    const tier = usage.service_tier ?? "standard"
    if (tier !== "standard" && tier !== "batch") this.unknown("serviceTier", `none is published for the tier "${tier}"`)
    this.count("input_tokens", usage.input_tokens)
    this.count("output_tokens", usage.output_tokens)
    const iterations: unknown = usage.iterations ?? []
    let calls: ReadonlyArray<Call> = []
    if (!Array.isArray(iterations)) this.invalid("iterations", "it is not an array")
    else if (iterations.length > 0) calls = this.iterations(usage, iterations)
    else calls = [{ type: "message", model: this.context.model, counts: this.counts(usage, ""), isFree: false }]
    this.details(usage)
    this.credit(usage)
    this.rest(usage, knownOfUsage, "")
    const tools = this.tools(usage)
    return {
      calls,
      tools,
      batch: tier === "batch",
      speed: usage.speed,
      inferenceGeo: usage.inference_geo,
      ranCode: tools.some(([counter]) => counter === "code_execution_requests")
    }
  }
}

/** Reads the billed parts of a usage. */
export const readUsage = (usage: Usage, context: UsageContext): Result.Result<Billed, CostError> => {
  const reader = new Reader(context)
  const billed = reader.read(usage)
  return reader.problem === undefined ? Result.succeed(billed) : Result.fail(reader.problem)
}
