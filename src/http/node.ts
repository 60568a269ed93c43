// Workarounds for Node's own fetch: a body of known length without a copy of it, and a connection that is closed too early.
// They do nothing on other runtimes.
import * as Predicate from "effect/Predicate"

interface Channels {
  readonly subscribe: (channel: string, onMessage: (message: unknown) => void) => void
}

declare const process: {
  readonly versions?: { readonly [runtime: string]: string | undefined }
  readonly getBuiltinModule?: (name: "node:diagnostics_channel") => Channels
}

/**
 * Whether the runtime is Node. Only its fetch reads `size` and `stream()` of a blob. Other runtimes send the native content,
 * which would be empty.
 */
export const isNode = (): boolean => {
  const versions = "process" in globalThis ? process.versions : undefined
  return versions?.node !== undefined && versions.bun === undefined && versions.deno === undefined
}

interface Socket {
  readonly closed: boolean
  readonly emit: (event: "close") => unknown
}

const isSocket = (value: unknown): value is Socket =>
  Predicate.hasProperty(value, "closed") && Predicate.hasProperty(value, "emit") && typeof value.emit === "function"

let isWatching = false

/**
 * Ends the wait of a call whose connection the server closes right after accepting it.
 *
 * While Node 20 and 22 load their HTTP parser, for the first connections of a process, their fetch does not listen to the
 * socket. It does not notice that such a connection was closed, and the call would wait until the response timeout. Nothing
 * was sent then. When fetch is notified, it connects again.
 */
export const watchConnections = (): void => {
  if (isWatching || !isNode() || process.getBuiltinModule === undefined) return
  isWatching = true
  process.getBuiltinModule("node:diagnostics_channel").subscribe("undici:client:connected", (message) => {
    const socket = Predicate.hasProperty(message, "socket") ? message.socket : undefined
    if (isSocket(socket) && socket.closed) queueMicrotask(() => socket.emit("close"))
  })
}

type Bytes = Uint8Array<ArrayBuffer>

/** A blob whose bytes come from a stream, so that Node's fetch sends a `content-length` without holding the bytes. */
export class StreamBlob extends Blob {
  readonly #stream: ReadableStream<Bytes>
  readonly #size: number

  constructor(stream: ReadableStream<Bytes>, size: number) {
    super([])
    this.#stream = stream
    this.#size = size
  }

  override get size(): number {
    return this.#size
  }

  override stream(): ReadableStream<Bytes> {
    return this.#stream
  }
}
