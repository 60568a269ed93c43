// The two SDKs, each as its users make it.
import OfficialAnthropic from "@anthropic-ai/sdk"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Anthropic from "effect-anthropic/Anthropic"

export interface Endpoint {
  readonly baseUrl: string
  readonly fetch?: typeof globalThis.fetch
}

const apiKey = "sk-ant-bench"

/** What our operations need, built once as a program would. */
export const ours = ({ baseUrl, fetch = globalThis.fetch }: Endpoint) =>
  Layer.mergeAll(
    Anthropic.layer({ apiKey, baseUrl }),
    FetchHttpClient.layer,
    Layer.succeed(FetchHttpClient.Fetch, fetch)
  )

export const official = ({ baseUrl, fetch = globalThis.fetch }: Endpoint): OfficialAnthropic =>
  new OfficialAnthropic({ apiKey, baseURL: baseUrl, fetch })
