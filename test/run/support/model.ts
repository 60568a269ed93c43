// The model beside a history: what each item may end as, what may have been sent, and what may be on the bill.
import { type Made, paid, type Scenario, worst } from "./scenario.ts"

/** What became of one item, as a stream or a file told it. */
export interface Told {
  readonly position: number
  readonly id: string
  readonly outcome: string
  readonly reason: string | undefined
  readonly attempts: number
  readonly text: string | undefined
}

/** What happened, as far as it is checked. */
export interface History {
  readonly scenario: Scenario
  readonly told: ReadonlyArray<Told>
  /** All batches of the run that the server has, oldest first, with the items they hold. */
  readonly batches: ReadonlyArray<{
    readonly id: string
    readonly requests: ReadonlyArray<{ readonly customId: string; readonly item: number }>
  }>
  readonly charges: ReadonlyArray<{ readonly batchId: string; readonly customId: string; readonly item: number }>
  /** What the server made of each request, by its id on the wire. */
  readonly results: ReadonlyMap<string, Made>
  /** How often a batch that nobody can tell was taken for that of a chunk: an attempt that may not have been one. */
  readonly claims: number
  /** What was seen to be wrong while it happened. */
  readonly wrong: ReadonlyArray<string>
  readonly log: ReadonlyArray<string>
}

const expected: { readonly [Key in Made]: string } = {
  ok: "Succeeded",
  transient: "Errored",
  permanent: "Errored",
  expired: "Expired",
  absent: "Missing"
}

const mayPass = (made: Made | undefined): boolean => made === "transient" || made === "expired" || made === "absent"

/** What is wrong with a history, if anything. */
export const check = (history: History): ReadonlyArray<string> => {
  const { batches, charges, claims, results, scenario, told } = history
  const wrong = [...history.wrong]
  const isCanceled = scenario.visit === "cancels"
  const cost = charges.length * paid
  const limit = (scenario.room ?? Number.POSITIVE_INFINITY) * worst
  if (cost > limit * 1.000001) wrong.push(`${cost} USD were charged, and the budget is ${limit} USD`)
  const seen = new Map<string, string>()
  for (const { id, requests } of scenario.isVeryLate ? [] : batches) {
    for (const { customId } of requests) {
      const before = seen.get(customId)
      if (before !== undefined) wrong.push(`${customId} was sent in ${before} and in ${id}`)
      seen.set(customId, id)
    }
  }
  scenario.items.forEach((item, index) => {
    const all = told.filter(({ position }) => position === index)
    const [outcome] = all
    if (all.length !== 1 || outcome === undefined) {
      wrong.push(`${item.id} has ${all.length} outcomes`)
      return
    }
    if (outcome.id !== item.id) wrong.push(`${item.id} has the outcome of ${outcome.id}`)
    if (outcome.outcome === "Succeeded" && outcome.text !== item.id) {
      wrong.push(`${item.id} has the answer ${outcome.text}`)
    }
    if (scenario.isVeryLate) return
    const sent = batches.flatMap(({ requests }) => requests.filter((request) => request.item === index))
    const made = sent.map(({ customId }) => results.get(customId))
    const charged = charges.filter((charge) => charge.item === index).length
    const chargeable = made.filter((result) => result === "ok" || result === "absent").length
    if (charged > chargeable || (charged < chargeable && !isCanceled)) {
      wrong.push(`${item.id} was charged ${charged} times, and answered ${chargeable} times`)
    }
    if (sent.length > scenario.retries + 1) wrong.push(`${item.id} was sent ${sent.length} times`)
    if (outcome.outcome === "Unsent") {
      const reasons = [isCanceled ? "canceled" : "", scenario.room === undefined ? "" : "budget"]
      if (sent.length > 0 || outcome.attempts > 0) wrong.push(`${item.id} was sent, and is told as Unsent`)
      if (!reasons.includes(outcome.reason ?? "")) wrong.push(`${item.id} is Unsent: ${outcome.reason}`)
      return
    }
    const isLost = claims > 0 && outcome.attempts > sent.length && outcome.attempts <= scenario.retries + 1
    if (outcome.attempts !== sent.length && !isLost) {
      wrong.push(`${item.id} was sent ${sent.length} times and says ${outcome.attempts}`)
    }
    made.slice(0, -1).forEach((result) => {
      if (result === "ok" || result === "permanent") wrong.push(`${item.id} was sent again after ${result}`)
    })
    if (isLost && outcome.outcome === "Missing") return
    const last = made.at(-1)
    const isExpected = last !== undefined && expected[last] === outcome.outcome
    const isOfCancel = isCanceled && (outcome.outcome === "Canceled" || outcome.outcome === "Missing")
    if (!isExpected && !isOfCancel) wrong.push(`${item.id} ended as ${outcome.outcome} after ${last}`)
    const couldGoOn = scenario.room === undefined && !isCanceled
    if (couldGoOn && mayPass(last) && outcome.attempts <= scenario.retries) {
      wrong.push(`${item.id} was not sent again after ${last}`)
    }
  })
  return wrong
}
