/**
 * The `LanguageModel` of `effect/ai` over the Messages API: text, objects, streams, tools, files, chats.
 *
 * Blocks that the API sent are sent back unchanged: thinking with its signature, citations, server tools, and unknown
 * blocks. A stream fails if it is cut off, exceeds the idle timeout or reports an error.
 *
 * The transport retries calls as the settings of `Anthropic` say. A caller that retries on `isRetryable` multiplies these
 * retries.
 *
 * @since 0.1.0
 */

import * as Arr from "effect/Array"
import * as AiError from "effect/ai/AiError"
import type { IdGenerator } from "effect/ai/IdGenerator"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Model from "effect/ai/Model"
import type * as Response from "effect/ai/Response"
import * as Telemetry from "effect/ai/Telemetry"
import * as Tool from "effect/ai/Tool"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Anthropic from "./Anthropic.ts"
import { toChoice, toParams } from "./ai/tools.ts"
import * as errors from "./languageModel/errors.ts"
import { EventTranslator } from "./languageModel/events.ts"
import { contentParts, finishPart, metadataPart, type PartContext } from "./languageModel/parts.ts"
import { toWire } from "./languageModel/prompt.ts"
import * as Messages from "./Messages.ts"
import { MessageBuilder } from "./messages/accumulate.ts"
import * as Pool from "./Pool.ts"
import { clientSettings } from "./settings/inForce.ts"
import { compile, problemOf } from "./structured/compile.ts"

export type {
  CacheableOptions,
  ErrorMetadata,
  FileOptions,
  FinishMetadata,
  PartMetadata,
  PartOptions,
  RawBlock,
  ReasoningInfo,
  ReasoningOptions,
  SourceMetadata
} from "./ai/metadata.ts"

/**
 * Parameters of every request that the prompt and the options of a call do not give. `max_tokens` has no default, because
 * the API requires it and the best value depends on the model.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options extends Omit<Messages.MessageParams, "messages" | "system" | "tools" | "tool_choice"> {
  /** Values of the `anthropic-beta` header in addition to those of the settings, for example those that a tool needs. */
  readonly betas?: ReadonlyArray<string> | undefined
}

/**
 * Changes to the parameters of the calls of one effect or stream. Default: none.
 *
 * @example
 * import * as AnthropicLanguageModel from "effect-anthropic/AnthropicLanguageModel"
 * import * as LanguageModel from "effect/ai/LanguageModel"
 * import * as Effect from "effect/Effect"
 *
 * const program = LanguageModel.generateText({ prompt: "One sentence about Lyon." }).pipe(
 *   Effect.provideService(AnthropicLanguageModel.Overrides, { max_tokens: 200 })
 * )
 *
 * @category references
 * @since 0.1.0
 */
export const Overrides: Context.Reference<Partial<Options>> = Context.Reference<Partial<Options>>(
  "effect-anthropic/AnthropicLanguageModel/Overrides",
  { defaultValue: () => ({}) }
)

interface Prepared {
  readonly params: Messages.MessageParams
  /** The betas of the settings and of the options. Undefined if the options have none. */
  readonly betas: ReadonlyArray<string> | undefined
  readonly context: PartContext
}

const formatOf = (
  method: string,
  responseFormat: LanguageModel.ProviderOptions["responseFormat"],
  config: Messages.MessageParams["output_config"]
): Result.Result<Pick<Messages.MessageParams, "output_config">, AiError.AiError> => {
  if (responseFormat.type === "text") return Result.succeed({})
  const compiled = compile(responseFormat.schema)
  const problem = problemOf(compiled)
  return problem === undefined
    ? Result.succeed({ output_config: { ...config, format: compiled.format } })
    : Result.fail(errors.fail(method, new AiError.UnsupportedSchemaError({ description: problem })))
}

/** The codec that `effect/ai` decodes objects with. */
const codecTransformer: LanguageModel.CodecTransformer = (schema) => {
  const { codec, format } = compile(schema)
  return { codec, jsonSchema: format.schema }
}

const prepare = Effect.fnUntraced(function* (
  method: string,
  options: Options,
  call: LanguageModel.ProviderOptions
): Effect.fn.Return<Prepared, AiError.AiError, IdGenerator> {
  const { betas, ...params } = { ...options, ...(yield* Overrides) }
  const settings = yield* Anthropic.currentSettings
  const names = new Tool.NameMapper(call.tools)
  const invalid = (problem: string) => errors.invalidInput(method, problem)
  const declared = {
    tools: new Map(call.tools.map((tool) => [tool.name, tool])),
    customName: (name: string) => names.getCustomName(name),
    providerName: (name: string) => names.getProviderName(name)
  }
  const wire = yield* Effect.fromResult(Result.mapError(toWire(call.prompt, declared), invalid))
  const tools = yield* Effect.fromResult(
    Result.mapError(toParams(call.tools), (reasons) =>
      invalid(reasons.map(({ description, path }) => `${path}: ${description}`).join("; "))
    )
  )
  const format = yield* Effect.fromResult(formatOf(method, call.responseFormat, params.output_config))
  let sources = 0
  return {
    betas: betas === undefined ? undefined : [...settings.betas, ...betas],
    params: {
      ...params,
      ...format,
      messages: wire.messages,
      ...(wire.system.length === 0 ? {} : { system: wire.system }),
      ...(tools.length === 0 ? {} : { tools, tool_choice: toChoice(call.toolChoice, names) })
    },
    context: {
      tools: declared.tools,
      customName: declared.customName,
      documents: wire.documents,
      newId: () => `source-${sources++}`
    }
  }
})

/** Runs an effect or stream with the last response noted in `info`. */
const noteResponse =
  (info: { last: Anthropic.ResponseInfo | undefined }) =>
  (outer: typeof Anthropic.OnResponse.Service) =>
  (response: Anthropic.ResponseInfo) => {
    info.last = response
    return outer(response)
  }

const detailsOf = (info: {
  readonly last: Anthropic.ResponseInfo | undefined
}): Response.FinishPartEncoded["response"] =>
  info.last === undefined ? undefined : { status: info.last.status, headers: { ...info.last.headers } }

const annotateRequest = (span: LanguageModel.ProviderOptions["span"], params: Messages.MessageParams): void => {
  Telemetry.addGenAIAnnotations(span, {
    provider: { name: "anthropic" },
    operation: { name: "chat" },
    request: { model: params.model, maxTokens: params.max_tokens, stopSequences: params.stop_sequences ?? null }
  })
}

const addUsage = Telemetry.addSpanAttributes("gen_ai.anthropic.usage", (key) => key)

const annotateResponse = (span: LanguageModel.ProviderOptions["span"], message: Messages.Message): void => {
  const { usage } = message
  const cacheRead = usage.cache_read_input_tokens ?? 0
  const cacheWrite = usage.cache_creation_input_tokens ?? 0
  Telemetry.addGenAIAnnotations(span, {
    response: { id: message.id, model: message.model, finishReasons: [message.stop_reason ?? "unknown"] },
    usage: { inputTokens: usage.input_tokens + cacheRead + cacheWrite, outputTokens: usage.output_tokens }
  })
  addUsage(span, {
    cache_read_input_tokens: cacheRead,
    cache_creation_input_tokens: cacheWrite,
    thinking_tokens: usage.output_tokens_details?.thinking_tokens ?? 0
  })
}

const refusal = (method: string): AiError.AiError =>
  errors.fail(
    method,
    new AiError.ContentPolicyError({
      description: "the model refused, so there is no object",
      metadata: { anthropic: { errorType: "refusal", errorCode: null, requestId: null } }
    })
  )

/** Asks for one answer. */
type Ask = (params: Messages.MessageParams) => Effect.Effect<Messages.Message, errors.CallError, HttpClient.HttpClient>

const makeWith = Effect.fnUntraced(function* (
  options: Options,
  ask: Ask
): Effect.fn.Return<LanguageModel.LanguageModel, never, HttpClient.HttpClient> {
  const captured = yield* Effect.context<HttpClient.HttpClient>()
  const client = clientSettings.carry(yield* HttpClient.HttpClient, yield* Anthropic.currentSettings)
  const withCaptured = (here: Context.Context<IdGenerator>): Context.Context<IdGenerator | HttpClient.HttpClient> =>
    Context.add(Context.merge(captured, here), HttpClient.HttpClient, client)

  const generateText = Effect.fnUntraced(function* (call: LanguageModel.ProviderOptions) {
    const method = "generateText"
    const { betas, context, params } = yield* prepare(method, options, call)
    annotateRequest(call.span, params)
    const info: { last: Anthropic.ResponseInfo | undefined } = { last: undefined }
    const message = yield* ask(params).pipe(
      Anthropic.withSettings({ betas }),
      Effect.updateService(Anthropic.OnResponse, noteResponse(info)),
      Effect.mapError(errors.fromAnthropic(method))
    )
    annotateResponse(call.span, message)
    if (call.responseFormat.type === "json" && message.stop_reason === "refusal") {
      return yield* refusal(method)
    }
    const now = yield* DateTime.now
    return [
      metadataPart(message, DateTime.formatIso(now)),
      ...contentParts(message, context),
      finishPart(message, detailsOf(info))
    ]
  })

  const streamText = (call: LanguageModel.ProviderOptions) =>
    Stream.unwrap(
      Effect.gen(function* () {
        const method = "streamText"
        const { betas, context, params } = yield* prepare(method, options, call)
        annotateRequest(call.span, params)
        const info: { last: Anthropic.ResponseInfo | undefined } = { last: undefined }
        const builder = new MessageBuilder()
        const translator = new EventTranslator(context, DateTime.formatIso(yield* DateTime.now), () => detailsOf(info))
        return Messages.stream(params).pipe(
          Anthropic.withSettings({ betas }),
          Stream.updateService(Anthropic.OnResponse, noteResponse(info)),
          Stream.mapError(errors.fromAnthropic(method)),
          Stream.map((event) => {
            builder.push(event)
            const message = builder.build()
            if (message === undefined) return []
            if (event.type === "message_stop") annotateResponse(call.span, message)
            return translator.parts(event, message)
          }),
          Stream.filter(Arr.isReadonlyArrayNonEmpty),
          Stream.flattenArray
        )
      })
    )

  return yield* LanguageModel.make({
    codecTransformer,
    generateText: (call) => Effect.updateContext(generateText(call), withCaptured),
    streamText: (call) => Stream.updateContext(streamText(call), withCaptured)
  })
})

/**
 * Makes a language model that sends every call at once.
 *
 * The client and the settings in force are kept. Settings of a single call (`Anthropic.withSettings`) and `Overrides` are
 * applied to them. The client of the caller is not used.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options: Options): Effect.Effect<LanguageModel.LanguageModel, never, HttpClient.HttpClient> =>
  makeWith(options, Messages.create)

/**
 * Provides a language model that sends every call at once.
 *
 * @example
 * import * as AnthropicLanguageModel from "effect-anthropic/AnthropicLanguageModel"
 * import * as LanguageModel from "effect/ai/LanguageModel"
 * import * as Effect from "effect/Effect"
 * import * as FetchHttpClient from "effect/http/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 *
 * const program = LanguageModel.generateText({ prompt: "One sentence about Lyon." }).pipe(
 *   Effect.map((response) => response.text)
 * )
 *
 * const live = AnthropicLanguageModel.layer({ model: "claude-haiku-5-5", max_tokens: 1024 }).pipe(
 *   Layer.provide(FetchHttpClient.layer)
 * )
 *
 * Effect.runPromise(Effect.provide(program, live))
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<LanguageModel.LanguageModel, never, HttpClient.HttpClient> =>
  Layer.effect(LanguageModel.LanguageModel, make(options))

/**
 * Describes a model with its layer, for programs that choose between providers, for example with `ExecutionPlan`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const model = (
  name: Options["model"],
  options: Omit<Options, "model">
): Model.Model<"anthropic", LanguageModel.LanguageModel, HttpClient.HttpClient> =>
  Model.make("anthropic", name, layer({ ...options, model: name }))

/**
 * Parameters of every request, and how calls are collected into batches.
 *
 * @category options
 * @since 0.1.0
 */
export interface PooledOptions<R = never> extends Options, Pool.Options<R> {}

/**
 * Makes a language model that collects calls into message batches, as `layerPooled` does.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makePooled = Effect.fnUntraced(function* <R = never>(
  options: PooledOptions<R>
): Effect.fn.Return<LanguageModel.LanguageModel, Pool.PoolOptionsError, HttpClient.HttpClient | Scope.Scope | R> {
  const { check, maxBytes, maxInFlight, maxRequests, maxWaiting, watch, window, ...params } = options
  const pool = yield* Pool.make({ check, maxBytes, maxInFlight, maxRequests, maxWaiting, watch, window })
  return yield* makeWith(params, pool.create)
})

/**
 * Provides a language model that collects calls into message batches, at half the price. The program does not change.
 *
 * An answer takes minutes, and up to 24 hours, also in each round of a tool loop. Run many calls at the same time, because
 * otherwise every batch has one request. `streamText` cannot wait for a batch: it is a direct call at the full price. Calls
 * with other betas or other headers go into separate batches.
 *
 * When the layer is closed, calls without an answer fail and their batches are canceled. Nothing survives the end of the
 * process: use `BatchRun` for that. An `AiError` is retryable only if the call was surely not charged.
 *
 * @example
 * import * as AnthropicLanguageModel from "effect-anthropic/AnthropicLanguageModel"
 * import * as LanguageModel from "effect/ai/LanguageModel"
 * import * as Effect from "effect/Effect"
 * import * as FetchHttpClient from "effect/http/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 *
 * const program = Effect.forEach(
 *   ["Lyon", "Turin"],
 *   (city) => LanguageModel.generateText({ prompt: `One sentence about ${city}.` }),
 *   { concurrency: "unbounded" }
 * )
 *
 * const pooled = AnthropicLanguageModel.layerPooled({
 *   model: "claude-haiku-5-5",
 *   max_tokens: 1024,
 *   window: "10 seconds"
 * }).pipe(Layer.provide(FetchHttpClient.layer))
 *
 * Effect.runPromise(Effect.provide(program, pooled))
 *
 * @category layers
 * @since 0.1.0
 */
export const layerPooled = <R = never>(
  options: PooledOptions<R>
): Layer.Layer<LanguageModel.LanguageModel, Pool.PoolOptionsError, HttpClient.HttpClient | Exclude<R, Scope.Scope>> =>
  Layer.effect(LanguageModel.LanguageModel, makePooled(options))
