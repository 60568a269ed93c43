// Hides parts of a request from spans and inspections: the credential, and the headers of the caller's settings.
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

/** The exit of a client's span without its response, because the response holds the request with its headers. */
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

/** A tracer whose spans do not keep requests and responses. */
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

/** Sets how the client traces one request. `secret` names the headers that are never shown. */
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
  // Spans of Effect's own tracer are not exported, so none is made unless it is propagated.
  if (tracer === Tracer.nativeTracer) {
    return options.propagates ? told : Context.add(told, HttpClient.TracerDisabledWhen, () => true)
  }
  return told.pipe(
    Context.add(Tracer.Tracer, discreet(tracer)),
    Context.add(HttpClient.SpanNameGenerator, () => options.spanName)
  )
}

/** Hides headers of a request from inspections outside of its call, because no redacted names are in force there. */
export const hideHeaders = (
  request: HttpClientRequest.HttpClientRequest,
  secret: ReadonlyArray<string>
): HttpClientRequest.HttpClientRequest => {
  const { headers } = request
  // On the prototype, because some clients send every own property of the headers.
  const prototype = Object.create(Object.getPrototypeOf(headers), {
    [Redactable.symbolRedactable]: {
      value: (context: Context.Context<never>) =>
        Headers.redact(headers, [...secret, ...Context.get(context, Headers.CurrentRedactedNames)])
    }
  })
  Object.setPrototypeOf(headers, prototype)
  return request
}
