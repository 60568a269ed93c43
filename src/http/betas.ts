// The only place where the betas of a call are read: from the setting `betas`, and from a header of the caller.
import type { Settings } from "../Anthropic.ts"

/** The values of the `anthropic-beta` header, each once: first those of the caller's header, last those that the call needs. */
export const betasOf = (
  settings: Pick<Settings, "betas" | "headers">,
  needed: ReadonlyArray<string> = []
): ReadonlyArray<string> => {
  const own = (settings.headers["anthropic-beta"] ?? "").split(",")
  const named = [...own, ...settings.betas, ...needed].map((beta) => beta.trim()).filter((beta) => beta !== "")
  return [...new Set(named)]
}
