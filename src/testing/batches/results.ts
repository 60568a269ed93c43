// The results of a batch: the line of each request, and the order and the content of one download.
// A request is charged when its line says that it succeeded.
import { type Answer, message } from "../messages/inference.ts"
import type { Models } from "../models/endpoints.ts"
import { errorBody, serial } from "../server/wire.ts"
import type { BatchRequest, ResultLine } from "./plan.ts"
import type { Settled, StoredBatch } from "./stored.ts"

/** A generator of numbers from 0 to 1 that always returns the same ones for a seed (mulberry32). */
const random = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The order of one download: it begins with another item than the previous one, and the rest is shuffled. */
const shuffled = <A>(items: ReadonlyArray<A>, batch: number, download: number): ReadonlyArray<A> => {
  const next = random(batch * 7919 + download)
  const first = (download + 1) % items.length
  return items
    .map((item, index) => ({ item, key: index === first ? -1 : next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)
}

/** The message of a request that succeeded. */
export const messageOf = (models: Models, request: BatchRequest, answer: Answer | undefined) =>
  message({ id: `msg_${request.custom_id}`, params: request.params, models, serviceTier: "batch", answer })

const resultOf = (models: Models, batch: StoredBatch, { index, outcome, request }: Settled): ResultLine["result"] => {
  switch (outcome.type) {
    case "succeeded":
      return { type: "succeeded", message: messageOf(models, request, outcome.message) }
    case "errored": {
      const { type = "invalid_request_error", message = "scripted by the test", details } = outcome.error ?? {}
      const error = { type, message, ...(details === undefined ? {} : { details }) }
      return { type: "errored", error: errorBody(error, serial(`req_${batch.number}_`, index + 1, 6)) }
    }
    case "raw":
      return outcome.result
    default:
      return { type: outcome.type }
  }
}

/** The lines of the next download of `settled`, each with its newline. */
export const nextDownload = (
  models: Models,
  batch: StoredBatch,
  settled: ReadonlyArray<Settled>,
  resultsOrder: "shuffled" | "asSent"
): Iterable<string> => {
  const download = batch.downloads++
  const order = resultsOrder === "asSent" ? settled : shuffled(settled, batch.number, download)
  const lines = function* (): Generator<ResultLine> {
    for (const each of order) yield { custom_id: each.request.custom_id, result: resultOf(models, batch, each) }
  }
  const sent = batch.course.lines?.([...lines()], download)
  return {
    *[Symbol.iterator]() {
      for (const line of sent ?? lines()) yield `${JSON.stringify(line)}\n`
    }
  }
}
