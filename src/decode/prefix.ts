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

/** What the parser accepts next. */
type Next = "value" | "firstItem" | "firstKey" | "key" | "colon" | "comma"

/** Whether a text that is not JSON could be continued to JSON. Takes linear time. */
export const isCutOff = (text: string): boolean => {
  const closers: Array<"}" | "]"> = []
  let next: Next = "value"
  let at = 0
  const space = /[ \t\n\r]*/y
  while (true) {
    space.lastIndex = at
    at += space.exec(text)?.[0].length ?? 0
    const character = text[at]
    if (character === undefined) return next !== "comma" || closers.length > 0
    if (next === "comma" && closers.length === 0) return false
    if (next === "comma" || next === "firstItem" || next === "firstKey") {
      if (character === closers.at(-1)) {
        closers.pop()
        next = "comma"
        at += 1
        continue
      }
      if (next === "comma") {
        if (character !== ",") return false
        next = closers.at(-1) === "}" ? "key" : "value"
        at += 1
        continue
      }
    }
    if (next === "colon") {
      if (character !== ":") return false
      next = "value"
      at += 1
      continue
    }
    const isKey: boolean = next === "key" || next === "firstKey"
    if (!isKey && (character === "{" || character === "[")) {
      closers.push(character === "{" ? "}" : "]")
      next = character === "{" ? "firstKey" : "firstItem"
      at += 1
      continue
    }
    if (isKey && character !== '"') return false
    const end = character === '"' ? endOfString(text, at + 1) : endOfScalar(text, at)
    if (typeof end !== "number") return end === "cut"
    at = end
    next = isKey ? "colon" : "comma"
  }
}
