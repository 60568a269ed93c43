// Fetch as the transport needs it: redirects are returned as responses, and a streamed body of known length keeps its
// length. No stream that is made here ever fails, because a failed stream without a reader would end the process.
import { isNode, StreamBlob, watchConnections } from "./node.ts"

type Bytes = Uint8Array<ArrayBuffer>

/** A body of up to this many bytes is collected before it is sent, so that a custom fetch may clone the request. */
const collectedBytes = 1024 * 1024

/**
 * A stream whose `tee` keeps no copy: of its two streams, the one that is read first has the bytes, and a read of the other
 * fails. Node's fetch sends a copy of every body, in case a redirect needs it again, and would otherwise hold all of it in
 * memory.
 *
 * If the source fails, `onFailure` is called and the stream emits nothing more.
 */
const withoutCopy = (source: ReadableStream<Bytes>, onFailure: (cause: unknown) => void): ReadableStream<Bytes> => {
  let reader: ReadableStreamDefaultReader<Bytes> | undefined
  const branch = (): ReadableStream<Bytes> => {
    let own: typeof reader
    const next = async (controller: ReadableStreamDefaultController<Bytes>): Promise<void> => {
      if (reader === undefined) {
        own = source.getReader()
        reader = own
      }
      if (own === undefined) return controller.error(new Error("the body was read already"))
      const { done, value } = await own.read()
      if (done) controller.close()
      else controller.enqueue(value)
    }
    return new ReadableStream<Bytes>(
      {
        pull: (controller) =>
          next(controller).catch((cause) => {
            onFailure(cause)
            return new Promise<never>(() => {})
          }),
        cancel: (reason) => own?.cancel(reason).catch(() => {})
      },
      { highWaterMark: 0 }
    )
  }
  return Object.assign(branch(), { tee: () => [branch(), branch()] })
}

const toBody = async (
  source: ReadableStream<Bytes>,
  length: number | undefined,
  onFailure: (cause: unknown) => void
): Promise<BodyInit> => {
  if (length !== undefined && (length <= collectedBytes || !isNode())) return new Response(source).blob()
  const stream = withoutCopy(source, onFailure)
  return length === undefined ? stream : new StreamBlob(stream, length)
}

/**
 * Wraps a fetch. `length` is that of a streamed body, in bytes. `describe` makes the error of a rejection, which is written
 * to the span of the client. On runtimes other than Node a body of known length is sent as a real blob, which holds it in
 * memory.
 */
export const wrapFetch =
  (length: number | undefined, describe: (cause: unknown) => Error) =>
  (fetch: typeof globalThis.fetch): typeof globalThis.fetch =>
  async (input, init) => {
    const options: RequestInit = { ...init, redirect: "manual" }
    watchConnections()
    try {
      if (options.body instanceof ReadableStream) {
        // The body cannot fail, so a failure of its source ends the call instead.
        const broken = new AbortController()
        options.signal = AbortSignal.any([broken.signal, ...(init?.signal ? [init.signal] : [])])
        options.body = await toBody(options.body, length, (cause) => broken.abort(cause))
      }
      return await fetch(input, options)
    } catch (cause) {
      throw describe(cause)
    }
  }
