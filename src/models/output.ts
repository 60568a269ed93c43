// The most that a model writes: its own limit, or that of a beta that raises it in batches.
import { longOutput } from "../facts/limits.ts"
import { models, namesOf } from "../facts/models.ts"
import type { ModelInfo } from "../schema/Model.ts"

/** How a request is going to be sent. */
export interface Sending {
  readonly batch?: boolean | undefined
  readonly betas?: ReadonlyArray<string> | undefined
}

export interface OutputLimit {
  /** In tokens. Undefined if it is unknown. */
  readonly tokens: number | undefined
  /** Whether the figure is certain. It is not for an unknown model with a beta that may raise it. */
  readonly isCertain: boolean
}

const known: ReadonlyArray<string> = models.map(({ id }) => id)

/** The largest `max_tokens` of a model. */
export const outputLimit = (model: ModelInfo, { batch, betas }: Sending): OutputLimit => {
  const own = model.max_tokens ?? undefined
  if (batch !== true || betas?.includes(longOutput.beta) !== true) return { tokens: own, isCertain: true }
  const [id = model.id] = namesOf(model.id)
  const raised = Math.max(own ?? 0, longOutput.maxTokens)
  if (longOutput.models.includes(id)) return { tokens: raised, isCertain: true }
  return known.includes(id) ? { tokens: own, isCertain: true } : { tokens: raised, isCertain: false }
}
