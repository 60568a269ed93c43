/**
 * What calls cost: a dated book of published prices, and exact decimal arithmetic over the token counts of answers.
 *
 * Everything here is a plain function of its arguments. What is not known (a model, a day, a region, a kind of token) is a
 * typed failure, never zero and never the price of something similar. Amounts are USD; prices are USD per million tokens.
 *
 * @since 0.1.0
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Book from "./facts/PriceBook.ts"
import { defaultBook as publishedPrices } from "./facts/prices.ts"
import { inputBound } from "./pricing/inputBound.ts"
import type { Message } from "./schema/Message.ts"
import type { MessageParams } from "./schema/MessageParams.ts"

/**
 * What one model costs, in a period, at one speed, for prompts of a length: decimals as strings, in USD per million
 * tokens, with the page it was read from and the day of reading.
 *
 * @since 0.1.0
 */
export type PriceRow = Book.PriceRow

/**
 * What one use of a server tool costs beside tokens, in USD.
 *
 * @since 0.1.0
 */
export type ToolRow = Book.ToolRow

/**
 * Dated prices as plain data, which may as well come from a JSON file. Where several rows apply, the last one does.
 *
 * @since 0.1.0
 */
export type PriceBook = Book.PriceBook

/**
 * The published prices as this version knows them. Sources: the rows tell.
 *
 * @since 0.1.0
 */
export const defaultBook: PriceBook = publishedPrices

/**
 * The book has no price for what was asked: `reason` tells what it does not know.
 *
 * @since 0.1.0
 */
export class UnknownPriceError extends Schema.TaggedError<UnknownPriceError>()("UnknownPriceError", {
  model: Schema.String,
  /** `priceBook`: the row that applies holds something that is not a price or a day. */
  reason: Schema.Literals([
    "model",
    "date",
    "promptLength",
    "speed",
    "inferenceGeo",
    "serviceTier",
    "cacheWrite",
    "tool",
    "priceBook"
  ]),
  description: Schema.String
}) {
  readonly isRetryable = false

  override get message(): string {
    return `no price for ${this.model}: ${this.description}`
  }
}

/**
 * A count that cannot be one: negative, not whole, too large to be exact, or at odds with another.
 *
 * @since 0.1.0
 */
export class InvalidUsageError extends Schema.TaggedError<InvalidUsageError>()("InvalidUsageError", {
  /** Where in the usage, for example `cache_creation.ephemeral_5m_input_tokens`. */
  field: Schema.String,
  description: Schema.String
}) {
  readonly isRetryable = false

  override get message(): string {
    return `usage.${this.field}: ${this.description}`
  }
}

/**
 * The size of an input cannot be bounded here, because of what is at `path`: count it with `Messages.countTokens`.
 *
 * @since 0.1.0
 */
export class UnboundedInputError extends Schema.TaggedError<UnboundedInputError>()("UnboundedInputError", {
  path: Schema.String
}) {
  readonly isRetryable = false

  override get message(): string {
    return `${this.path}: its tokens cannot be bounded locally; count the input with Messages.countTokens`
  }
}

/**
 * The price book in force, for programs and for the parts of this package that know no other: the published prices unless
 * a layer says otherwise. The functions of this module are pure and take a book as their option `book`.
 *
 * @since 0.1.0
 */
export const PriceBook: Context.Reference<PriceBook> = Context.Reference<PriceBook>("effect-anthropic/PriceBook", {
  defaultValue: () => defaultBook
})

/**
 * Puts another price book in force, made from the one that is.
 *
 * @example
 * import * as Pricing from "effect-anthropic/Pricing"
 *
 * const negotiated = Pricing.layer((book) =>
 *   Pricing.extend(book, {
 *     rows: [
 *       {
 *         model: "claude-opus-5-5",
 *         from: "2026-11-01",
 *         input: "3.20",
 *         output: "16",
 *         cacheWrite5m: "4",
 *         cacheWrite1h: "6.40",
 *         cacheRead: "0.16",
 *         regions: { us: "1.1" },
 *         source: "contract 17",
 *         read: "2026-11-02"
 *       }
 *     ]
 *   })
 * )
 *
 * @since 0.1.0
 */
export const layer = (change: (current: PriceBook) => PriceBook): Layer.Layer<never> =>
  Layer.effect(PriceBook, Effect.map(PriceBook, change))

/**
 * A book with further rows, which come before the rows it has wherever both apply.
 *
 * @since 0.1.0
 */
export const extend = (
  book: PriceBook,
  more: { readonly rows?: ReadonlyArray<PriceRow>; readonly tools?: ReadonlyArray<ToolRow> }
): PriceBook => ({
  ...book,
  rows: [...book.rows, ...(more.rows ?? [])],
  tools: [...book.tools, ...(more.tools ?? [])]
})

const tokenKinds = ["input", "cacheWrite5m", "cacheWrite1h", "cacheRead", "output"] as const

/**
 * The kinds of tokens that have prices of their own.
 *
 * @since 0.1.0
 */
export type TokenKind = (typeof tokenKinds)[number]

/**
 * Prices in USD per million tokens, with the share of a batch and the factor of a region in them.
 *
 * @since 0.1.0
 */
export interface Price extends Readonly<Record<TokenKind, BigDecimal.BigDecimal>> {
  /** The model's id in the book. */
  readonly model: string
  /** The prices hold for prompts of more tokens than `over` and at most `upTo`, when these are there. */
  readonly promptLength: { readonly over?: number | undefined; readonly upTo?: number | undefined }
  /** The page that states the row, and the day on which it was read. */
  readonly source: string
  readonly read: string
}

/**
 * Which price of a model is asked for.
 *
 * @since 0.1.0
 */
export interface LookupOptions {
  /** The day of the call: prices change. The API does not tell whether a batch pays those of its creation or its end. */
  readonly at: DateTime.DateTime
  /** Whether the call is part of a batch. */
  readonly batch?: boolean | undefined
  /** The length of the prompt in tokens, cached ones included: some models cost more beyond a length. 0 when left out. */
  readonly promptTokens?: number | undefined
  /** `standard` when left out. */
  readonly speed?: string | null | undefined
  /** `usage.inference_geo`; `global` when left out. */
  readonly inferenceGeo?: string | null | undefined
  /** The published prices when left out. */
  readonly book?: PriceBook | undefined
}

const decimal = (text: string): BigDecimal.BigDecimal | undefined =>
  /^\d{1,15}(\.\d{1,15})?$/.test(text) ? BigDecimal.fromStringUnsafe(text) : undefined

/** Epoch milliseconds of a day's begin, in UTC. */
const startOf = (day: string): number => (/^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(day) : Number.NaN)

/** The rows in force at `at`; a malformed day is no day. */
const inForce = <Row extends { readonly from: string; readonly until?: string | undefined }>(
  rows: ReadonlyArray<Row>,
  at: DateTime.DateTime
): ReadonlyArray<Row> => {
  const millis = DateTime.toEpochMillis(at)
  return rows.filter(({ from, until }) => startOf(from) <= millis && (until === undefined || millis < startOf(until)))
}

/** The factor of a region. `not_available` is what models answer that do not take the parameter. */
const regionOf = (row: PriceRow, inferenceGeo: string): string | undefined => {
  if (inferenceGeo === "global" || inferenceGeo === "not_available") return "1"
  const { regions = {} } = row
  return Object.hasOwn(regions, inferenceGeo) ? regions[inferenceGeo] : undefined
}

const readRow = (row: PriceRow, region: string, share: string): Price | undefined => {
  const factor = [decimal(region), decimal(share)]
  const price = (kind: TokenKind): BigDecimal.BigDecimal | undefined => {
    const all = [decimal(row[kind]), ...factor]
    return all.every((one) => one !== undefined) ? BigDecimal.normalize(BigDecimal.multiplyAll(all)) : undefined
  }
  const input = price("input")
  const cacheWrite5m = price("cacheWrite5m")
  const cacheWrite1h = price("cacheWrite1h")
  const cacheRead = price("cacheRead")
  const output = price("output")
  return input === undefined ||
    cacheWrite5m === undefined ||
    cacheWrite1h === undefined ||
    cacheRead === undefined ||
    output === undefined
    ? undefined
    : {
        model: row.model,
        input,
        cacheWrite5m,
        cacheWrite1h,
        cacheRead,
        output,
        promptLength: { over: row.promptOver, upTo: row.promptUpTo },
        source: row.source,
        read: row.read
      }
}

/** Rows that were read already: the results of a large batch ask for the same few again and again. */
const read = new WeakMap<PriceRow, Map<string, Price | undefined>>()

const priceOf = (row: PriceRow, region: string, share: string): Price | undefined => {
  const prices = read.get(row) ?? new Map<string, Price | undefined>()
  const key = `${region} ${share}`
  if (!prices.has(key)) read.set(row, prices.set(key, readRow(row, region, share)))
  return prices.get(key)
}

/**
 * The prices of a model, by its exact id or a documented alias.
 *
 * @example
 * import * as Pricing from "effect-anthropic/Pricing"
 * import * as BigDecimal from "effect/BigDecimal"
 * import * as DateTime from "effect/DateTime"
 * import * as Result from "effect/Result"
 *
 * const at = DateTime.makeUnsafe("2026-11-22")
 * const price = Pricing.lookup("claude-opus-5-5", { at, batch: true })
 * console.log(Result.map(price, ({ output }) => BigDecimal.format(output))) // success("10")
 *
 * @since 0.1.0
 */
export const lookup = (model: string, options: LookupOptions): Result.Result<Price, UnknownPriceError> => {
  const { at, promptTokens = 0, book = defaultBook } = options
  const speed = options.speed ?? "standard"
  const unknown = (reason: UnknownPriceError["reason"], description: string) =>
    Result.fail(new UnknownPriceError({ model, reason, description }))

  const named = book.rows.filter((row) => row.model === model || row.aliases?.includes(model) === true)
  if (named.length === 0) return unknown("model", "the price book does not know it")
  if (options.batch === true && speed !== "standard") return unknown("speed", `a batch takes no speed ("${speed}")`)
  const atSpeed = named.filter((row) => (row.speed ?? "standard") === speed)
  if (atSpeed.length === 0) return unknown("speed", `it has none for the speed "${speed}"`)
  const dated = inForce(atSpeed, at)
  if (dated.length === 0) return unknown("date", `none is in force on ${DateTime.formatIsoDateUtc(at)}`)
  const row = dated.findLast(
    ({ promptOver = -1, promptUpTo = Number.POSITIVE_INFINITY }) =>
      promptOver < promptTokens && promptTokens <= promptUpTo
  )
  if (row === undefined) return unknown("promptLength", `it has none for a prompt of ${promptTokens} tokens`)

  const region = regionOf(row, options.inferenceGeo ?? "global")
  if (region === undefined) return unknown("inferenceGeo", `it has none for the region "${options.inferenceGeo}"`)
  const share = options.batch === true ? book.batch.share : "1"
  const price = priceOf(row, region, share)
  if (price === undefined) return unknown("priceBook", `its row from ${row.from} holds a malformed decimal`)
  return Result.succeed(price)
}

/**
 * Token counts as `message.usage` gives them; what is null or absent counts as none.
 *
 * @since 0.1.0
 */
export interface Usage {
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cache_creation_input_tokens?: number | null | undefined
  readonly cache_read_input_tokens?: number | null | undefined
  /** `cache_creation_input_tokens` by time to live. */
  readonly cache_creation?: { readonly [tokens: string]: unknown } | null | undefined
  readonly server_tool_use?: { readonly [counter: string]: unknown } | null | undefined
  readonly service_tier?: string | null | undefined
  readonly inference_geo?: string | null | undefined
  readonly speed?: string | null | undefined
}

/**
 * What a usage does not tell about its price.
 *
 * @since 0.1.0
 */
export interface CostOptions {
  /** The day of the call. */
  readonly at: DateTime.DateTime
  /** Whether it was part of a batch; when left out, whether `usage.service_tier` is `batch`. */
  readonly batch?: boolean | undefined
  /** What cache writes that are not told apart by time to live were; without it they have no price. */
  readonly cacheWrites?: "5m" | "1h" | undefined
  /**
   * Billed container hours of code execution, which no usage tells; where a usage counts `code_execution_requests`, they
   * have to be given (0 beside the newer web tools, or within the free hours).
   */
  readonly codeExecutionHours?: number | undefined
  /** The published prices when left out. */
  readonly book?: PriceBook | undefined
}

/**
 * One line of a cost: so many of a kind, at a price each (tokens: per million), make an amount in USD.
 *
 * @since 0.1.0
 */
export interface CostItem {
  readonly model: string
  /** A kind of token, or the counter of a server tool. */
  readonly kind: TokenKind | (string & {})
  readonly per: "million tokens" | "use" | "hour"
  readonly quantity: number
  readonly unitPrice: BigDecimal.BigDecimal
  readonly amount: BigDecimal.BigDecimal
}

/**
 * What something costs in USD, exactly, and of what that is made. Nothing is rounded: an invoice may be.
 *
 * @since 0.1.0
 */
export interface Cost {
  readonly total: BigDecimal.BigDecimal
  readonly items: ReadonlyArray<CostItem>
}

/**
 * What `cost` can fail with.
 *
 * @since 0.1.0
 */
export type CostError = UnknownPriceError | InvalidUsageError

const costOf = (items: ReadonlyArray<CostItem>): Cost => ({
  items,
  total: BigDecimal.normalize(BigDecimal.sumAll(items.map(({ amount }) => amount)))
})

const countOf = (field: string, value: unknown): Result.Result<number, InvalidUsageError> =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0
    ? Result.succeed(value)
    : Result.fail(new InvalidUsageError({ field, description: `${String(value)} is not a count` }))

const optionalCount = (field: string, value: unknown): Result.Result<number, InvalidUsageError> =>
  value === null || value === undefined ? Result.succeed(0) : countOf(field, value)

type Counts = Readonly<Record<TokenKind, number>>

/** The tokens of a usage by what they cost. */
const countTokens = (usage: Usage, model: string, unsplit: "5m" | "1h" | undefined): Result.Result<Counts, CostError> =>
  Result.gen(function* () {
    const input = yield* countOf("input_tokens", usage.input_tokens)
    const output = yield* countOf("output_tokens", usage.output_tokens)
    const cacheRead = yield* optionalCount("cache_read_input_tokens", usage.cache_read_input_tokens)
    const written = yield* optionalCount("cache_creation_input_tokens", usage.cache_creation_input_tokens)
    const split = { "5m": 0, "1h": 0 }
    for (const [name, value] of Object.entries(usage.cache_creation ?? {})) {
      const count = yield* optionalCount(`cache_creation.${name}`, value)
      if (name === "ephemeral_5m_input_tokens") split["5m"] = count
      else if (name === "ephemeral_1h_input_tokens") split["1h"] = count
      else if (count > 0) {
        const description = `cache writes of a kind that has none: ${name}`
        return yield* Result.fail(new UnknownPriceError({ model, reason: "cacheWrite", description }))
      }
    }
    const told = split["5m"] + split["1h"]
    if (told === 0 && written > 0) {
      if (unsplit === undefined) {
        const description = `${written} tokens written to the cache, not told for how long: see the option cacheWrites`
        return yield* Result.fail(new UnknownPriceError({ model, reason: "cacheWrite", description }))
      }
      split[unsplit] = written
    } else if (written !== told && typeof usage.cache_creation_input_tokens === "number") {
      const description = `${written} is not the sum of cache_creation, ${told}`
      return yield* Result.fail(new InvalidUsageError({ field: "cache_creation_input_tokens", description }))
    }
    return { input, cacheWrite5m: split["5m"], cacheWrite1h: split["1h"], cacheRead, output }
  })

const promptTokens = (counts: Counts): number =>
  counts.input + counts.cacheWrite5m + counts.cacheWrite1h + counts.cacheRead

const tokenItems = (price: Price, counts: Counts): ReadonlyArray<CostItem> =>
  tokenKinds
    .filter((kind) => counts[kind] > 0)
    .map((kind) => ({
      model: price.model,
      kind,
      per: "million tokens",
      quantity: counts[kind],
      unitPrice: price[kind],
      amount: BigDecimal.multiply(price[kind], BigDecimal.make(BigInt(counts[kind]), 6))
    }))

const toolItem = (
  options: CostOptions & { readonly model: string },
  counter: string,
  quantity: number
): Result.Result<CostItem, CostError> => {
  const { at, book = defaultBook, model } = options
  const row = inForce(book.tools, at).findLast((tool) => tool.counter === counter)
  const unitPrice = row === undefined ? undefined : decimal(row.price)
  if (unitPrice === undefined) {
    const reason = row === undefined ? "tool" : "priceBook"
    const description = `the price book has none for ${counter} on ${DateTime.formatIsoDateUtc(at)}`
    return Result.fail(new UnknownPriceError({ model, reason, description }))
  }
  const amount = BigDecimal.normalize(BigDecimal.multiply(unitPrice, BigDecimal.fromNumberUnsafe(quantity)))
  return Result.succeed({
    model,
    kind: counter,
    per: counter.endsWith("_hours") ? "hour" : "use",
    quantity,
    unitPrice,
    amount
  })
}

/** The server tools of a usage. A batch pays their full price: nothing says otherwise. */
const toolItems = (
  usage: Usage,
  options: CostOptions & { readonly model: string }
): Result.Result<ReadonlyArray<CostItem>, CostError> =>
  Result.gen(function* () {
    const items: Array<CostItem> = []
    const hours = options.codeExecutionHours
    if (hours !== undefined && !(Number.isFinite(hours) && hours >= 0)) {
      const description = `${hours} is not a number of hours`
      return yield* Result.fail(new InvalidUsageError({ field: "codeExecutionHours", description }))
    }
    for (const [counter, value] of Object.entries(usage.server_tool_use ?? {})) {
      const quantity = yield* optionalCount(`server_tool_use.${counter}`, value)
      if (quantity === 0) continue
      // Its containers are billed by the hour, not by the request.
      if (counter === "code_execution_requests" && hours !== undefined) continue
      items.push(yield* toolItem(options, counter, quantity))
    }
    if (hours !== undefined && hours > 0) items.push(yield* toolItem(options, "code_execution_hours", hours))
    return items
  })

/**
 * What one call cost, by its usage.
 *
 * The band of a long prompt, the region, fast mode and the batch come from the usage. Cache writes that are only told in
 * total have no price unless `cacheWrites` says what they were; neither has the tier `priority`, or a counter that the
 * book does not have. Code execution is billed by container time, which no usage tells: see `codeExecutionHours`.
 *
 * @example
 * import * as Pricing from "effect-anthropic/Pricing"
 * import * as DateTime from "effect/DateTime"
 * import * as Result from "effect/Result"
 *
 * const at = DateTime.makeUnsafe("2026-11-22")
 * const cost = Pricing.cost({ input_tokens: 1_200, output_tokens: 300 }, { model: "claude-haiku-5-5", at })
 * console.log(Result.map(cost, ({ total }) => Pricing.formatUsd(total))) // success("0.00027")
 *
 * @since 0.1.0
 */
export const cost = (usage: Usage, options: CostOptions & { readonly model: string }): Result.Result<Cost, CostError> =>
  Result.gen(function* () {
    const { model, at, book } = options
    const tier = usage.service_tier ?? "standard"
    if (tier !== "standard" && tier !== "batch") {
      const description = `none is published for the tier "${tier}"`
      return yield* Result.fail(new UnknownPriceError({ model, reason: "serviceTier", description }))
    }
    const counts = yield* countTokens(usage, model, options.cacheWrites)
    const price = yield* lookup(model, {
      at,
      batch: options.batch ?? tier === "batch",
      promptTokens: promptTokens(counts),
      speed: usage.speed,
      inferenceGeo: usage.inference_geo,
      book
    })
    return costOf([...tokenItems(price, counts), ...(yield* toolItems(usage, options))])
  })

/**
 * What an answer cost: `cost` of its usage, or nothing for a refusal before any output that is not billed (all but some
 * categories, since 2026-06-02).
 *
 * @since 0.1.0
 */
export const messageCost = (
  message: Pick<Message, "model" | "content" | "stop_reason" | "stop_details" | "usage">,
  options: CostOptions
): Result.Result<Cost, CostError> => {
  const isEarlyRefusal = message.stop_reason === "refusal" && message.content.length === 0
  const rule = isEarlyRefusal ? inForce((options.book ?? defaultBook).freeRefusals, options.at).at(-1) : undefined
  const details = message.stop_details
  const category = details?.type === "refusal" ? details.category : undefined
  const full = cost(message.usage, { ...options, model: message.model })
  if (rule === undefined || rule.billed.includes(category ?? "")) return full
  return Result.map(full, () => costOf([]))
}

/**
 * The sum of costs; lines of the same model, kind and price become one.
 *
 * @since 0.1.0
 */
export const sum = (costs: Iterable<Cost>): Cost => {
  const merged = new Map<string, CostItem>()
  for (const { items } of costs) {
    for (const item of items) {
      const key = JSON.stringify([item.model, item.kind, String(item.unitPrice.value), item.unitPrice.scale])
      const before = merged.get(key)
      merged.set(
        key,
        before === undefined
          ? item
          : {
              ...item,
              quantity: before.quantity + item.quantity,
              amount: BigDecimal.sum(before.amount, item.amount)
            }
      )
    }
  }
  return costOf([...merged.values()])
}

/**
 * What may differ in the cost of a request that was not sent yet.
 *
 * @since 0.1.0
 */
export interface UpperBoundOptions {
  readonly at: DateTime.DateTime
  readonly batch?: boolean | undefined
  /** The tokens of the input, from `Messages.countTokens`; when left out, a bound: one token for each byte. */
  readonly inputTokens?: number | undefined
  /** The tokens of the answer that are expected; `max_tokens` when left out. */
  readonly outputTokens?: number | undefined
  readonly book?: PriceBook | undefined
}

/**
 * What a request costs at most: all its input at the dearest price that its `cache_control` allows, and `max_tokens` of
 * output.
 *
 * Without `inputTokens`, text is bounded by its bytes; images, documents, files and server tools cannot be bounded here
 * and fail with `UnboundedInputError`. Uses of server tools are not included, whatever the count.
 *
 * @since 0.1.0
 */
export const upperBound = (
  params: MessageParams,
  options: UpperBoundOptions
): Result.Result<Cost, CostError | UnboundedInputError> =>
  Result.gen(function* () {
    const { model } = params
    const bound = inputBound(params)
    if (options.inputTokens === undefined && bound.unbounded !== undefined) {
      return yield* Result.fail(new UnboundedInputError({ path: bound.unbounded }))
    }
    const tokens = yield* countOf("inputTokens", options.inputTokens ?? bound.tokens)
    const output = yield* countOf("outputTokens", options.outputTokens ?? params.max_tokens)
    const kind = bound.cache === "1h" ? "cacheWrite1h" : bound.cache === "5m" ? "cacheWrite5m" : "input"
    const price = yield* lookup(model, {
      at: options.at,
      batch: options.batch,
      promptTokens: tokens,
      speed: params.speed,
      inferenceGeo: params.inference_geo,
      book: options.book
    })
    const none = { input: 0, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0 }
    return costOf(tokenItems(price, { ...none, [kind]: tokens, output }))
  })

/**
 * What a call cost, and what it would have cost otherwise, in USD.
 *
 * @since 0.1.0
 */
export interface Savings {
  readonly paid: BigDecimal.BigDecimal
  /** What the same call costs outside of a batch, less `paid`. */
  readonly byBatch: BigDecimal.BigDecimal
  /** What the call costs when all its input is uncached, less `paid`; negative where writing cost more than was read. */
  readonly byCache: BigDecimal.BigDecimal
}

/**
 * What batching and the prompt cache saved in one call. Takes what `cost` takes.
 *
 * @since 0.1.0
 */
export const savings = (
  usage: Usage,
  options: CostOptions & { readonly model: string }
): Result.Result<Savings, CostError> =>
  Result.gen(function* () {
    const paid = yield* cost(usage, options)
    const direct = yield* cost(usage, { ...options, batch: false })
    const counts = yield* countTokens(usage, options.model, options.cacheWrites)
    const uncached = yield* cost(
      {
        ...usage,
        input_tokens: promptTokens(counts),
        cache_creation_input_tokens: 0,
        cache_creation: null,
        cache_read_input_tokens: 0
      },
      options
    )
    const less = (other: Cost) => BigDecimal.normalize(BigDecimal.subtract(other.total, paid.total))
    return { paid: paid.total, byBatch: less(direct), byCache: less(uncached) }
  })

/**
 * An amount as plain decimal text: exact, or with so many decimals (half a unit is rounded up in size).
 *
 * @since 0.1.0
 */
export const formatUsd = (amount: BigDecimal.BigDecimal, decimals?: number): string => {
  const scale = decimals ?? Math.max(BigDecimal.normalize(amount).scale, 0)
  const { value } = BigDecimal.scale(BigDecimal.round(amount, { scale, mode: "half-from-zero" }), scale)
  const digits = `${value < 0n ? -value : value}`.padStart(scale + 1, "0")
  const whole = digits.slice(0, digits.length - scale)
  const text = scale === 0 ? whole : `${whole}.${digits.slice(-scale)}`
  return value < 0n ? `-${text}` : text
}
