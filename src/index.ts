/**
 * Anthropic's (Claude) API for Effect 4.
 *
 * @since 0.1.0
 */
export * as Anthropic from "./Anthropic.ts"
export * as AnthropicError from "./AnthropicError.ts"
export * as Batches from "./Batches.ts"
export * as BatchRequest from "./BatchRequest.ts"
export * as BatchRun from "./BatchRun.ts"
export * as Endpoint from "./Endpoint.ts"
export * as FileSource from "./FileSource.ts"
export * as Files from "./Files.ts"
export * as Journal from "./Journal.ts"
export * as Messages from "./Messages.ts"
export * as Models from "./Models.ts"
export * as Pagination from "./Pagination.ts"
export * as Pool from "./Pool.ts"
export * as Pricing from "./Pricing.ts"
export * as RateLimit from "./RateLimit.ts"
export * as SkillSource from "./SkillSource.ts"
export * as Skills from "./Skills.ts"
export * as StructuredOutput from "./StructuredOutput.ts"
export * as Tools from "./Tools.ts"
