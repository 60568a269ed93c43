import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Pull from "effect/Pull"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type RequestRefusedError, SourceChangedError } from "../AnthropicError.ts"
import type { FileSource, OpenFile } from "../FileSource.ts"
import type { RequestBody } from "../http/body.ts"
import { refuse } from "../http/refuse.ts"
import * as mediaType from "./mediaType.ts"
import * as multipart from "./multipart.ts"
import { counted, exactly, type OnProgress } from "./progress.ts"

/** The most bytes that a file may have: 500 MB (https://platform.claude.com/docs/en/build-with-claude/files). */
const maxBytes = 500_000_000

/** `< > : " | ? *` and control characters; slashes are gone by then. */
const isForbidden = (character: string): boolean => character < " " || '<>:"|?*'.includes(character)

/** The name to upload under, or what is wrong with it. */
const nameOf = (source: FileSource<unknown, unknown>, type: string | undefined) => {
  if (source.name === undefined) return { name: `unnamed${type === undefined ? "" : mediaType.extension(type)}` }
  const name = source.name.replace(/^.*[/\\]/s, "")
  const shown = JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name)
  if (name === "" || name === "." || name === "..") return { problem: `${shown} names no file` }
  if ([...name].length > 255) return { problem: `${shown} is longer than 255 characters` }
  if ([...name].some(isForbidden)) return { problem: `${shown} has one of < > : " | ? * or a control character` }
  if (/\p{Surrogate}/u.test(name)) return { problem: `${shown} is not well-formed Unicode` }
  return { name }
}

/** The first bytes of an open file, and the file with those bytes still in it. */
const peek = Effect.fnUntraced(function* <E>(
  file: OpenFile<E>
): Effect.fn.Return<{ readonly start: Uint8Array; readonly bytes: OpenFile<E>["bytes"] }, E, Scope.Scope> {
  const pull = yield* Stream.toPull(file.bytes)
  const start = new Uint8Array(mediaType.startLength)
  const read: Array<Uint8Array> = []
  let length = 0
  let rest: OpenFile<E>["bytes"] = Stream.fromPull(Effect.succeed(pull))
  const take = Pull.matchEffect(pull, {
    onSuccess: (chunks) => Effect.succeed<ReadonlyArray<Uint8Array>>(chunks),
    onFailure: Effect.failCause,
    onDone: () => Effect.succeed(undefined)
  })
  while (length < start.length) {
    const chunks = yield* take
    if (chunks === undefined) {
      rest = Stream.empty
      break
    }
    for (const chunk of chunks) {
      start.set(chunk.subarray(0, start.length - length), length)
      length = Math.min(length + chunk.length, start.length)
      read.push(chunk)
    }
  }
  return { start: start.subarray(0, length), bytes: Stream.concat(Stream.fromIterable(read), rest) }
})

const toSeconds = (input: Duration.Input): number =>
  Option.match(Duration.fromInput(input), { onNone: () => Number.NaN, onSome: Duration.toSeconds })

const randomDigits = Effect.map(Random.nextIntBetween(0, 2 ** 48), (digits) => digits.toString(36))

/**
 * The body that uploads a source. Each attempt opens it anew; one that cannot be opened again is opened here, in the
 * scope, and read once.
 */
export const prepare = Effect.fnUntraced(function* <E, R>(
  operation: string,
  source: FileSource<E, R>,
  options: {
    readonly expiresIn: Duration.Input | undefined
    readonly onProgress: OnProgress | undefined
  }
): Effect.fn.Return<RequestBody<E | SourceChangedError>, E | RequestRefusedError, R | Scope.Scope> {
  const context = yield* Effect.context<R>()
  const refused = (path: string, description: string) => refuse(operation, path, description)
  const expiresIn = options.expiresIn === undefined ? undefined : toSeconds(options.expiresIn)
  if (expiresIn !== undefined && !(Number.isInteger(expiresIn) && expiresIn >= 3600 && expiresIn <= 7_776_000)) {
    return yield* refused("expiresIn", `${expiresIn} s is not whole seconds from 1 hour to 90 days`)
  }
  const opened = yield* source.open
  const { size } = opened
  if (size !== undefined && !(Number.isSafeInteger(size) && size >= 0)) {
    return yield* refused("size", `${size} is not a number of bytes`)
  }
  if (size !== undefined && size > maxBytes) return yield* refused("size", `${size} bytes are over ${maxBytes}`)
  const stated = source.type ?? (source.name === undefined ? undefined : mediaType.fromName(source.name))
  const { start, bytes: opening } = yield* stated !== undefined
    ? Effect.succeed({ start: new Uint8Array(), bytes: opened.bytes })
    : source.isRepeatable
      ? Effect.scoped(peek(opened))
      : peek(opened)
  const type = stated ?? mediaType.fromBytes(start)
  if (type !== undefined && !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+\/[ -~]+$/.test(type)) {
    return yield* refused("type", `${JSON.stringify(type)} is not a media type`)
  }
  const { name, problem } = nameOf(source, type)
  if (name === undefined) return yield* refused("name", problem)
  const bytes = source.isRepeatable
    ? Stream.unwrap(Effect.map(Effect.provideContext(source.open, context), (file) => file.bytes))
    : opening
  const whole =
    size === undefined
      ? bytes
      : exactly(bytes, size, (received) => new SourceChangedError({ expected: size, received }))
  const boundary = `effect-anthropic-${(yield* randomDigits) + (yield* randomDigits) + (yield* randomDigits)}`
  const fields = expiresIn === undefined ? [] : [["expires_in_seconds", String(expiresIn)] as const]
  return multipart.encode(boundary, fields, {
    filename: name,
    type,
    size,
    bytes: counted(whole, size, options.onProgress)
  })
})
