// Lines of text in a few styles, as a terminal shows them and as plain text.
// Colours are left out if `NO_COLOR` is set, or if the output is not a terminal.

export type Style = "plain" | "strong" | "dim" | "good" | "bad" | "accent"

export interface Span {
  readonly text: string
  readonly style: Style
}

export type Line = ReadonlyArray<Span>

const span =
  (style: Style) =>
  (text: string): Span => ({ text, style })

export const plain = span("plain")
export const strong = span("strong")
export const dim = span("dim")
export const good = span("good")
export const bad = span("bad")
export const accent = span("accent")

const codes: { readonly [S in Style]: string } = {
  plain: "",
  strong: "1",
  dim: "2",
  good: "32",
  bad: "31",
  accent: "36"
}

export const hasColour = process.stdout.isTTY === true && (process.env.NO_COLOR ?? "") === ""

export const textOf = (line: Line): string => line.map(({ text }) => text).join("")

/** The line for the terminal, cut to `width` characters. */
export const paint = (line: Line, width = Number.POSITIVE_INFINITY): string => {
  let left = width
  return line
    .map(({ style, text }) => {
      const shown = text.slice(0, Math.max(0, left))
      left -= shown.length
      return hasColour && codes[style] !== "" && shown !== "" ? `\u001b[${codes[style]}m${shown}\u001b[0m` : shown
    })
    .join("")
}
