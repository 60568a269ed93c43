// What the calls of the Skills API have in common: the beta that asks for other shapes is refused.
// Source: https://platform.claude.com/docs/en/build-with-claude/skills-guide.
import * as Effect from "effect/Effect"
import { currentSettings } from "../Anthropic.ts"
import type { RequestRefusedError } from "../AnthropicError.ts"
import { betasOf } from "../http/betas.ts"
import { refuse } from "../http/refuse.ts"

const oldBeta = "skills-2025-10-02"

/** Refuses the beta of 2025, whose shapes this package does not read. */
export const refuseOldBeta = (operation: string): Effect.Effect<void, RequestRefusedError> =>
  Effect.flatMap(currentSettings, (settings) =>
    betasOf(settings).includes(oldBeta)
      ? Effect.fail(refuse(operation, "betas", `${oldBeta} asks for the shapes of 2025, which are not supported`))
      : Effect.void
  )
