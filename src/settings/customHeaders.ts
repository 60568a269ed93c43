// The headers of `ANTHROPIC_CUSTOM_HEADERS`, as gateways want them.
// Everything public here is exported by the module Anthropic.
import * as Config from "effect/Config"

/** One `Name: value` a line. A line without a colon is ignored, as the official client does. */
const parse = (text: string): { readonly [name: string]: string } => {
  const headers: Record<string, string> = {}
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":")
    if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim()
  }
  return headers
}

/**
 * The headers of the variable `ANTHROPIC_CUSTOM_HEADERS`, one `Name: value` a line, for `layerConfig`. None where it is not
 * set. A line without a colon is ignored.
 *
 * @category config
 * @since 0.1.0
 */
export const customHeaders: Config.Config<{ readonly [name: string]: string }> = Config.map(
  Config.withDefault(Config.String("ANTHROPIC_CUSTOM_HEADERS"), ""),
  parse
)
