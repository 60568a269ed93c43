// Faults of the JSON of an answer, as gateways between a program and the API make them.
// They apply to a whole body of JSON, to each line of results, and to the data of each event.
import * as Effect from "effect/Effect"
import type * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import { bodyAction, encode, whole } from "./body.ts"
import type { Action } from "./model.ts"

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** The text of a body with every document in it changed: each line, the data of each event, or the whole. */
const changeText = (
  text: string,
  kind: "json" | "lines" | "events",
  change: (document: unknown) => unknown
): string => {
  const one = (json: string): string => JSON.stringify(change(JSON.parse(json)))
  switch (kind) {
    case "json":
      return one(text)
    case "lines":
      return text.replace(/.+/g, one)
    case "events":
      return text.replace(/^data: (.+)$/gm, (_, json: string) => `data: ${one(json)}`)
  }
}

const kindOf = (response: HttpServerResponse.HttpServerResponse): "json" | "lines" | "events" => {
  const type = response.headers["content-type"] ?? ""
  return type.includes("jsonl") ? "lines" : type.includes("event-stream") ? "events" : "json"
}

const jsonAction = (name: string, change: (document: unknown) => unknown): Action =>
  bodyAction(name, (body, delivery, response) => {
    const kind = kindOf(response)
    let isChanged = false
    const changeBytes = (bytes: Uint8Array): Uint8Array => {
      const before = decode(bytes)
      const after = changeText(before, kind, change)
      if (after !== before) isChanged = true
      return encode(after)
    }
    // Each piece of a streamed message is a complete event, and must not wait for the next one.
    const changed = kind === "events" ? Stream.map(body, changeBytes) : whole(body, changeBytes)
    return Stream.onEnd(
      changed,
      Effect.sync(() => {
        if (!isChanged) delivery.missed("the JSON did not change")
      })
    )
  })

/**
 * Answers with the JSON that `change` returns for the JSON of the answer. It must differ.
 *
 * @category constructors
 * @since 0.1.0
 */
export const rewriteJson = (change: (document: unknown) => unknown): Action => jsonAction("rewriteJson", change)

/** The value without the fields for which `isOmitted` is true, at every depth. */
const without = (value: unknown, isOmitted: (name: string, value: unknown) => boolean): unknown => {
  if (Array.isArray(value)) return value.map((item) => without(item, isOmitted))
  if (!Predicate.isReadonlyObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, field]) => !isOmitted(name, field))
      .map(([name, field]) => [name, without(field, isOmitted)])
  )
}

/**
 * Leaves out every field that is `null`, at every depth, like gateways written in Go.
 *
 * @category constructors
 * @since 0.1.0
 */
export const omitNulls = (): Action =>
  jsonAction("omitNulls", (document) => without(document, (_, value) => value === null))

/**
 * Leaves out the fields with these names, at every depth, like gateways that do not know them.
 *
 * @category constructors
 * @since 0.1.0
 */
export const omitFields = (...names: ReadonlyArray<string>): Action =>
  jsonAction(`omitFields(${names.join(", ")})`, (document) => without(document, (name) => names.includes(name)))
