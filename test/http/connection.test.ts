// What a broken connection means: whether anything can have been sent, and whether waiting helps.
import { createServer as createHttpsServer } from "node:https"
import { createServer, type Server } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Batches from "effect-anthropic/Batches"
import * as Models from "effect-anthropic/Models"
import { cert, key } from "../support/certificate.ts"
import { answering, assertFields, failure, onVirtualTime, using } from "../support/fakeClient.ts"
import { requests } from "../support/fixtures.ts"

/** An error as Node's systems calls make it. */
const system = (syscall: string, code: string) =>
  new TypeError("fetch failed", {
    cause: Object.assign(new Error(`${syscall} ${code} 192.0.2.1:443`), { code, syscall, errno: -1 })
  })

/** An error of a runtime that has no codes. */
const text = (message: string) => new TypeError(message)

const aggregate = (...errors: ReadonlyArray<Error>) =>
  new TypeError("fetch failed", {
    cause: Object.assign(new AggregateError(errors.map(({ cause }) => cause)), { code: "ECONNREFUSED" })
  })

const unsent: ReadonlyArray<readonly [string, unknown]> = [
  ["a refused connection", system("connect", "ECONNREFUSED")],
  ["a host without a route", system("connect", "EHOSTUNREACH")],
  ["a host without a route, of which only the code is known", failure("EHOSTUNREACH")],
  ["a network without a route", failure("ENETUNREACH")],
  ["a host that is down", failure("EHOSTDOWN")],
  ["a network that is down", system("connect", "ENETDOWN")],
  ["an address that does not exist here", system("connect", "EADDRNOTAVAIL")],
  ["a connection that a firewall forbids", system("connect", "EPERM")],
  ["a connection that was reset before it was there", system("connect", "ECONNRESET")],
  ["a connection that timed out before it was there", system("connect", "ETIMEDOUT")],
  ["a connect timeout of fetch", failure("UND_ERR_CONNECT_TIMEOUT", "Connect Timeout Error")],
  ["an unknown host", system("getaddrinfo", "ENOTFOUND")],
  ["a name server that does not answer", system("getaddrinfo", "EAI_AGAIN")],
  ["a name server that fails", failure("EAI_FAIL")],
  ["a name without an address", system("queryA", "ENODATA")],
  [
    "a connection that was closed in the TLS handshake",
    failure("ECONNRESET", "Client network socket disconnected before secure TLS connection was established")
  ],
  [
    "addresses that all fail",
    aggregate(system("connect", "ECONNREFUSED"), system("connect", "ENETUNREACH"), system("connect", "ETIMEDOUT"))
  ],
  [
    "Bun: a refused connection",
    Object.assign(text("Unable to connect. Is the computer able to access the url?"), { code: "ConnectionRefused" })
  ],
  ["Bun: a refused connection without a code", text("Unable to connect. Is the computer able to access the url?")],
  ["Bun: an unknown host", text("Was there a typo in the url or port?")],
  [
    "Deno: a refused connection",
    text(
      "error sending request for url (https://a.example/): client error (Connect): tcp connect error: Connection refused (os error 111)"
    )
  ],
  [
    "Deno: an unknown host",
    text(
      "error sending request for url (https://a.example/): client error (Connect): dns error: failed to lookup address information"
    )
  ],
  [
    "an older Deno: a refused connection",
    text("error trying to connect: tcp connect error: Connection refused (os error 61)")
  ]
]

const unreachable: ReadonlyArray<readonly [string, unknown]> = [
  ["a self-signed certificate", failure("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate")],
  ["a self-signed chain of certificates", failure("SELF_SIGNED_CERT_IN_CHAIN")],
  ["an unknown issuer", failure("UNABLE_TO_GET_ISSUER_CERT_LOCALLY")],
  ["a leaf that cannot be verified", failure("UNABLE_TO_VERIFY_LEAF_SIGNATURE")],
  ["an expired certificate", failure("CERT_HAS_EXPIRED")],
  ["a certificate that is not valid yet", failure("CERT_NOT_YET_VALID")],
  ["a revoked certificate", failure("CERT_REVOKED")],
  ["a certificate for another host", failure("ERR_TLS_CERT_ALTNAME_INVALID")],
  ["a server that does not speak TLS", failure("ERR_SSL_WRONG_VERSION_NUMBER")],
  ["no common version of TLS", failure("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION")],
  ["a refused handshake", failure("ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE")],
  ["a handshake that fails, of an older OpenSSL", failure("EPROTO", "write EPROTO 1408F10B:SSL routines")],
  ["addresses that all have a wrong certificate", aggregate(failure("CERT_HAS_EXPIRED"), failure("CERT_HAS_EXPIRED"))],
  [
    "Deno: an unknown issuer",
    text(
      "error sending request for url (https://a.example/): client error (Connect): invalid peer certificate: UnknownIssuer"
    )
  ],
  ["a port that fetch does not use", new TypeError("fetch failed", { cause: new Error("bad port") })],
  ["a port that Deno does not use", new TypeError("Fetch failed: Requests to port 9 are blocked")]
]

const unknown: ReadonlyArray<readonly [string, unknown]> = [
  ["a reset", system("read", "ECONNRESET")],
  ["a route that went away", system("read", "EHOSTUNREACH")],
  ["a route that went away, known from the text alone", failure("ENETUNREACH", "write ENETUNREACH")],
  ["a broken pipe", system("write", "EPIPE")],
  ["a connection that timed out", system("read", "ETIMEDOUT")],
  ["a timeout of which nothing else is known", failure("ETIMEDOUT")],
  ["a socket that was closed", failure("UND_ERR_SOCKET", "other side closed")],
  ["a wrong record of TLS", failure("ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC")],
  ["a TLS connection that ended", failure("ERR_SSL_UNEXPECTED_EOF_WHILE_READING")],
  [
    "an address that failed later than the others",
    aggregate(system("connect", "ECONNREFUSED"), system("read", "ECONNRESET"))
  ],
  ["Bun: a closed socket", text("The socket connection was closed unexpectedly.")],
  [
    "Deno: a closed connection",
    text("error sending request for url (https://a.example/): connection closed before message completed")
  ],
  ["Chrome: a network error", text("Failed to fetch")],
  ["Firefox: a network error", text("NetworkError when attempting to fetch resource.")],
  ["Safari: a network error", text("Load failed")],
  ["workerd: a network error", new Error("Network connection lost.")]
]

const failing = (cause: unknown) => {
  const fake = answering(Effect.fail(cause))
  return Effect.gen(function* () {
    const retrieved = yield* onVirtualTime(Models.retrieve("m").pipe(using(fake)))
    const retrievals = fake.requests.length
    const created = yield* onVirtualTime(Batches.create(requests(1)).pipe(using(fake)))
    assert(Result.isFailure(retrieved) && Result.isFailure(created))
    return {
      retrieved: retrieved.failure,
      retrievals,
      created: created.failure,
      creations: fake.requests.length - retrievals
    }
  })
}

describe("nothing was sent, and a create is repeated, after", () => {
  for (const [name, cause] of unsent) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const { created, creations, retrievals, retrieved } = yield* failing(cause)
        assertFields(retrieved, { _tag: "ConnectionError", phase: "connect", isRetryable: true })
        assertFields(created, { _tag: "ConnectionError", phase: "connect", isRetryable: true })
        assert.deepStrictEqual([retrievals, creations], [3, 3])
      })
    )
  }
})

describe("nothing was sent, and nothing is repeated, after", () => {
  for (const [name, cause] of unreachable) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const { created, creations, retrievals, retrieved } = yield* failing(cause)
        assertFields(retrieved, { _tag: "ConnectionError", phase: "connect", isRetryable: false })
        assertFields(created, { _tag: "ConnectionError", phase: "connect", isRetryable: false })
        assert.deepStrictEqual([retrievals, creations], [1, 1])
      })
    )
  }
})

describe("something may have been sent, and a create is indeterminate, after", () => {
  for (const [name, cause] of unknown) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const { created, creations, retrievals, retrieved } = yield* failing(cause)
        assertFields(retrieved, { _tag: "ConnectionError", phase: "request", isRetryable: true })
        assert(created._tag === "IndeterminateError")
        assertFields(created.cause, { _tag: "ConnectionError", phase: "request" })
        assert.deepStrictEqual([retrievals, creations], [3, 1])
      })
    )
  }
})

it.effect("an error of several addresses has all messages in one description, and the first code", () =>
  Effect.gen(function* () {
    const errors = [system("connect", "ECONNREFUSED"), system("connect", "ENETUNREACH")]
    const { retrieved } = yield* failing(aggregate(...errors))
    assertFields(retrieved, {
      code: "ECONNREFUSED",
      description: "connect ECONNREFUSED 192.0.2.1:443; connect ENETUNREACH 192.0.2.1:443"
    })
  })
)

const listening = (server: Server, scheme: "http" | "https") =>
  Effect.acquireRelease(
    Effect.callback<string>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        resume(Effect.succeed(`${scheme}://127.0.0.1:${typeof address === "object" ? address?.port : 0}`))
      })
    }),
    () => Effect.sync(() => server.close())
  )

describe("a create over a socket fails with ConnectionError in the phase `connect` for", () => {
  const createAt = (baseUrl: string) =>
    Effect.flip(
      Effect.provide(
        Batches.create(requests(1)),
        Layer.merge(
          FetchHttpClient.layer,
          Anthropic.layer({ apiKey: "sk-ant-test-1234", baseUrl, retry: { maxRetries: 0 } })
        )
      )
    )

  it.live("a self-signed certificate", () =>
    Effect.gen(function* () {
      const origin = yield* listening(createHttpsServer({ cert, key }), "https")
      const error = yield* createAt(origin)
      assertFields(error, {
        _tag: "ConnectionError",
        phase: "connect",
        code: "DEPTH_ZERO_SELF_SIGNED_CERT",
        isRetryable: false
      })
    })
  )

  it.live("a server that does not speak TLS", () =>
    Effect.gen(function* () {
      const server = createServer((socket) => {
        socket.on("error", () => {})
        socket.on("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))
      })
      const error = yield* createAt(yield* listening(server, "https"))
      assertFields(error, { _tag: "ConnectionError", phase: "connect", isRetryable: false })
    })
  )

  it.live("a server that closes the connection in the handshake", () =>
    Effect.gen(function* () {
      const server = createServer((socket) => {
        socket.on("error", () => {})
        socket.on("data", () => socket.destroy())
      })
      const error = yield* createAt(yield* listening(server, "https"))
      assertFields(error, { _tag: "ConnectionError", phase: "connect", isRetryable: true })
    })
  )

  it.live("a host name with no server at any of its addresses", () =>
    Effect.gen(function* () {
      const closed = yield* Effect.scoped(listening(createServer(), "http"))
      const error = yield* createAt(closed.replace("127.0.0.1", "localhost"))
      assertFields(error, { _tag: "ConnectionError", phase: "connect", code: "ECONNREFUSED", isRetryable: true })
    })
  )
})
