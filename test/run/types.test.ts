import { describe, expectTypeOf, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as BatchRun from "effect-anthropic/BatchRun"
import { requestOf } from "./support/world.ts"

interface Row {
  readonly id: string
  readonly stars: number
}

class SourceError extends Data.TaggedError("SourceError") {}
class AskError extends Data.TaggedError("AskError") {}
class Source extends Context.Service<Source, { readonly rows: Stream.Stream<Row, SourceError> }>()("Source") {}

const rows: Stream.Stream<Row, SourceError, Source> = Stream.unwrap(
  Effect.map(Effect.service(Source), (source) => source.rows)
)

describe("the types of a run", () => {
  it("have the items, errors and requirements of the source and the options", () => {
    const plain = BatchRun.run([{ id: "a", stars: 1 }], { request: requestOf })
    expectTypeOf(plain).toEqualTypeOf<
      Stream.Stream<BatchRun.Outcome<{ id: string; stars: number }>, BatchRun.RunError, HttpClient.HttpClient>
    >()
    const full = BatchRun.run(rows, {
      request: requestOf,
      onUnknownCreate: () => Effect.fail(new AskError())
    })
    expectTypeOf(full).toEqualTypeOf<
      Stream.Stream<BatchRun.Outcome<Row>, BatchRun.RunError | SourceError | AskError, HttpClient.HttpClient | Source>
    >()
    expectTypeOf(BatchRun.toFile(rows, "out.jsonl", { request: requestOf })).toEqualTypeOf<
      Effect.Effect<
        BatchRun.Written,
        BatchRun.RunError | BatchRun.OutcomeFileError | SourceError,
        HttpClient.HttpClient | FileSystem.FileSystem | Source
      >
    >()
  })

  it("have the type of the output", () => {
    const Finding = Schema.Struct({ isPositive: Schema.Boolean })
    const typed = BatchRun.run(rows, { request: requestOf, output: Finding })
    type Found = Stream.Success<typeof typed>
    expectTypeOf<Extract<Found, { readonly _tag: "Succeeded" }>["value"]>().toEqualTypeOf<{
      readonly isPositive: boolean
    }>()
    const plain = BatchRun.run(rows, { request: requestOf })
    expectTypeOf<
      Extract<Stream.Success<typeof plain>, { readonly _tag: "Succeeded" }>["value"]
    >().toEqualTypeOf<undefined>()
  })

  it("have no error that is caught", () => {
    const caught = BatchRun.run(rows, { request: requestOf }).pipe(
      Stream.catchTag("SourceError", () => Stream.empty),
      Stream.catchTag("RunLockedError", () => Stream.empty)
    )
    expectTypeOf<
      Extract<Stream.Error<typeof caught>, { readonly _tag: "SourceError" | "RunLockedError" }>
    >().toBeNever()
  })

  it("distinguish the outcomes by their tags", () => {
    expectTypeOf<BatchRun.Outcome<Row>["_tag"]>().toEqualTypeOf<
      "Succeeded" | "Invalid" | "Incomplete" | "Errored" | "Canceled" | "Expired" | "Missing" | "Unsent"
    >()
  })
})
