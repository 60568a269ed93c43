// The bulk example as a real process that is killed at random moments, against a server on a socket.
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpServer from "effect/http/HttpServer"
import * as Layer from "effect/Layer"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { count, crashes } from "../../examples/support/crashes.ts"
import { fastClock } from "../../examples/support/fastClock.ts"
import { Random } from "../run/support/random.ts"
import { server } from "../support/served.ts"

const rows = 6_000
const speed = 60
const killsOfARun = 5

describe("the bulk example", () => {
  for (const seed of [1, 2, 3, 4]) {
    it.live(
      `has one outcome for each row and one bill after ${killsOfARun} kills (${seed} of 4)`,
      () => {
        const random = new Random(seed)
        const began = Date.now()
        const emulated = AnthropicEmulator.serve({
          clock: fastClock(speed, began),
          plan: (_, index) => ({ endsAfter: `${20 + 30 * (index % 4)} seconds` })
        })
        return Effect.gen(function* () {
          const directory = mkdtempSync(join(tmpdir(), "bulk-"))
          const { address } = yield* HttpServer.HttpServer
          const said: Array<string> = []
          yield* crashes({
            url: HttpServer.formatAddress(address),
            directory,
            rows,
            kills: killsOfARun,
            speed,
            began,
            // The first kills come early, so that a fast machine is not through before them.
            moment: (kill) => random.int(0, 300 + 200 * kill),
            onLine: (line) => Effect.sync(() => said.push(line))
          })
          const { bill } = yield* AnthropicEmulator.Emulator
          const written = count(readFileSync(join(directory, "outcomes.jsonl"), "utf8"))
          assert.deepStrictEqual(written, { lines: rows, differentRows: rows }, said.join("\n"))
          const charges = (yield* bill).map(({ params }) => JSON.stringify(params.messages))
          const charged = (yield* bill).map(({ customId }) => customId)
          assert.lengthOf(charges, rows, said.join("\n"))
          assert.strictEqual(new Set(charged).size, rows)
          assert.isAtLeast(said.filter((line) => line.startsWith("killed")).length, 2, said.join("\n"))
          rmSync(directory, { recursive: true })
        }).pipe(Effect.provide(emulated.pipe(Layer.provideMerge(server))))
      },
      300_000
    )
  }
})
