// Records which lines of a batch's downloads were delivered, so that each is delivered exactly once over any number of
// downloads. Downloads may have different orders, may be cut, and may contain lines that cannot be decoded.
import { maxRequests } from "../BatchRequest.ts"
import { SeenIds } from "../hash/seen.ts"

/** The ids that belong to the caller, each with a number of its own, so that a set of them need not keep the ids. */
export interface OwnIds {
  /** The number of an id, or undefined if it is not ours. */
  readonly numberOf: (customId: string) => number | undefined
  readonly makeSet: () => NumberSet
}

interface NumberSet {
  /** Adds a number. Returns whether it was absent. */
  readonly add: (number: number) => boolean
}

/**
 * A set of ids. Those of ours are kept by their numbers, and others by hashes. If two hashes were equal, a line would be
 * missing, and the download would end as incomplete.
 */
class IdSet {
  readonly #numbers: NumberSet | undefined
  readonly #others: SeenIds
  size = 0

  constructor(own: OwnIds | undefined, expected: number) {
    this.#numbers = own?.makeSet()
    this.#others = new SeenIds(own === undefined ? Math.min(expected, maxRequests) : 0)
  }

  /** Adds an id with its number, if it has one. Returns whether it was absent. */
  add(customId: string, number: number | undefined): boolean {
    const isNew =
      number === undefined || this.#numbers === undefined ? this.#others.add(customId) : this.#numbers.add(number)
    if (isNew) this.size += 1
    return isNew
  }
}

/**
 * Counts the lines of all downloads of one batch. Without `own`, all ids belong to the caller. `expected` is how many lines
 * are expected, if known: memory for that many ids is taken at once.
 *
 * Invariants:
 * 1. A line with an id is delivered once, from the first download that has the id. Later lines with it are ignored.
 * 2. A line without a readable id is delivered as often as it is in the download that has it most often.
 * 3. `own` is the number of distinct ids of ours that were delivered. It never decreases.
 * 4. `inDownload` counts the lines of the current download: its distinct ids of ours, and its lines without an id. Such a
 *    line may answer any request, so it counts in its own download only.
 */
export class Delivered {
  readonly #ownIds: OwnIds | undefined
  readonly #expected: number
  readonly #ids: IdSet
  /** The ids of the current download. The first download needs none: there it would equal `#ids`. */
  #current: IdSet | undefined
  #own = 0
  #inDownload = 0
  /** How often each line without an id was delivered, and how often it is in the current download. */
  readonly #anonymous = new Map<string, number>()
  #currentAnonymous = new Map<string, number>()
  #anonymousCount = 0
  #downloads = 0

  constructor(own?: OwnIds | undefined, expected = 0) {
    this.#ownIds = own
    this.#expected = expected
    this.#ids = new IdSet(own, expected)
  }

  get own(): number {
    return this.#own
  }

  get inDownload(): number {
    return this.#inDownload
  }

  /** The number of lines that were delivered, also of ids that are not ours. */
  get lines(): number {
    return this.#ids.size + this.#anonymousCount
  }

  beginDownload(): void {
    this.#downloads += 1
    this.#inDownload = 0
    if (this.#downloads > 1) this.#current = new IdSet(this.#ownIds, this.#expected)
    this.#currentAnonymous = new Map()
  }

  /**
   * Records a line with an id. Returns whether it is to be delivered, was delivered before, or repeats a line of this
   * download.
   */
  note(customId: string): "new" | "known" | "repeated" {
    const number = this.#ownIds?.numberOf(customId)
    const isNew = this.#ids.add(customId, number)
    if (this.#current === undefined ? !isNew : !this.#current.add(customId, number)) return "repeated"
    if (this.#ownIds === undefined || number !== undefined) {
      this.#inDownload += 1
      if (isNew) this.#own += 1
    }
    return isNew ? "new" : "known"
  }

  /** Records a line without an id by its content. Returns whether it is to be delivered. */
  noteAnonymous(content: string): boolean {
    const times = (this.#currentAnonymous.get(content) ?? 0) + 1
    this.#currentAnonymous.set(content, times)
    this.#inDownload += 1
    if (times <= (this.#anonymous.get(content) ?? 0)) return false
    this.#anonymous.set(content, times)
    this.#anonymousCount += 1
    return true
  }
}
