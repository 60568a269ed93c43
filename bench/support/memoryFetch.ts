// Fetches that answer from memory, the same for both sides.

/** Reads the body of a request to its end, as a fetch that sends it does. */
const readBody = async (body: RequestInit["body"]): Promise<void> => {
  if (body instanceof ReadableStream || body instanceof Blob) await new Response(body).arrayBuffer()
}

/** A fetch that reads the body of a request and answers by its URL. */
export const fetchOf =
  (answer: (url: URL) => Response): typeof globalThis.fetch =>
  async (input, init) => {
    await readBody(init?.body)
    return answer(new URL(input instanceof Request ? input.url : input))
  }

/** A body in chunks; it fails after the deadline. */
export const chunked = (
  bytes: Uint8Array,
  chunkSize: number,
  deadline: number = Number.POSITIVE_INFINITY
): ReadableStream<Uint8Array> => {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (performance.now() > deadline) return controller.error(new Error("deadline"))
      if (at >= bytes.length) return controller.close()
      controller.enqueue(bytes.subarray(at, at + chunkSize))
      at += chunkSize
    }
  })
}
