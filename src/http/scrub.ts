// Removes the credential from texts of errors, because servers and proxies may send back what they received. A text is
// scrubbed before it is cut. If it was cut before, a credential that begins at its end is removed, too.

export type Scrub = (text: string) => string

/** Shorter credentials are not secret, and occur in the middle of words. */
const shortest = 8

/** From this length on a credential cannot be part of an ordinary text, so it is also searched for in the middle of words. */
const unmistakable = 20

const redacted = "<redacted>"

const escapeSource = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")

/** A pattern of one character as it may be written in a text, in JSON, and in a URL. */
const characterSource = (character: string): string => {
  const hex = character.charCodeAt(0).toString(16).padStart(2, "0")
  const plain = escapeSource(character)
  return /[A-Za-z0-9]/.test(character) ? plain : `(?:\\\\?${plain}|\\\\u00${hex}|%${hex})`
}

const patternOf = (credential: string): RegExp => {
  const source = [...credential].map(characterSource).join("")
  return new RegExp(credential.length < unmistakable ? `(?<![A-Za-z0-9_])${source}(?![A-Za-z0-9_])` : source, "gi")
}

/** The longest part of a credential that is the same in every form of it, in lower case. */
const partOf = (credential: string): string =>
  credential
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .reduce((longest, part) => (part.length > longest.length ? part : longest))

/** Where a credential that is cut off at the end of a text begins, or the end of the text if there is none. */
const startOfCut = (text: string, credential: string): number => {
  const start = text.lastIndexOf(credential.slice(0, shortest))
  return start !== -1 && credential.startsWith(text.slice(start)) ? start : text.length
}

export const scrubOf = (credential: string): Scrub => {
  if (credential.length < shortest) return (text) => text
  const part = partOf(credential)
  let pattern: RegExp | undefined
  return (text) => {
    let scrubbed = text
    // Almost no text contains a credential, and making the pattern takes as long as the rest of preparing a call.
    if (text.length >= credential.length && text.toLowerCase().includes(part)) {
      pattern ??= patternOf(credential)
      scrubbed = text.replaceAll(pattern, redacted)
    }
    const end = startOfCut(scrubbed, credential)
    return end === scrubbed.length ? scrubbed : `${scrubbed.slice(0, end)}${redacted}`
  }
}

/**
 * Whether a code or type consists of plain words, as those of the API do. A credential does not, and a code must stay
 * readable.
 */
const isPlain = (name: string): boolean => /^[a-z]+(?:_[a-z]+)*$/.test(name)

/** Removes the credential from a code or a type. */
export const scrubName = (name: string | undefined, scrub: Scrub): string | undefined =>
  name === undefined || isPlain(name) ? name : scrub(name)

/** The longest piece of a foreign text that an error keeps, in characters. */
const snippetLength = 500

/** The beginning of a text from which the credential is already removed. */
export const snippet = (text: string): string =>
  text.length > snippetLength ? `${text.slice(0, snippetLength)}…` : text
