// The journal of a run in a key-value store: one key for each owner, entry, beat and cancellation.
// There is no "create if absent", so owners are distinguished by a random text. This cannot exclude two owners at once.
import * as Effect from "effect/Effect"
import type * as KeyValueStore from "effect/persistence/KeyValueStore"
import { makeNonce } from "../run/ids.ts"
import type { Storage, StorageFailure } from "./storage.ts"

const failure = (error: KeyValueStore.KeyValueStoreError): StorageFailure => ({ description: error.message })

export const keyValues = (store: KeyValueStore.KeyValueStore, prefix: string): Storage => {
  const key = (run: string, owner: number, name: string): string => `${prefix}${run}/${owner}/${name}`
  const get = (key: string) => Effect.mapError(store.get(key), failure)
  const set = (key: string, value: string) => Effect.mapError(store.set(key, value), failure)
  /** The number of values under consecutive names, from `first` on. */
  const length = Effect.fnUntraced(function* (name: (index: number) => string, first: number) {
    let index = first
    while ((yield* get(name(index))) !== undefined) index += 1
    return index - first
  })

  return {
    lastOwner: (run) => length((owner) => key(run, owner, "owner"), 1),
    claim: Effect.fnUntraced(function* (run, owner) {
      if ((yield* get(key(run, owner, "owner"))) !== undefined) return undefined
      const nonce = makeNonce()
      yield* set(key(run, owner, "owner"), nonce)
      // Of several processes that write at the same time, all see the value of the last one.
      yield* Effect.sleep("1 second")
      if ((yield* get(key(run, owner, "owner"))) !== nonce) return undefined
      let next = 0
      return (line: string) => Effect.suspend(() => set(key(run, owner, `${next++}`), line))
    }),
    hasOwner: (run, owner) => Effect.map(get(key(run, owner, "owner")), (nonce) => nonce !== undefined),
    lines: Effect.fnUntraced(function* (run, owner) {
      const lines: Array<string> = []
      for (;;) {
        const line = yield* get(key(run, owner, `${lines.length}`))
        if (line === undefined) return lines
        lines.push(line)
      }
    }),
    beat: (run, owner, text) => set(key(run, owner, "beat"), text),
    lastBeat: (run, owner) => get(key(run, owner, "beat")),
    cancel: (run, owner) => set(key(run, owner, "cancel"), "requested"),
    isCanceled: (run, owner) => Effect.map(get(key(run, owner, "cancel")), (mark) => mark !== undefined)
  }
}
