import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as AnthropicError from "effect-anthropic/AnthropicError"
import * as Files from "effect-anthropic/Files"
import { apiError, fakeClient, using } from "../support/fakeClient.ts"

const connection = new AnthropicError.ConnectionError({
  operation: "Files.upload",
  phase: "request",
  code: "ECONNRESET",
  description: "reset"
})

/** Each union with an error of its own and one that every operation has. */
const unions: ReadonlyArray<readonly [name: string, schema: Schema.Codec<unknown, unknown>, own: Error]> = [
  ["UploadError", Files.UploadError, new AnthropicError.SourceChangedError({ expected: 1, received: 2 })],
  [
    "UploadError",
    Files.UploadError,
    new AnthropicError.IndeterminateError({
      operation: "Files.upload",
      startedAt: DateTime.makeUnsafe(0),
      cause: connection
    })
  ],
  [
    "DownloadError",
    Files.DownloadError,
    new AnthropicError.FileSizeMismatchError({ fileId: "file_1", expected: 1, received: 2 })
  ],
  [
    "DownloadError",
    Files.DownloadError,
    new AnthropicError.StreamInterruptedError({
      operation: "Files.download",
      delivered: 5,
      unit: "bytes",
      cause: connection
    })
  ],
  [
    "ListError",
    Files.ListError,
    new AnthropicError.PaginationError({ operation: "Files.list", cursor: "c", description: "the cursor repeats" })
  ],
  ["RetrieveError", Files.RetrieveError, connection],
  ["DeleteError", Files.DeleteError, connection]
]

describe("the error unions of Files", () => {
  for (const [name, schema, own] of unions) {
    it.effect(`${name} is a schema that restores ${own.name} from JSON`, () =>
      Effect.gen(function* () {
        const codec = Schema.toCodecJson(schema)
        const refused = yield* Effect.flip(Files.retrieve("file_1")).pipe(
          using(fakeClient(() => apiError(403, "permission_error")))
        )
        for (const error of [own, refused]) {
          const stored = JSON.stringify(yield* Schema.encodeUnknownEffect(codec)(error))
          const restored = yield* Schema.decodeUnknownEffect(codec)(JSON.parse(stored))
          assert.deepStrictEqual(restored, error)
          assert.strictEqual(Object.getPrototypeOf(restored), Object.getPrototypeOf(error))
        }
      })
    )
  }
})
