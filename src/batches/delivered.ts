// Records which lines of a batch's downloads were delivered, so that each is delivered exactly once over any number of
// downloads. Downloads may have different orders, may be cut, and may contain lines that cannot be decoded.

/**
 * Counts the lines of all downloads of one batch. `isOurs` says which ids belong to the caller.
 *
 * Invariants:
 * 1. A line with an id is delivered once, from the first download that has the id. Later lines with it are ignored.
 * 2. A line without a readable id is delivered as often as it is in the download that has it most often.
 * 3. `own` is the number of distinct ids of ours that were delivered. It never decreases.
 * 4. `inDownload` counts the lines of the current download: its distinct ids of ours, and its lines without an id. Such a
 *    line may answer any request, so it counts in its own download only.
 */
export class Delivered {
  readonly #isOurs: (customId: string) => boolean
  readonly #ids = new Set<string>()
  /** The ids of the current download. The first download needs none: there it would equal `#ids`. */
  #current: Set<string> | undefined
  #own = 0
  #inDownload = 0
  /** How often each line without an id was delivered, and how often it is in the current download. */
  readonly #anonymous = new Map<string, number>()
  #currentAnonymous = new Map<string, number>()
  #anonymousCount = 0
  #downloads = 0

  constructor(isOurs: (customId: string) => boolean) {
    this.#isOurs = isOurs
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
    if (this.#downloads > 1) this.#current = new Set()
    this.#currentAnonymous = new Map()
  }

  /**
   * Records a line with an id. Returns whether it is to be delivered, was delivered before, or repeats a line of this
   * download.
   */
  note(customId: string): "new" | "known" | "repeated" {
    const before = this.#ids.size
    const isNew = this.#ids.add(customId).size > before
    if (this.#current === undefined ? !isNew : !isNewIn(this.#current, customId)) return "repeated"
    if (this.#isOurs(customId)) {
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

const isNewIn = (ids: Set<string>, id: string): boolean => {
  const before = ids.size
  return ids.add(id).size > before
}
