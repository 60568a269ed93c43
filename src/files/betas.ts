// Refuses the beta header that asks the Files API for its shapes of 2025, which this package does not read.
// Source: https://platform.claude.com/docs/en/build-with-claude/files.
import * as Effect from "effect/Effect"
import { currentSettings } from "../Anthropic.ts"
import { betasOf } from "../http/betas.ts"
import { refuse } from "../http/refuse.ts"

const oldBeta = "files-api-2025-04-14"

export const refuseOldBeta = (operation: string) =>
  Effect.flatMap(currentSettings, (settings) =>
    betasOf(settings).includes(oldBeta)
      ? Effect.fail(refuse(operation, "betas", `${oldBeta} asks for the shapes of 2025, which are not supported`))
      : Effect.void
  )
