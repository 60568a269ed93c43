// Distinguishes JSON that was cut off from text that is not JSON: the first could be continued to valid JSON. `JSON.parse`
// fails on both, with texts that differ between engines.

const quote = 0x22
const backslash = 0x5c

/** Where a piece of JSON ends: `cut` if the text ends first, `wrong` if it is not JSON. */
type End = number | "cut" | "wrong"

const endOfEscape = (text: string, at: number): End => {
  const escaped = text[at + 1]
  if (escaped === undefined) return "cut"
  if (escaped !== "u") return '"\\/bfnrt'.includes(escaped) ? at + 2 : "wrong"
  const digits = text.slice(at + 2, at + 6)
  if (!/^[0-9a-fA-F]*$/.test(digits)) return "wrong"
  return digits.length < 4 ? "cut" : at + 6
}

/** `start` is the index after the opening quote. */
const endOfString = (text: string, start: number): End => {
  let at = start
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === quote) return at + 1
    if (code < 0x20) return "wrong"
    if (code !== backslash) {
      at += 1
      continue
    }
    const end = endOfEscape(text, at)
    if (typeof end !== "number") return end
    at = end
  }
  return "cut"
}

const scalar = /[-+.\w]*/y
const wholeScalar = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/
const cutScalar = /^(?:t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?|-?(?:(?:0|[1-9]\d*)(?:\.\d*|(?:\.\d+)?[eE][+-]?\d*)?)?)$/

const endOfScalar = (text: string, start: number): End => {
  scalar.lastIndex = start
  const [word = ""] = scalar.exec(text) ?? []
  const end = start + word.length
  if (word === "") return "wrong"
  if (wholeScalar.test(word)) return end
  return end === text.length && cutScalar.test(word) ? "cut" : "wrong"
}

/** Whether a text that is not JSON could be continued to JSON. Takes linear time. */
export const isCutOff = (text: string): boolean => {
  const closers: Array<string> = []
  let next: "value" | "key" | ":" | "," = "value"
  /** Whether an object or array has just begun, so that it may end without a member. */
  let isFirst = false
  let at = 0
  const space = /[ \t\n\r]*/y
  while (true) {
    space.lastIndex = at
    at += space.exec(text)?.[0].length ?? 0
    const character = text[at]
    const closer = closers.at(-1)
    if (character === undefined) return next !== "," || closer !== undefined
    if (character === closer && (isFirst || next === ",")) {
      closers.pop()
      next = ","
      at += 1
    } else if (next === ":" || next === ",") {
      if (character !== next || closer === undefined) return false
      next = next === "," && closer === "}" ? "key" : "value"
      at += 1
    } else if (next === "value" && (character === "{" || character === "[")) {
      closers.push(character === "{" ? "}" : "]")
      next = character === "{" ? "key" : "value"
      at += 1
      isFirst = true
      continue
    } else {
      if (next === "key" && character !== '"') return false
      const end = character === '"' ? endOfString(text, at + 1) : endOfScalar(text, at)
      if (typeof end !== "number") return end === "cut"
      at = end
      next = next === "key" ? ":" : ","
    }
    isFirst = false
  }
}
