// The headers of `ANTHROPIC_CUSTOM_HEADERS`, which gateways need.
// Everything public here is exported by the module Anthropic.
import * as Config from "effect/Config"

/** Parses one `Name: value` on each line. A line without a colon is ignored, as in the official client. */
const parse = (text: string): { readonly [name: string]: string } => {
  const headers: Record<string, string> = {}
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":")
    if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim()
  }
  return headers
}

/**
 * The headers of the variable `ANTHROPIC_CUSTOM_HEADERS`, with one `Name: value` on each line, for `layerConfig`. There are
 * none if it is not set. A line without a colon is ignored.
 *
 * @category config
 * @since 0.1.0
 */
export const customHeaders: Config.Config<{ readonly [name: string]: string }> = Config.map(
  Config.withDefault(Config.String("ANTHROPIC_CUSTOM_HEADERS"), ""),
  parse
)
