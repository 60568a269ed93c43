// Every operation against a server that breaks its connections, in real processes on every Node that is there: each call ends
// with a typed outcome, and the process ends by itself, without an unhandled rejection.
import { rmSync } from "node:fs"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Behaviour, behaviours, hostile } from "./hostile.ts"
import { bundle, nodes, run } from "./support.ts"

const Call = Schema.Struct({ name: Schema.String, outcome: Schema.String })
const Lingered = Schema.Struct({ lingered: Schema.Number })
const decodeLine = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Union([Call, Lingered])))

/** How an outcome may be told by operations that create something, that deliver a stream, and by all others. */
interface Expected {
  readonly creating: ReadonlyArray<string>
  readonly streaming: ReadonlyArray<string>
  readonly others: ReadonlyArray<string>
}

const broken: Expected = {
  creating: ["IndeterminateError ConnectionError"],
  streaming: ["ConnectionError"],
  others: ["ConnectionError"]
}

const brokenBody: Expected = { ...broken, streaming: ["StreamInterruptedError ConnectionError"] }

const notFound = { creating: ["NotFoundError"], streaming: ["NotFoundError"], others: ["NotFoundError"] }

const either = (one: Expected, other: Expected): Expected => ({
  creating: [...one.creating, ...other.creating],
  streaming: [...one.streaming, ...other.streaming],
  others: [...one.others, ...other.others]
})

const expectations: { readonly [name in keyof typeof behaviours]: Expected } = {
  "closes on accept": broken,
  "ends on accept": broken,
  // The reset may come before the connection is there: then nothing was sent.
  "resets on accept": { ...broken, creating: [...broken.creating, "ConnectionError"] },
  "closes on the first bytes": broken,
  "ends on the first bytes": broken,
  "resets on the first bytes": broken,
  "closes after the request": broken,
  "resets after the request": broken,
  "closes in the headers": broken,
  "closes after the headers": brokenBody,
  "resets after the headers": brokenBody,
  "closes after some bytes": brokenBody,
  "resets after some bytes": brokenBody,
  "closes in a chunk": brokenBody,
  "ends a body of no length early": {
    creating: ["IndeterminateError ConnectionError"],
    // Nothing says that bytes of a file are missing; the results of a batch are counted.
    streaming: ["success", "ResultsIncompleteError"],
    others: ["ConnectionError", "DecodeError"]
  },
  "answers with nothing": {
    creating: ["IndeterminateError DecodeError"],
    streaming: ["success", "ResultsIncompleteError"],
    others: ["DecodeError"]
  },
  "does not speak HTTP": broken,
  "closes a connection that is used again": either(notFound, broken),
  "resets a connection that is used again": either(notFound, broken),
  "closes idle connections": either(notFound, broken),
  "answers before the body has arrived": {
    creating: ["RequestTooLargeError", ...broken.creating],
    streaming: ["RequestTooLargeError"],
    others: ["RequestTooLargeError", "ConnectionError"]
  },
  "never answers": {
    creating: ["IndeterminateError ResponseTimeoutError"],
    streaming: ["ResponseTimeoutError"],
    others: ["ResponseTimeoutError"]
  },
  "stands still in the body": {
    creating: ["IndeterminateError IdleTimeoutError"],
    streaming: ["StreamInterruptedError IdleTimeoutError"],
    others: ["IdleTimeoutError"]
  }
}

const kindOf = (operation: string): keyof Expected => {
  if (/^(Batches\.create|Files\.upload)/.test(operation)) return "creating"
  return /^(Batches\.result|Files\.download$)/.test(operation) ? "streaming" : "others"
}

const operations = 23

/** In milliseconds. */
const patienceWith = (behaviour: string): number => (/never|stands still/.test(behaviour) ? 300 : 10_000)

const program = bundle("operations.ts")
afterAll(() => rmSync(program))

const check = Effect.fnUntraced(function* (node: string, behaviour: Behaviour, expected: Expected, patience: number) {
  const origin = yield* hostile(behaviour)
  const { code, lines } = yield* run(node, program, [origin, String(patience)])
  assert.strictEqual(code, 0, lines.join("\n"))
  let calls = 0
  for (const line of lines.map((text) => decodeLine(text))) {
    if ("lingered" in line) {
      assert.isAtMost(line.lingered, 2000)
      continue
    }
    calls += 1
    assert.include(expected[kindOf(line.name)], line.outcome, line.name)
  }
  assert.strictEqual(calls, 2 * operations)
}, Effect.scoped)

const expectationOf = new Map(Object.entries(expectations))

for (const { path, version } of nodes) {
  describe(`on Node ${version}, every call ends with a typed outcome and the process by itself`, () => {
    for (const [name, behaviour] of Object.entries(behaviours)) {
      const expected = expectationOf.get(name)
      assert(expected !== undefined)
      it.live(`where the server ${name}`, () => check(path, behaviour, expected, patienceWith(name)))
    }
  })
}
