// Decodes bytes to text. Bytes that are not UTF-8 are an error and not a replacement character.
// A byte order mark stays in the text, because only the first line of a body may have one.
import * as Result from "effect/Result"

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

export const decodeUtf8 = (bytes: Uint8Array): Result.Result<string, string> => {
  try {
    return Result.succeed(utf8.decode(bytes))
  } catch {
    return Result.fail("it is not UTF-8")
  }
}
