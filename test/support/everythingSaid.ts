// Everything that a program shows of itself: logs, console, spans, errors and causes.
import { inspect } from "node:util"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpClient from "effect/http/HttpClient"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"

/** Everything a program could print, log, trace or serialize while `effect` runs, as one text. */
export const everythingSaid = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
  const spans: Array<Tracer.NativeSpan> = []
  const logged: Array<unknown> = []
  const printed: Array<unknown> = []
  const logger = Logger.make((entry) => {
    logged.push(entry.message, entry.cause, entry.date)
  })
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })
  const stdout = Object.entries(console)
  for (const [name, method] of stdout) {
    if (typeof method === "function")
      Reflect.set(console, name, (...args: ReadonlyArray<unknown>) => printed.push(args))
  }
  const exit = yield* Effect.exit(Effect.tapCause(effect, (cause) => Effect.logError("failed", cause))).pipe(
    Effect.provide(
      Logger.layer([logger, Logger.consolePretty(), Logger.consoleJson, Logger.consoleLogFmt, Logger.tracerLogger])
    ),
    Effect.provideService(References.MinimumLogLevel, "All"),
    Effect.provideService(HttpClient.TracerHeaderFilter, (_, phase) => phase === "request"),
    Effect.provideService(Console.Console, console),
    Effect.withTracer(tracer),
    Effect.ensuring(
      Effect.sync(() => {
        for (const [name, method] of stdout) Reflect.set(console, name, method)
      })
    )
  )
  const said: Array<unknown> = [...logged, ...printed]
  const causes = spans.flatMap(({ status }) =>
    status._tag === "Ended" && Exit.isFailure(status.exit) ? [status.exit.cause] : []
  )
  if (Exit.isFailure(exit)) causes.push(exit.cause)
  said.push(causes)
  for (const cause of causes) {
    said.push(Cause.pretty(cause), String(cause), JSON.stringify(cause))
    for (const reason of cause.reasons) {
      if (!Cause.isFailReason(reason)) continue
      const error: unknown = reason.error
      said.push(String(error), JSON.stringify(error), error)
      if (error instanceof Error) said.push(error.message, error.stack, error.cause)
    }
  }
  for (const span of spans) said.push([...span.attributes], span.events, span.name)
  const text = said.map((item) => (typeof item === "string" ? item : inspect(item, { depth: 20 }))).join("\n")
  return { text, exit, spans: spans.length }
})
