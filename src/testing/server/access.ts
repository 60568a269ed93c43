// Checks the access of a request: the credential, the API version and the betas.
// The betas are those of the official SDK 1.14.0, read on 2026-11-25, and one that its `beta.messages.parse` sends.
import { ApiError, invalidRequest } from "./wire.ts"

type Headers = { readonly [name: string]: string }

/** The workspaces of credentials that have a fixed one. */
export type Workspaces = { readonly [credential: string]: string }

const versions = ["2026-10-21", "2023-06-01"]

/** The values of `anthropic-beta` that the API is known to accept. Any other value is a 400. */
const knownBetas: ReadonlySet<string> = new Set([
  "computer-use-2024-10-22",
  "computer-use-2025-01-24",
  "computer-use-2025-11-24",
  "output-128k-2025-02-19",
  "output-300k-2026-03-24",
  "mcp-client-2025-04-04",
  "mcp-client-2025-11-20",
  "mcp-client-2026-09-15",
  "dev-full-thinking-2025-05-14",
  "interleaved-thinking-2025-05-14",
  "code-execution-2025-05-22",
  "context-1m-2025-08-07",
  "context-management-2025-06-27",
  "model-context-window-exceeded-2025-08-26",
  "fast-mode-2026-02-01",
  "user-profiles-2026-03-24",
  "user-profiles-2026-08-18",
  "user-profiles-2026-09-04",
  "user-profiles-billing-2026-10-01",
  "advisor-tool-2026-03-01",
  "managed-agents-2026-04-01",
  "dreaming-2026-04-21",
  "thinking-token-count-2026-05-13",
  "thinking-display-updates-2026-08-18",
  "thinking-binding-controls-2026-08-01",
  "server-side-fallback-2026-06-01",
  "server-side-fallback-2026-07-01",
  "fallback-credit-2026-06-01",
  "fallback-credit-2026-07-01",
  "agent-memory-2026-07-22",
  "mid-conversation-tool-changes-2026-07-01",
  "mid-conversation-output-config-2026-07-01",
  "mid-conversation-system-clear-at-2026-08-21",
  "compact-2026-01-12",
  "compact-2026-09-04",
  "mcp-tunnels-2026-06-22",
  "structured-outputs-2025-11-13",
  "structured-outputs-2025-12-15",
  "task-budgets-2026-03-13",
  "inline-tools-2026-09-15",
  "ce-plugins-2026-09-01",
  "spend-limit-reads-2026-09-26",
  "telemetry-destinations-2026-08-11",
  "webhooks-2026-10-07",
  "admin-user-sign-out-2026-10-08",
  "message-threads-2026-08-12",
  "analytics-usage-cost-2026-08-24",
  "experimental-claude-tag-2026-10-21",
  "ce-claude-code-managed-settings-2026-10-06",
  "efs-2026-10-01",
  "google-managed-data-controls-2026-09-01",
  "message-batches-2024-09-24",
  "prompt-caching-2024-07-31",
  "pdfs-2024-09-25",
  "token-counting-2024-11-01",
  "token-efficient-tools-2025-02-19",
  "extended-cache-ttl-2025-04-11",
  "cache-diagnosis-2026-04-07",
  "ce-user-management-2026-07-13",
  "files-api-2025-04-14",
  "skills-2025-10-02",
  "oauth-2025-04-20",
  "oidc-federation-2026-04-01"
])

/** The credential of a request. */
export const credentialOf = (headers: Headers): string | undefined => {
  const bearer = headers.authorization?.match(/^bearer +(\S+)$/i)?.[1]
  return bearer ?? (headers["x-api-key"] || undefined)
}

/** The workspace of requests that name none, with a credential without a fixed one. */
export const defaultWorkspace = "wrkspc_000000000000000000000001"

const boundWorkspace = (headers: Headers, workspaces: Workspaces): string | undefined => {
  const key = credentialOf(headers)
  return key !== undefined && Object.hasOwn(workspaces, key) ? workspaces[key] : undefined
}

/** The workspace of a request: that of its credential, or else the one in its header. */
export const workspaceOf = (headers: Headers, workspaces: Workspaces): string =>
  boundWorkspace(headers, workspaces) ?? headers["anthropic-workspace-id"] ?? defaultWorkspace

/** The values of `anthropic-beta`. */
export const betasOf = (headers: Headers): ReadonlyArray<string> =>
  (headers["anthropic-beta"] ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "")

/** Why a credential may not be used for the workspace in the header, if it may not. */
const refuseWorkspace = (headers: Headers, workspaces: Workspaces): ApiError | undefined => {
  const bound = boundWorkspace(headers, workspaces)
  const named = headers["anthropic-workspace-id"]
  return bound === undefined || named === undefined || named === bound
    ? undefined
    : invalidRequest(`anthropic-workspace-id: the credential is of another workspace than ${named}`)
}

/** Why the API refuses the headers of a request, if it does: the credential first, then the version, then the betas. */
export const refuseAccess = (
  headers: Headers,
  options: {
    readonly apiKeys: ReadonlyArray<string> | undefined
    readonly betas: ReadonlyArray<string>
    readonly workspaces: Workspaces
    /** Whether an issued token is valid. Undefined for other credentials. */
    readonly isValidToken: (credential: string) => boolean | undefined
    /** Whether a credential is an admin one, which only the endpoints of the organization accept. */
    readonly isAdmin: (credential: string) => boolean
    /** Whether the request is for one of those endpoints. */
    readonly isOrganization: boolean
  }
): ApiError | undefined => {
  const key = credentialOf(headers)
  const isValid = (key: string) => options.isValidToken(key) ?? options.apiKeys?.includes(key) ?? true
  if (key === undefined || !(isValid(key) || options.isAdmin(key))) {
    const message = key === undefined ? "a credential is required" : "invalid credential"
    return new ApiError({ status: 401, type: "authentication_error", message })
  }
  if (options.isAdmin(key) && !options.isOrganization) {
    return new ApiError({ status: 403, type: "permission_error", message: "an admin credential is not accepted here" })
  }
  const wrongWorkspace = refuseWorkspace(headers, options.workspaces)
  if (wrongWorkspace !== undefined) return wrongWorkspace
  const version = headers["anthropic-version"]
  if (version === undefined) return invalidRequest("anthropic-version: header is required")
  if (!versions.includes(version)) {
    return invalidRequest(`anthropic-version: "${version}" is not a valid version`)
  }
  const unknown = betasOf(headers).find((name) => !knownBetas.has(name) && !options.betas.includes(name))
  return unknown === undefined
    ? undefined
    : invalidRequest(`Unexpected value(s) \`${unknown}\` for the \`anthropic-beta\` header`)
}
