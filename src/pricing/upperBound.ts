// Computes the most that a request can cost, before it is sent. The bound includes everything that may be billed, or fails
// with a typed error that names what is missing.
import * as BigDecimal from "effect/BigDecimal"
import type * as DateTime from "effect/DateTime"
import { dual } from "effect/Function"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { freeCodeExecution } from "../facts/tokens.ts"
import type { MessageParams } from "../schema/MessageParams.ts"
import type { PriceBook } from "./book.ts"
import { type Cost, type CostItem, costOf, tokenItems, toolItem } from "./cost.ts"
import { CostError, InvalidUsageError, UnboundedCostError } from "./errors.ts"
import { inputBound } from "./inputBound.ts"
import { cardOf, type Priced, pricesUpTo, type TokenKind, toolPrice } from "./lookup.ts"

/**
 * What is known about the size of a request, in addition to its parameters.
 *
 * @category options
 * @since 0.1.0
 */
export interface RequestSize {
  /**
   * The most tokens of input, for example from `Messages.countTokens`. If tools run on the server, pass the sum of all model
   * calls, which no count returns. Default: one token for each byte of text.
   */
  readonly inputTokens?: number | undefined
  /** The most tokens of output. Default: `max_tokens`. */
  readonly outputTokens?: number | undefined
  /** The length of the parameters as JSON in bytes, if it is known. It only saves time. */
  readonly bytes?: number | undefined
  /** The most uses of server tools, by counter: `{ web_search_requests: 5 }`. Default: their `max_uses`. */
  readonly toolUses?: { readonly [counter: string]: number } | undefined
  /** The billed container hours of code execution. Default: 0 if the request has web tools from 20260209 on. */
  readonly codeExecutionHours?: number | undefined
}

/**
 * Options of `upperBound`.
 *
 * @category options
 * @since 0.1.0
 */
export interface UpperBoundOptions extends RequestSize {
  /** The day of the call. */
  readonly at: DateTime.DateTime
  /** Whether the call is part of a batch. Default: false. */
  readonly batch?: boolean | undefined
  /** The default region of the workspace, for requests without `inference_geo`. Default: `global`. */
  readonly inferenceGeo?: string | undefined
  /** Default: the published prices. */
  readonly book?: PriceBook | undefined
}

/**
 * The errors of `upperBound`.
 *
 * @category errors
 * @since 0.1.0
 */
export type UpperBoundError = CostError | UnboundedCostError

/**
 * The schema of `UpperBoundError`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const UpperBoundError: Schema.Codec<UpperBoundError, unknown> = Schema.Union([CostError, UnboundedCostError])

type Prices = Pick<UpperBoundOptions, "at" | "book">

/** The most of each quantity of a request that is billed. */
export interface Bound {
  readonly input: number
  readonly output: number
  /** The kinds that the input can be billed as. The one with the highest price is used. */
  readonly inputKinds: ReadonlyArray<TokenKind>
  readonly uses: ReadonlyArray<readonly [counter: string, quantity: number]>
}

const inputKinds = {
  none: ["input"],
  "5m": ["input", "cacheWrite5m"],
  "1h": ["input", "cacheWrite5m", "cacheWrite1h"]
} as const

const countOf = (field: string, value: unknown): Result.Result<number, InvalidUsageError> =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0
    ? Result.succeed(value)
    : Result.fail(new InvalidUsageError({ field, description: `${String(value)} is not a count` }))

const unbounded = (path: string, description: string, option?: UnboundedCostError["option"]) =>
  Result.fail(new UnboundedCostError({ path, option, description }))

/** Fails if other model calls than the request itself are billed. */
const checkCalls = (params: MessageParams): Result.Result<void, UnboundedCostError> => {
  const fallbacks: unknown = Predicate.hasProperty(params, "fallbacks") ? params.fallbacks : undefined
  const compaction: unknown = Predicate.hasProperty(params, "compaction") ? params.compaction : undefined
  const management = Predicate.hasProperty(params, "context_management") ? params.context_management : undefined
  if (fallbacks !== undefined && fallbacks !== null) {
    return unbounded("fallbacks", "calls of other models are billed at their own price")
  }
  const isCompacted = "a compaction is billed as a call of its own"
  if (compaction !== undefined && compaction !== null) return unbounded("compaction", isCompacted)
  const edits: unknown = Predicate.hasProperty(management, "edits") ? management.edits : undefined
  for (const [index, edit] of Array.isArray(edits) ? edits.entries() : []) {
    const type: unknown = Predicate.hasProperty(edit, "type") ? edit.type : undefined
    if (typeof type === "string" && type.startsWith("compact")) {
      return unbounded(`context_management.edits[${index}]`, isCompacted)
    }
  }
  return Result.void
}

const webTool = /^(web_search|web_fetch)_(\d{8})$/

/** The most uses of the tools of a request, and the hours of their containers. */
const usesOf = (
  params: MessageParams,
  size: RequestSize,
  prices: Prices
): Result.Result<Bound["uses"], UpperBoundError> =>
  Result.gen(function* () {
    const uses = new Map<string, number>()
    for (const [counter, quantity] of Object.entries(size.toolUses ?? {})) {
      uses.set(counter, yield* countOf(`toolUses.${counter}`, quantity))
    }
    const counted = new Set(uses.keys())
    let isCodeFree = false
    let code: string | undefined
    const tools: unknown = params.tools
    for (const [index, tool] of Array.isArray(tools) ? tools.entries() : []) {
      const path = `tools[${index}]`
      const raw: unknown = Predicate.hasProperty(tool, "raw") ? tool.raw : tool
      const type: unknown = Predicate.hasProperty(raw, "type") ? raw.type : undefined
      if (typeof type !== "string") continue
      if (type.startsWith("advisor_")) {
        return yield* unbounded(path, "calls of the advisor are billed at the price of another model")
      }
      if (type.startsWith("code_execution_")) code ??= path
      const [, name, version = ""] = webTool.exec(type) ?? []
      if (name === undefined) continue
      isCodeFree ||= version >= freeCodeExecution.version
      const counter = `${name}_requests`
      if (counted.has(counter)) continue
      const price = yield* toolPrice(counter, { ...prices, model: params.model })
      if (BigDecimal.isZero(price)) continue
      const maxUses: unknown = Predicate.hasProperty(raw, "max_uses") ? raw.max_uses : undefined
      if (maxUses === undefined || maxUses === null) {
        return yield* unbounded(path, "each use is billed and max_uses is missing", "toolUses")
      }
      uses.set(counter, (uses.get(counter) ?? 0) + (yield* countOf(`${path}.max_uses`, maxUses)))
    }
    const { container } = params
    if (container !== undefined && container !== null) code ??= "container"
    const hours = size.codeExecutionHours ?? (code === undefined || isCodeFree ? 0 : undefined)
    if (hours === undefined) {
      return yield* unbounded(code ?? "tools", "the hours of its container are billed", "codeExecutionHours")
    }
    if (!(Number.isFinite(hours) && hours >= 0)) {
      const description = `${hours} is not a number of hours`
      return yield* Result.fail(new InvalidUsageError({ field: "codeExecutionHours", description }))
    }
    if (hours > 0) uses.set("code_execution_hours", hours)
    return [...uses]
  })

const mayUse = ({ container, tools }: MessageParams, { codeExecutionHours, toolUses }: RequestSize): boolean =>
  tools !== undefined ||
  (container ?? undefined) !== undefined ||
  toolUses !== undefined ||
  codeExecutionHours !== undefined

/** Reads the most that is billed for a request. */
export const boundOf = (
  params: MessageParams,
  size: RequestSize,
  prices: Prices
): Result.Result<Bound, UpperBoundError> => {
  const calls = checkCalls(params)
  if (Result.isFailure(calls)) return Result.fail(calls.failure)
  const { added, cache, unbounded: place } = inputBound(params)
  if (size.inputTokens === undefined && place !== undefined) {
    return unbounded(place, "the tokens of its input are not bounded by its bytes", "inputTokens")
  }
  const bytes = size.bytes ?? new TextEncoder().encode(JSON.stringify(params)).byteLength
  const input = countOf("inputTokens", size.inputTokens ?? bytes + added)
  if (Result.isFailure(input)) return Result.fail(input.failure)
  const output = countOf("outputTokens", size.outputTokens ?? params.max_tokens)
  if (Result.isFailure(output)) return Result.fail(output.failure)
  return Result.map(mayUse(params, size) ? usesOf(params, size, prices) : Result.succeed([]), (uses) => ({
    input: input.success,
    output: output.success,
    inputKinds: inputKinds[cache ?? "none"],
    uses
  }))
}

/** The highest amount for the tokens of a bound, as an integer of `amountScale`. */
export const dearest = (
  bound: Bound,
  prices: ReadonlyArray<Priced>
): { readonly amount: bigint; readonly kind: TokenKind; readonly priced: Priced | undefined } => {
  let best: { amount: bigint; kind: TokenKind; priced: Priced | undefined } = {
    amount: -1n,
    kind: "input",
    priced: undefined
  }
  for (const priced of prices) {
    const output = priced.perToken.output * BigInt(bound.output)
    for (const kind of bound.inputKinds) {
      const amount = priced.perToken[kind] * BigInt(bound.input) + output
      if (amount > best.amount) best = { amount, kind, priced }
    }
  }
  return best
}

/**
 * Computes the most that a request can cost: all its input at the highest price that its `cache_control` allows,
 * `max_tokens` of output, and the uses of server tools.
 *
 * Without `inputTokens`, text is bounded by its bytes. Fails with `UnboundedCostError` if a bound needs a number that the
 * parameters do not have:
 *
 * - images, documents, files and server tools need `inputTokens`
 * - a web search without `max_uses` needs `toolUses`
 * - code execution needs `codeExecutionHours`
 *
 * Advisors, fallbacks and compactions have no bound.
 *
 * @category getters
 * @since 0.1.0
 */
export const upperBound: {
  (options: UpperBoundOptions): (params: MessageParams) => Result.Result<Cost, UpperBoundError>
  (params: MessageParams, options: UpperBoundOptions): Result.Result<Cost, UpperBoundError>
} = dual(
  2,
  (params: MessageParams, options: UpperBoundOptions): Result.Result<Cost, UpperBoundError> =>
    Result.gen(function* () {
      const { model } = params
      const bound = yield* boundOf(params, options, options)
      const card = yield* cardOf(model, {
        at: options.at,
        batch: options.batch,
        speed: params.speed,
        inferenceGeo: params.inference_geo ?? options.inferenceGeo,
        book: options.book
      })
      const { kind, priced } = dearest(bound, yield* pricesUpTo(card, bound.input))
      const none = { input: 0, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0 }
      const items: Array<CostItem> =
        priced === undefined ? [] : [...tokenItems(priced, { ...none, [kind]: bound.input, output: bound.output })]
      for (const [counter, quantity] of bound.uses) {
        if (quantity > 0) items.push(yield* toolItem({ ...options, model }, counter, quantity))
      }
      return costOf(items)
    })
)
