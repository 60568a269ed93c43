// What spans and inspections may see of a request: no credential, and no header that the caller's settings added.
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Exit from "effect/Exit"
import * as Headers from "effect/http/Headers"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Predicate from "effect/Predicate"
import * as Redactable from "effect/Redactable"
import * as Tracer from "effect/Tracer"

/** A span keeps how its effect ended: of a client's span that is the response, which holds the request with its headers. */
const withoutRequest = (exit: Exit.Exit<unknown, unknown>): Exit.Exit<unknown, unknown> => {
  if (Exit.isSuccess(exit)) return Predicate.hasProperty(exit.value, HttpClientResponse.TypeId) ? Exit.void : exit
  return Exit.failCause(
    Cause.map(exit.cause, (error) =>
      HttpClientError.isHttpClientError(error)
        ? Object.assign(new Error(error.message), { name: error.reason._tag })
        : error
    )
  )
}

/** The tracer, whose spans forget requests and responses. */
const discreet = (tracer: Tracer.Tracer): Tracer.Tracer =>
  Object.create(tracer, {
    span: {
      value: (options: Parameters<Tracer.Tracer["span"]>[0]): Tracer.Span => {
        const span = tracer.span(options)
        const end = span.end.bind(span)
        Reflect.defineProperty(span, "end", {
          value: (time: bigint, exit: Exit.Exit<unknown, unknown>) => end(time, withoutRequest(exit))
        })
        return span
      }
    }
  })

/** What the client is told about tracing one request; `secret` names the headers that are never shown. */
export const addTracing = (
  context: Context.Context<never>,
  options: { readonly spanName: string; readonly propagates: boolean; readonly secret: ReadonlyArray<string> }
): Context.Context<never> => {
  const tracer = Context.get(context, Tracer.Tracer)
  const names = Context.get(context, Headers.CurrentRedactedNames)
  const told = context.pipe(
    Context.add(HttpClient.TracerPropagationEnabled, options.propagates),
    Context.add(Headers.CurrentRedactedNames, [...options.secret, ...names])
  )
  // The spans of Effect's own tracer go nowhere: one that nobody sees and that is not passed on need not be made.
  if (tracer === Tracer.nativeTracer) {
    return options.propagates ? told : Context.add(told, HttpClient.TracerDisabledWhen, () => true)
  }
  return told.pipe(
    Context.add(Tracer.Tracer, discreet(tracer)),
    Context.add(HttpClient.SpanNameGenerator, () => options.spanName)
  )
}

/** Hides headers of a request from inspections outside of its call, where no redacted names are in force. */
export const hideHeaders = (
  request: HttpClientRequest.HttpClientRequest,
  secret: ReadonlyArray<string>
): HttpClientRequest.HttpClientRequest => {
  const { headers } = request
  // On the prototype, because some clients send every property of the headers themselves.
  const prototype = Object.create(Object.getPrototypeOf(headers), {
    [Redactable.symbolRedactable]: {
      value: (context: Context.Context<never>) =>
        Headers.redact(headers, [...secret, ...Context.get(context, Headers.CurrentRedactedNames)])
    }
  })
  Object.setPrototypeOf(headers, prototype)
  return request
}
