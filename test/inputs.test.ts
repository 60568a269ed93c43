// Every optional field of every input takes undefined, also those of nested blocks: programs pass on what may be missing.
// `tsc` checks it, since under `exactOptionalPropertyTypes` a field that is undefined is none that was left out.
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import type * as BigDecimal from "effect/BigDecimal"
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Result from "effect/Result"
import type * as Schedule from "effect/Schedule"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type * as Anthropic from "effect-anthropic/Anthropic"
import type * as AnthropicLanguageModel from "effect-anthropic/AnthropicLanguageModel"
import * as Batches from "effect-anthropic/Batches"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import type * as BatchRun from "effect-anthropic/BatchRun"
import type * as Credentials from "effect-anthropic/Credentials"
import type * as Endpoint from "effect-anthropic/Endpoint"
import type * as FileSource from "effect-anthropic/FileSource"
import type * as Files from "effect-anthropic/Files"
import type * as Journal from "effect-anthropic/Journal"
import * as Messages from "effect-anthropic/Messages"
import type * as Models from "effect-anthropic/Models"
import type * as Pagination from "effect-anthropic/Pagination"
import type * as Pool from "effect-anthropic/Pool"
import type * as Pricing from "effect-anthropic/Pricing"
import type * as RateLimit from "effect-anthropic/RateLimit"
import type * as StructuredOutput from "effect-anthropic/StructuredOutput"
import type * as Tools from "effect-anthropic/Tools"
import { calls, Emulator, onEmulator } from "./support/batches.ts"

/** What has no fields of an input in it. */
type Leaf =
  | string
  | number
  | boolean
  | bigint
  | symbol
  | null
  | undefined
  | Date
  | ArrayBufferView
  | Blob
  | BigDecimal.BigDecimal
  | DateTime.DateTime
  | Duration.Duration
  | Option.Option<unknown>
  | Result.Result<unknown, unknown>
  | Layer.Layer<never, unknown, unknown>
  | Redacted.Redacted<unknown>
  | Schedule.Schedule<unknown, never, unknown, unknown>
  | Schema.Constraint

/** What gives a value of an input, and the value. */
type Giver<Value> =
  | ((...args: never) => Value)
  | Effect.Effect<Value, unknown, unknown>
  | Stream.Stream<Value, unknown, unknown>
  | Iterable<Value>

/** The fields that have a name. The others are those of an index signature. */
type Named<T> = { [K in keyof T as string extends K ? never : K]: T[K] }

/** Whether a field may be left out, but may not be undefined. */
type IsStrict<T, K extends keyof T> =
  Partial<Pick<T, K>> extends Pick<T, K> ? ({ readonly [_ in K]: undefined } extends Pick<T, K> ? false : true) : false

type WrongFields<T, Path extends string> = {
  [K in keyof T & string]-?: (IsStrict<T, K> extends true ? `${Path}.${K}` : never) | Wrong<T[K], `${Path}.${K}`>
}[keyof T & string]

/** The places of optional fields that do not take undefined. */
type Wrong<T, Path extends string = ""> = unknown extends T
  ? never
  : T extends Leaf
    ? never
    : T extends Giver<infer Value>
      ? Wrong<Value, `${Path}[]`>
      : T extends object
        ? WrongFields<Named<T>, Path> | (string extends keyof T ? Wrong<T[string & keyof T], `${Path}[]`> : never)
        : never

/** The wrong places of the parameters of the functions of a module, each by the name of its function. */
type WrongOf<Module> = {
  [K in keyof Module]: Module[K] extends (...args: infer Args) => unknown ? Wrong<Args[number]> : never
}

/** Every entry is never, unless a field is wrong: then the compiler names the function and the place. */
type None<T extends { readonly [_ in keyof T]: never }> = T

type Checked = [
  None<WrongOf<typeof Anthropic>>,
  None<WrongOf<typeof AnthropicLanguageModel>>,
  None<WrongOf<typeof Batches>>,
  None<WrongOf<typeof BatchRequest>>,
  None<WrongOf<typeof BatchRun>>,
  None<WrongOf<typeof Credentials>>,
  // The schemas and toolkits in the parameters of these have no end.
  None<{ readonly open: Wrong<Endpoint.Accept & Endpoint.OpenGet>; readonly list: Wrong<Endpoint.CursorOptions> }>,
  None<WrongOf<typeof Files>>,
  None<WrongOf<typeof FileSource>>,
  None<WrongOf<typeof Journal>>,
  None<WrongOf<typeof Messages>>,
  None<WrongOf<typeof Models>>,
  None<WrongOf<typeof Pagination>>,
  None<WrongOf<typeof Pool>>,
  None<WrongOf<typeof Pricing>>,
  None<WrongOf<typeof RateLimit>>,
  None<WrongOf<typeof StructuredOutput>>,
  None<{ readonly answer: Wrong<Tools.AnswerOptions>; readonly loop: Wrong<Tools.LoopOptions> }>
]

/** An input with undefined in every place that may be left out. */
const sparse: Messages.MessageParams = {
  model: "claude-haiku-5-5",
  max_tokens: 100,
  messages: [
    { role: "user", content: "Hello" },
    {
      role: "assistant",
      content: [
        { type: "tool_use", id: "i", name: "n", input: {}, caller: undefined, toolset_name: undefined },
        { type: "server_tool_use", id: "s", name: "web_search", input: {}, caller: undefined },
        {
          type: "web_search_tool_result",
          tool_use_id: "s",
          caller: undefined,
          content: [{ type: "web_search_result", url: "u", title: undefined, encrypted_content: "e" }]
        }
      ]
    },
    {
      role: "user",
      content: [
        {
          type: "tool_result",
          tool_use_id: "i",
          content: [
            {
              type: "browser_state",
              tabs: [{ tab_id: "1", title: "t", url: "u", active: undefined }],
              state_changes: [{ type: "download_failed", download_id: "d", url: "u", error: undefined }]
            }
          ],
          is_error: undefined
        },
        { type: "text", text: "a", cache_control: { type: "ephemeral", ttl: undefined }, citations: undefined },
        {
          type: "document",
          source: { type: "url", url: "u" },
          title: undefined,
          context: undefined,
          citations: { enabled: undefined }
        },
        { type: "image", source: { type: "url", url: "u" }, transformations: { oversized_image: undefined } }
      ]
    }
  ],
  system: undefined,
  thinking: { type: "adaptive", display: undefined },
  tools: [
    {
      name: "mine",
      description: undefined,
      input_schema: { type: "object", properties: undefined },
      strict: undefined
    },
    { type: "browser_toolset_20260801", configs: { zoom: { enabled: undefined } } },
    { type: "code_execution_20250825", name: "code_execution", cache_control: undefined },
    { type: "web_search_20260318", name: "web_search", user_location: { type: "approximate", city: undefined } },
    { type: "web_fetch_20260318", name: "web_fetch", url_sources: { user_input: undefined }, use_cache: undefined }
  ],
  tool_choice: { type: "auto", disable_parallel_tool_use: undefined },
  output_config: { effort: undefined },
  container: { id: undefined, skills: [{ type: "anthropic", skill_id: "pdf", version: undefined }] },
  metadata: { user_id: undefined }
}

const withoutUndefined: unknown = JSON.parse(JSON.stringify(sparse))

const lastBody = Effect.gen(function* () {
  const requests = yield* (yield* Emulator).requests
  return requests.at(-1)?.body
})

describe("an optional field of an input", () => {
  it("is found at any depth when it does not take undefined", () => {
    interface Fields {
      readonly fine?: string | undefined
      readonly strict?: string
      readonly required: { readonly [name: string]: { readonly strict?: number } }
      readonly list: ReadonlyArray<{ readonly strict?: boolean | null }>
      readonly make?: ((id: string) => Effect.Effect<{ readonly strict?: string }>) | undefined
    }
    expectTypeOf<Wrong<Fields>>().toEqualTypeOf<
      ".strict" | ".required[].strict" | ".list[].strict" | ".make[][].strict"
    >()
    expectTypeOf<WrongOf<{ readonly send: (fields: Fields) => void }>["send"]>().not.toBeNever()
  })

  it("takes undefined in the parameters of every function", () => {
    expectTypeOf<Checked>().toBeArray()
    expectTypeOf<Wrong<Messages.MessageParams>>().toBeNever()
  })

  it.effect("is not sent with a message when it is undefined", () =>
    Effect.gen(function* () {
      yield* Messages.create(sparse)
      assert.deepStrictEqual(yield* lastBody, withoutUndefined)
    }).pipe(onEmulator())
  )

  it.effect("is not sent with a batch when it is undefined", () =>
    Effect.gen(function* () {
      yield* Batches.create([BatchRequest.make("a", sparse)])
      assert.deepStrictEqual(yield* lastBody, { requests: [{ custom_id: "a", params: withoutUndefined }] })
    }).pipe(onEmulator())
  )

  it.effect("is not in the query of a listing when it is undefined", () =>
    Effect.gen(function* () {
      yield* Stream.runDrain(Batches.list({ pageSize: undefined, direction: undefined, cursor: undefined }))
      assert.deepStrictEqual(yield* calls, ["GET /v1/messages/batches"])
    }).pipe(onEmulator())
  )
})
