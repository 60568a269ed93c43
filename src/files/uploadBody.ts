// Makes the request body that uploads a source, after all checks that are possible before sending.
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Pull from "effect/Pull"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type RequestRefusedError, SourceChangedError } from "../AnthropicError.ts"
import type { FileSource, OpenFile } from "../FileSource.ts"
import { fileLimits } from "../facts/limits.ts"
import { fromStream, type RequestBody } from "../http/body.ts"
import { refuse } from "../http/refuse.ts"
import * as mediaType from "../media/mediaType.ts"
import * as multipart from "./multipart.ts"
import { atMost, counted, exactly, type OnProgress } from "./progress.ts"

/** `< > : " | ? *` and control characters; slashes are removed before. */
const isForbidden = (character: string): boolean => character < " " || '<>:"|?*'.includes(character)

/** The name to upload under, or what is wrong with it. */
const nameOf = (source: FileSource<unknown, unknown>, type: string | undefined) => {
  if (source.name === undefined) return { name: `unnamed${type === undefined ? "" : mediaType.extension(type)}` }
  const name = source.name.replace(/^.*[/\\]/s, "")
  const shown = JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name)
  if (name === "" || name === "." || name === "..") return { problem: `${shown} names no file` }
  if ([...name].length > fileLimits.nameLength) {
    return { problem: `${shown} is longer than ${fileLimits.nameLength} characters` }
  }
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

/**
 * The bytes of a source for each attempt. The first attempt reads the file that was opened here, which is closed after that
 * reading or with the scope. Every other attempt opens the source again.
 */
const attempts = Effect.fnUntraced(function* <E, R>(
  source: FileSource<E, R>,
  opened: OpenFile<E>,
  isPeeked: boolean
): Effect.fn.Return<
  {
    readonly start: Uint8Array
    readonly bytes: OpenFile<E>["bytes"]
    /** How long the file of the next attempt was read before, in milliseconds. */
    readonly headStart: () => number
  },
  E,
  R | Scope.Scope
> {
  const context = yield* Effect.context<R>()
  const scope = yield* Scope.fork(yield* Effect.scope)
  const openedAt = yield* Clock.currentTimeMillis
  const first = isPeeked ? yield* Scope.provide(peek(opened), scope) : { start: new Uint8Array(), bytes: opened.bytes }
  const peekTime = (yield* Clock.currentTimeMillis) - openedAt
  let isFirst = true
  const bytes = Stream.suspend(() => {
    if (!isFirst) {
      if (!source.isRepeatable) return Stream.die(new Error("the source can be read only once"))
      return Stream.unwrap(Effect.map(Effect.provideContext(source.open, context), (file) => file.bytes))
    }
    isFirst = false
    return Stream.onExit(first.bytes, (exit) => Scope.close(scope, exit))
  })
  return { start: first.start, bytes, headStart: () => (isFirst ? peekTime : 0) }
})

const toSeconds = (input: Duration.Input): number =>
  Option.match(Duration.fromInput(input), { onNone: () => Number.NaN, onSome: Duration.toSeconds })

const randomDigits = Effect.map(Random.nextIntBetween(0, 2 ** 48), (digits) => digits.toString(36))

/** Makes the body. Its stream can be run for every attempt, while the scope is open. */
export const make = Effect.fnUntraced(function* <E, R>(
  operation: string,
  source: FileSource<E, R>,
  options: {
    readonly expiresIn?: Duration.Input | undefined
    readonly onProgress?: OnProgress | undefined
    /** Whether the size of the source is used. If not, everything up to its end is sent. */
    readonly isSized: boolean
  }
): Effect.fn.Return<RequestBody<E | SourceChangedError>, E | RequestRefusedError, R | Scope.Scope> {
  const refused = (path: string, description: string) => refuse(operation, path, description)
  const expiresIn = options.expiresIn === undefined ? undefined : toSeconds(options.expiresIn)
  const { maxExpiresIn, minExpiresIn } = fileLimits
  if (
    expiresIn !== undefined &&
    !(Number.isInteger(expiresIn) && expiresIn >= minExpiresIn && expiresIn <= maxExpiresIn)
  ) {
    return yield* refused("expiresIn", `${expiresIn} s is not whole seconds from 1 hour to 90 days`)
  }
  const stated = source.isTypeHint === true ? undefined : source.type
  if (stated !== undefined && !mediaType.isMediaType(stated)) {
    return yield* refused("type", `${JSON.stringify(stated)} is not a media type`)
  }
  const opened = yield* source.open
  const size = options.isSized ? opened.size : undefined
  if (size !== undefined && !(Number.isSafeInteger(size) && size >= 0)) {
    return yield* refused("size", `${size} is not a number of bytes`)
  }
  if (size !== undefined && size > fileLimits.bytes)
    return yield* refused("size", `${size} bytes are over ${fileLimits.bytes}`)
  const { bytes, headStart, start } = yield* attempts(source, opened, stated === undefined)
  const type =
    stated === undefined
      ? mediaType.choose({ name: source.name ?? "", reported: source.type, start })
      : mediaType.normalize(stated)
  const { name, problem } = nameOf(source, type)
  if (name === undefined) return yield* refused("name", problem)
  // A chunk without bytes would look like the end of the body to some clients.
  const filled = Stream.filter(bytes, (chunk) => chunk.byteLength > 0)
  const whole =
    size === undefined
      ? filled
      : exactly(
          source.growth === "ignore" ? atMost(filled, size) : filled,
          size,
          (received) => new SourceChangedError({ expected: size, received })
        )
  const boundary = `effect-anthropic-${(yield* randomDigits) + (yield* randomDigits) + (yield* randomDigits)}`
  const fields = expiresIn === undefined ? [] : [["expires_in_seconds", String(expiresIn)] as const]
  const file = { filename: name, type, size, bytes: counted(whole, size, options.onProgress, headStart) }
  return fromStream({ isRepeatable: source.isRepeatable, ...multipart.encode(boundary, fields, file) })
})
