// The one place where the betas of a call are read: the setting `betas` and a header of the caller's own.
import type { Settings } from "../Anthropic.ts"

/** The values of the `anthropic-beta` header, each once: those of the header first, and those that a call needs last. */
export const betasOf = (
  settings: Pick<Settings, "betas" | "headers">,
  needed: ReadonlyArray<string> = []
): ReadonlyArray<string> => {
  const own = Object.entries(settings.headers)
    .filter(([name]) => name.toLowerCase() === "anthropic-beta")
    .flatMap(([, value]) => value.split(","))
  const named = [...own, ...settings.betas, ...needed].map((beta) => beta.trim()).filter((beta) => beta !== "")
  return [...new Set(named)]
}
