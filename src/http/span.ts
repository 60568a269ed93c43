// The span of an operation that is a stream: it lasts as long as the stream, and fails with it. `Effect.fn` would end the
// span when the stream is made, and `Stream.withSpan` costs as much as reading a small event.
import * as Channel from "effect/Channel"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Pull from "effect/Pull"
import * as References from "effect/References"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"

const end = Effect.fnUntraced(function* (span: Tracer.Span, exit: Exit.Exit<unknown, unknown>) {
  span.end((yield* References.TracerTimingEnabled) ? yield* Clock.currentTimeNanos : BigInt(0), exit)
})

/**
 * Makes a span, unless the tracer is Effect's own, whose spans are not exported. Making and watching one costs as much as an
 * event.
 */
const makeSpan = (name: string): Effect.Effect<Tracer.Span | undefined> =>
  Effect.flatMap(Tracer.Tracer, (tracer) =>
    tracer === Tracer.nativeTracer ? Effect.succeed(undefined) : Effect.makeSpan(name)
  )

/**
 * Adds a span to a stream. `requests` says whether the stream sends a request only when it begins, or also later. The span
 * is the parent of these requests.
 *
 * A failure of the reader is not a failure of the stream.
 */
export const withSpan =
  (name: string, requests: "first" | "any") =>
  <A, E, R>(self: Stream.Stream<A, E, R>): Stream.Stream<A, E, R> =>
    Stream.fromChannel(
      Channel.fromTransform((upstream, scope) =>
        Effect.flatMap(makeSpan(name), (span) => {
          if (span === undefined) return Channel.toTransform(self.channel)(upstream, scope)
          let failure: Exit.Exit<never, unknown> | undefined
          const watched = <B, E2, R2>(effect: Effect.Effect<B, E2, R2>) =>
            Effect.tapCause(effect, (cause) =>
              Effect.sync(() => {
                if (!Pull.isDoneCause(cause)) failure = Exit.failCause(cause)
              })
            )
          const inSpan = Effect.provideService(Tracer.ParentSpan, span)
          const finalizer = (exit: Exit.Exit<unknown, unknown>) =>
            end(span, failure ?? (Exit.hasInterrupts(exit) ? exit : Exit.void))
          return Effect.andThen(
            Scope.addFinalizerExit(scope, finalizer),
            Effect.map(inSpan(watched(Channel.toTransform(self.channel)(upstream, scope))), (pull) => {
              const later = watched(pull)
              const first = inSpan(later)
              if (requests === "any") return first
              let isFirst = true
              const noted = Effect.map(first, (chunk) => {
                isFirst = false
                return chunk
              })
              return Effect.suspend(() => (isFirst ? noted : later))
            })
          )
        })
      )
    )
