// A server of bare sockets that does to its clients what networks, proxies and crashing servers do.
import { createServer, type Socket } from "node:net"
import * as Effect from "effect/Effect"

/** What a server does with one connection. */
export type Behaviour = (socket: Socket) => void

const onFirst = (socket: Socket, then: () => void): void => {
  socket.once("data", then)
}

/** Long enough for a small request to have arrived as a whole. */
const onRequest = (socket: Socket, then: () => void): void => {
  let timer: NodeJS.Timeout | undefined
  socket.on("data", () => {
    clearTimeout(timer)
    timer = setTimeout(then, 20)
  })
}

const head = (length: number, status = "200 OK"): string =>
  `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`

/** Answers each request but the last one of a connection, then does as told at the next. */
const onReuse = (socket: Socket, then: () => void): void => {
  let answered = 0
  onRequest(socket, () => {
    answered += 1
    if (answered > 1) return then()
    socket.write(head(2, "404 Not Found"))
    socket.write("{}")
  })
}

export const behaviours = {
  "closes on accept": (socket) => void socket.destroy(),
  "ends on accept": (socket) => socket.end(),
  "resets on accept": (socket) => socket.resetAndDestroy(),
  "closes on the first bytes": (socket) => onFirst(socket, () => socket.destroy()),
  "ends on the first bytes": (socket) => onFirst(socket, () => socket.end()),
  "resets on the first bytes": (socket) => onFirst(socket, () => socket.resetAndDestroy()),
  "closes after the request": (socket) => onRequest(socket, () => socket.destroy()),
  "resets after the request": (socket) => onRequest(socket, () => socket.resetAndDestroy()),
  "closes in the headers": (socket) => onRequest(socket, () => socket.end("HTTP/1.1 200 OK\r\ncontent-ty")),
  "closes after the headers": (socket) => onRequest(socket, () => socket.end(head(1000))),
  "resets after the headers": (socket) =>
    onRequest(socket, () => socket.write(head(1000), () => setTimeout(() => socket.resetAndDestroy(), 20))),
  "closes after some bytes": (socket) => onRequest(socket, () => socket.end(`${head(1000)}{"id":"x`)),
  "resets after some bytes": (socket) =>
    onRequest(socket, () =>
      socket.write(`${head(1000)}{"id":"x`, () => setTimeout(() => socket.resetAndDestroy(), 20))
    ),
  "closes in a chunk": (socket) =>
    onRequest(socket, () => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n40\r\n{"id":"x')),
  "ends a body of no length early": (socket) =>
    onRequest(socket, () => socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{"id":"x')),
  "answers with nothing": (socket) => onRequest(socket, () => socket.write(head(0))),
  "does not speak HTTP": (socket) => onFirst(socket, () => socket.end("SSH-2.0-OpenSSH_9.6\r\n")),
  "closes a connection that is used again": (socket) => onReuse(socket, () => socket.destroy()),
  "resets a connection that is used again": (socket) => onReuse(socket, () => socket.resetAndDestroy()),
  "closes idle connections": (socket) =>
    onRequest(socket, () => {
      socket.write(`${head(2, "404 Not Found")}{}`)
      setTimeout(() => socket.destroy(), 1)
    }),
  "answers before the body has arrived": (socket) =>
    onFirst(socket, () => socket.end(`${head(2, "413 Content Too Large")}{}`)),
  "never answers": () => {},
  "stands still in the body": (socket) => onRequest(socket, () => socket.write(`${head(1000)}{"id":"x`))
} satisfies { readonly [name: string]: Behaviour }

/** A server that behaves so to every connection; gives its origin and is closed with the scope. */
export const hostile = (behaviour: Behaviour) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly origin: string; readonly close: () => void }>((resume) => {
      const sockets = new Set<Socket>()
      const server = createServer((socket) => {
        sockets.add(socket)
        // A client that goes away is expected here.
        socket.on("error", () => {})
        socket.on("close", () => sockets.delete(socket))
        socket.resume()
        behaviour(socket)
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        const close = (): void => {
          server.close()
          for (const socket of sockets) socket.destroy()
        }
        resume(Effect.succeed({ origin: `http://127.0.0.1:${port}`, close }))
      })
    }),
    ({ close }) => Effect.sync(close)
  ).pipe(Effect.map(({ origin }) => origin))
