// The body of a new batch, written request by request up to the limits of one batch.
// `Batches.create` writes one body; a splitter of many requests starts the next body where one is full.
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { RequestRefusedError } from "../AnthropicError.ts"
import { type BatchRequest, maxBytes, maxRequests } from "../BatchRequest.ts"
import { fromPieces, type RequestBody } from "../http/body.ts"
import { encodeRequest } from "../params/check.ts"
import type { Reason } from "../params/json.ts"
import { type Blocks, blockBytes } from "./blocks.ts"

/**
 * The result of adding a request to a writer. Only an added request is part of the body. Paths begin at the request, for
 * example `params.max_tokens`.
 */
export type Addition =
  | { readonly _tag: "Added" }
  | { readonly _tag: "Full" }
  | { readonly _tag: "Refused"; readonly issues: ReadonlyArray<Reason> }

export interface WriterOptions {
  /** The most requests of the body. Default and upper limit: 100 000. */
  readonly maxRequests?: number | undefined
  /** The most bytes of the body. Default and upper limit: 256 000 000. */
  readonly maxBytes?: number | undefined
  /** The bytes above which a body is full, unless it has only one request. Default: `maxBytes`. */
  readonly fullAt?: number | undefined
  /** Whether the caller makes ids that are never repeated, so that they need not be kept. Default: false. */
  readonly hasUniqueIds?: boolean | undefined
  /** Where the blocks of the body come from, and where `release` gives them back. Default: new ones. */
  readonly blocks?: Blocks | undefined
  /** Finds further issues of a request. Runs only on requests that pass the built-in checks. */
  readonly check?: ((request: BatchRequest) => ReadonlyArray<Reason>) | undefined
}

const start = '{"requests":['
const end = "]}"

const encoder = new TextEncoder()

const firstBlockBytes = 16 * 1024

/** The work of checking one request, counted in bytes that are written in the same time. */
const checkCost = 256

const added: Addition = { _tag: "Added" }
const full: Addition = { _tag: "Full" }

/** The length of JSON as UTF-8. `JSON.stringify` writes no lone surrogates, so half of a pair is always two bytes. */
const byteLength = (json: string): number => {
  let bytes = 0
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i)
    if (code < 0x80) bytes += 1
    else if (code < 0x800 || (code >= 0xd800 && code < 0xe000)) bytes += 2
    else bytes += 3
  }
  return bytes
}

/** Whether a request with these issues has a valid id. */
const hasId = (issues: ReadonlyArray<Reason>): boolean =>
  !issues.some(({ path }) => path === "" || path === "custom_id")

/**
 * Writes the body of one batch.
 *
 * The body is kept as blocks of at most 256 KiB, and never exists as one string. It never exceeds its limits: a request that
 * does not fit is not added, and the caller adds it to the next writer. `bytes` and `count` are always exact.
 */
export class BatchWriter {
  readonly #options: WriterOptions
  readonly #maxRequests: number
  readonly #maxBytes: number
  readonly #fullAt: number
  /** The blocks before the current one. Each is full. */
  readonly #blocks: Array<Uint8Array<ArrayBuffer>> = []
  /** The sum of the lengths of these blocks. */
  #blocksBytes = 0
  #block = new Uint8Array(firstBlockBytes)
  #used = 0
  #count = 0
  #seen = 0
  #work = 0
  /** The position of the first request with an id, refused requests included. */
  readonly #firstWithId = new Map<string, number>()

  constructor(options: WriterOptions = {}) {
    this.#options = options
    this.#maxRequests = Math.max(1, Math.min(options.maxRequests ?? maxRequests, maxRequests))
    this.#maxBytes = Math.min(options.maxBytes ?? maxBytes, maxBytes)
    this.#fullAt = Math.min(options.fullAt ?? maxBytes, this.#maxBytes)
    this.#write(start)
  }

  /** The number of requests in the body. */
  get count(): number {
    return this.#count
  }

  /** Whether it has as many requests as it may have. It may be too long for another one before. */
  get isFull(): boolean {
    return this.#count >= this.#maxRequests
  }

  /** The length in bytes of the body that `finish` returns now. */
  get bytes(): number {
    return this.#written + end.length
  }

  get #written(): number {
    return this.#blocksBytes + this.#used
  }

  /**
   * Adds a request, unless the body is full (`Full`) or the request cannot be part of any body (`Refused`). A request that
   * alone exceeds the limit is refused, so an empty writer is never full.
   */
  add(request: BatchRequest): Addition {
    if (this.isFull) return full
    this.#work += checkCost
    const params = encodeRequest(request)
    const issues = this.#issuesOf(request, Result.isSuccess(params) ? [] : params.failure)
    if (Result.isFailure(params) || issues.length > 0) return this.#refuse(request, issues)
    const json = `{"custom_id":"${request.custom_id}","params":${params.success}}`
    if (this.#append(this.#count === 0 ? json : `,${json}`)) {
      this.#count += 1
      this.#claim(request.custom_id)
      return added
    }
    if (start.length + byteLength(json) + end.length <= this.#maxBytes) return full
    const description = `the body would be over ${this.#maxBytes} bytes with this request alone`
    return this.#refuse(request, [{ path: "", description }])
  }

  /** Lets other fibers run if much was written since the last pause. Drivers run it after each `add`. */
  get pause(): Effect.Effect<void> {
    if (this.#work < blockBytes) return Effect.void
    this.#work = 0
    return Effect.yieldNow
  }

  /** What was added so far, as the body that `finish` returns, in pieces of at most 256 KiB. */
  get pieces(): ReadonlyArray<Uint8Array<ArrayBuffer>> {
    return [...this.#blocks, this.#block.subarray(0, this.#used), encoder.encode(end)]
  }

  /** The body with the requests added so far. It does not change when more are added, and is valid until `release`. */
  finish(): RequestBody {
    return fromPieces("application/json", this.pieces, { areLent: this.#options.blocks !== undefined })
  }

  /** Gives the blocks back. Only once no body of this writer will be sent any more. */
  release(): void {
    this.#options.blocks?.give([...this.#blocks, this.#block])
  }

  #issuesOf(request: BatchRequest, known: ReadonlyArray<Reason>): ReadonlyArray<Reason> {
    const issues = known.length > 0 ? known : (this.#options.check?.(request) ?? [])
    const first = hasId(issues) ? this.#firstWithId.get(request.custom_id) : undefined
    if (first === undefined) return issues
    const description = `${JSON.stringify(request.custom_id)} is already the id of requests[${first}]`
    return [...issues, { path: "custom_id", description }]
  }

  #refuse(request: BatchRequest, issues: ReadonlyArray<Reason>): Addition {
    this.#claim(hasId(issues) ? request.custom_id : undefined)
    return { _tag: "Refused", issues }
  }

  #claim(id: string | undefined): void {
    if (id !== undefined && this.#options.hasUniqueIds !== true && !this.#firstWithId.has(id)) {
      this.#firstWithId.set(id, this.#seen)
    }
    this.#seen += 1
  }

  /** Writes a text, or nothing if the body would exceed its limit. */
  #append(text: string): boolean {
    const blocks = this.#blocks.length
    const [block, blocksBytes, used] = [this.#block, this.#blocksBytes, this.#used]
    if (this.#write(text)) return true
    this.#blocks.length = blocks
    this.#block = block
    this.#blocksBytes = blocksBytes
    this.#used = used
    return false
  }

  #nextBlock(): Uint8Array<ArrayBuffer> {
    const length = 2 * this.#block.byteLength
    return length < blockBytes ? new Uint8Array(length) : (this.#options.blocks?.take() ?? new Uint8Array(blockBytes))
  }

  /** Writes a text into blocks, and stops when the body exceeds its limit. */
  #write(text: string): boolean {
    const limit = this.#count === 0 ? this.#maxBytes : this.#fullAt
    let rest = text
    for (;;) {
      const { read, written } = encoder.encodeInto(rest, this.#block.subarray(this.#used))
      this.#used += written
      this.#work += written
      if (this.bytes > limit) return false
      if (read === rest.length) return true
      rest = rest.slice(read)
      this.#blocks.push(this.#block.subarray(0, this.#used))
      this.#blocksBytes += this.#used
      this.#block = this.#nextBlock()
      this.#used = 0
    }
  }
}

/** The most reasons that one error keeps. */
const maxReasons = 100

/**
 * Writes the body of a batch with all the requests, or fails with the issues of every request that the API would refuse.
 */
export const encode = Effect.fnUntraced(function* (
  operation: string,
  requests: Iterable<BatchRequest>,
  checkMore?: WriterOptions["check"]
): Effect.fn.Return<RequestBody, RequestRefusedError> {
  const writer = new BatchWriter({ check: checkMore })
  const reasons: Array<Reason> = []
  let omitted = 0
  const refuse = (path: string, description: string): void => {
    if (reasons.length < maxReasons) reasons.push({ path, description })
    else omitted += 1
  }
  let index = 0
  for (const request of requests) {
    if (index === maxRequests) {
      refuse("requests", `there are more than ${maxRequests} requests`)
      break
    }
    const addition = writer.add(request)
    if (addition._tag === "Full") {
      refuse("requests", `the body would be over ${maxBytes} bytes with requests[${index}]`)
      break
    }
    if (addition._tag === "Refused") {
      const at = `requests[${index}]`
      for (const { path, description } of addition.issues) refuse(path === "" ? at : `${at}.${path}`, description)
    }
    index += 1
    yield* writer.pause
  }
  if (index === 0) refuse("requests", "`requests` is empty")
  if (reasons.length > 0) return yield* new RequestRefusedError({ operation, reasons, omitted })
  return writer.finish()
})
