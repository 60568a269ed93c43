// The attributes of the span of a call: with the names of the OpenTelemetry conventions, and also with those of the official
// SDK 1.14.0. They contain nothing of a prompt or an answer.
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type { ObservedCall } from "../Anthropic.ts"
import { parseJson } from "../decode/json.ts"
import type { MessageBatch } from "../schema/Batch.ts"
import type { Message } from "../schema/Message.ts"

export interface Attributes {
  readonly [name: string]: unknown
}

/** Removes the attributes without a value. */
const known = (attributes: Attributes): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined && value !== null))

/** Whether a call is answered with a message. */
export const isChat = (call: ObservedCall): boolean => call.path.length === 1 && call.path[0] === "messages"

/** The parameters of a call, if they are sent as one piece of JSON. */
export const paramsOf = (call: ObservedCall): unknown => {
  const { bytes } = call.body ?? {}
  return bytes === undefined ? undefined : Result.getOrUndefined(parseJson(new TextDecoder().decode(bytes)))
}

export const at = (value: unknown, ...path: ReadonlyArray<string>): unknown =>
  path.reduce((found, name) => (Predicate.hasProperty(found, name) ? found[name] : undefined), value)

const ids: { readonly [resource: string]: string } = {
  files: "anthropic.file.id",
  models: "anthropic.model.id",
  skills: "anthropic.skill.id"
}

const idAttributes = ({ path }: ObservedCall): Attributes => {
  if (path[0] === "messages" && path[1] === "batches") return { "anthropic.message.batch.id": path[2] }
  const name = ids[path[0] ?? ""]
  return name === undefined ? {} : { [name]: path[1] }
}

/** The attributes that are known before the call is sent. */
export const requestAttributes = (call: ObservedCall, params: unknown): Attributes =>
  known({
    "gen_ai.provider.name": "anthropic",
    "gen_ai.operation.name": isChat(call) ? "chat" : undefined,
    "gen_ai.request.model": call.model,
    "gen_ai.request.max_tokens": at(params, "max_tokens"),
    "gen_ai.request.stream": at(params, "stream") === true ? true : undefined,
    "gen_ai.request.reasoning.level": at(params, "output_config", "effort"),
    "gen_ai.output.type": at(params, "output_config", "format", "type") === "json_schema" ? "json" : undefined,
    "anthropic.request.service_tier": at(params, "service_tier"),
    "anthropic.thinking.type": at(params, "thinking", "type"),
    "anthropic.thinking.budget_tokens": at(params, "thinking", "budget_tokens"),
    ...idAttributes(call)
  })

/** The tokens of a message, by classes that exclude each other. */
export const tokenClasses = ({ usage }: Message) => {
  const written = usage.cache_creation_input_tokens ?? 0
  const long = Math.min(usage.cache_creation?.ephemeral_1h_input_tokens ?? 0, written)
  const thinking = Math.min(usage.output_tokens_details?.thinking_tokens ?? 0, usage.output_tokens)
  return {
    input: usage.input_tokens,
    cache_read: usage.cache_read_input_tokens ?? 0,
    cache_write_5m: written - long,
    cache_write_1h: long,
    output: usage.output_tokens - thinking,
    thinking
  }
}

/** All input of a message, cached or not. */
export const inputTokens = ({ usage }: Message): number =>
  usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0)

/** The attributes of an answer, without its content. For a stream that is under way, those so far. */
export const messageAttributes = (message: Message): Attributes => {
  const { usage } = message
  return known({
    "gen_ai.response.id": message.id,
    "gen_ai.response.model": message.model,
    "gen_ai.response.finish_reasons": message.stop_reason === null ? undefined : [message.stop_reason],
    "anthropic.message.stop_reason": message.stop_reason,
    "gen_ai.usage.input_tokens": inputTokens(message),
    "gen_ai.usage.output_tokens": usage.output_tokens,
    "gen_ai.usage.cache_read.input_tokens": usage.cache_read_input_tokens,
    "gen_ai.usage.cache_write.input_tokens": usage.cache_creation_input_tokens,
    "gen_ai.usage.reasoning.output_tokens": usage.output_tokens_details?.thinking_tokens,
    "anthropic.usage.cache_creation.ephemeral_5m_input_tokens": usage.cache_creation?.ephemeral_5m_input_tokens,
    "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": usage.cache_creation?.ephemeral_1h_input_tokens,
    "anthropic.response.service_tier": usage.service_tier
  })
}

export const batchAttributes = (batch: MessageBatch): Attributes => ({
  "anthropic.message.batch.id": batch.id,
  "anthropic.message.batch.processing_status": batch.processing_status,
  ...Object.fromEntries(
    Object.entries(batch.request_counts).map(([name, count]) => [
      `anthropic.message.batch.request_counts.${name}`,
      count
    ])
  )
})

export const isMessage = (value: unknown): value is Message =>
  Predicate.hasProperty(value, "type") && value.type === "message" && Predicate.hasProperty(value, "usage")

export const isBatch = (value: unknown): value is MessageBatch =>
  Predicate.hasProperty(value, "type") &&
  value.type === "message_batch" &&
  Predicate.hasProperty(value, "request_counts")

/** The headers of a response that a span has as attributes. */
const headers = [
  ["anthropic.request.id", "request-id"],
  ["anthropic.organization.id", "anthropic-organization-id"],
  ["anthropic.workspace.id", "anthropic-workspace-id"]
] as const

export const responseAttributes = (response: {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
}): Attributes =>
  known({
    "http.response.status_code": response.status,
    ...Object.fromEntries(headers.map(([attribute, name]) => [attribute, response.headers[name]]))
  })
