// The headers of every answer: the organization, the request id, and what is left of the rate limits. Limits that the
// emulator does not enforce always have the same values.
import type { Allowance } from "./limits.ts"

/** The organization of every credential. */
export const organizationId = "b1a0c5de-0000-4000-8000-000000000001"

const seconds = (millis: number): string => `${new Date(millis).toISOString().slice(0, 19)}Z`

const rateLimits = (now: number): { readonly [name: string]: string } => {
  const reset = seconds(now + 1_000)
  return {
    "anthropic-ratelimit-requests-limit": "4000",
    "anthropic-ratelimit-requests-remaining": "3999",
    "anthropic-ratelimit-requests-reset": reset,
    "anthropic-ratelimit-input-tokens-limit": "2000000",
    "anthropic-ratelimit-input-tokens-remaining": "1998000",
    "anthropic-ratelimit-input-tokens-reset": reset,
    "anthropic-ratelimit-output-tokens-limit": "400000",
    "anthropic-ratelimit-output-tokens-remaining": "399000",
    "anthropic-ratelimit-output-tokens-reset": reset,
    "anthropic-ratelimit-tokens-limit": "2400000",
    "anthropic-ratelimit-tokens-remaining": "2397000",
    "anthropic-ratelimit-tokens-reset": reset
  }
}

export const answerHeaders = (
  requestId: string,
  workspaceId: string,
  now: number
): { readonly [name: string]: string } => ({
  "request-id": requestId,
  "anthropic-organization-id": organizationId,
  "anthropic-workspace-id": workspaceId,
  ...rateLimits(now)
})

/** The headers of a limit that the emulator enforces. */
export const allowanceHeaders = ({ limit, remaining, resetAt }: Allowance): { readonly [name: string]: string } => ({
  "anthropic-ratelimit-requests-limit": String(limit),
  "anthropic-ratelimit-requests-remaining": String(remaining),
  "anthropic-ratelimit-requests-reset": seconds(resetAt)
})
