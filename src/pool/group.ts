// Groups calls that may share a batch: their settings send the same headers to the same origin with the same credential.
// Retries and timeouts do not matter, because those of the pool are used.
import * as Context from "effect/Context"
import * as HttpClient from "effect/http/HttpClient"
import * as Redacted from "effect/Redacted"
import * as Semaphore from "effect/Semaphore"
import type { Options } from "../Anthropic.ts"
import { Signal } from "../run/signal.ts"
import { Changes, clientSettings } from "../settings/inForce.ts"
import { change } from "../settings/settings.ts"
import { Batch, type Group, type Pool } from "./state.ts"

/** The last credential among the changes. Texts are compared by value, effects by identity. */
const credentialOf = (changes: ReadonlyArray<Options>): unknown => {
  const last = changes.findLast(({ apiKey, credentials }) => apiKey !== undefined || credentials !== undefined)
  if (last === undefined) return undefined
  return last.credentials ?? (Redacted.isRedacted(last.apiKey) ? Redacted.value(last.apiKey) : last.apiKey)
}

/** The group of a call with these changes to the settings of the pool. */
export const groupOf = <R>(pool: Pool<R>, changes: ReadonlyArray<Options>): Group<R> => {
  const settings = changes.reduce(change, pool.settings)
  const { betas, headers, userProfileId, version, workspaceId } = settings
  const baseUrl = changes.findLast((one) => one.baseUrl !== undefined)?.baseUrl
  const key = JSON.stringify([
    version,
    betas,
    Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1)),
    workspaceId ?? null,
    userProfileId ?? null,
    baseUrl ?? null
  ])
  const credential = credentialOf(changes)
  for (const group of pool.groups) if (group.key === key && group.credential === credential) return group
  const client = clientSettings.carry(pool.client, {
    ...settings,
    retry: pool.settings.retry,
    responseTimeout: pool.settings.responseTimeout,
    idleTimeout: pool.settings.idleTimeout,
    propagateTraces: pool.settings.propagateTraces
  })
  const group: Group<R> = {
    key,
    credential,
    context: pool.context.pipe(Context.add(HttpClient.HttpClient, client), Context.add(Changes, [])),
    creating: Semaphore.makeUnsafe(1),
    ended: new Signal(),
    batches: new Set(),
    open: undefined,
    cap: pool.config.maxRequests
  }
  pool.groups.add(group)
  return group
}

/** Removes a group without batches. */
export const forget = <R>(pool: Pool<R>, group: Group<R>): void => {
  if (group.batches.size === 0) pool.groups.delete(group)
}

/** Makes a batch of the group that takes calls. */
export const openBatch = <R>(pool: Pool<R>, group: Group<R>): Batch<R> => {
  const { check, maxBytes } = pool.config
  const batch = new Batch(group, pool.nextBatch, pool.nonce, { maxRequests: group.cap, maxBytes, check })
  pool.nextBatch += 1
  return batch
}

/** Closes a batch for further calls. */
export const seal = <R>(batch: Batch<R>): void => {
  if (batch.stage !== "open") return
  batch.stage = "sealed"
  batch.full.openUnsafe()
  const { group } = batch
  if (group.open === batch) group.open = undefined
  if (batch.live === 0) batch.abandoned.openUnsafe()
}
