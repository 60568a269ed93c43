// Builds an emulator: its state, its endpoints, and the service that a test controls it with.
// The layers of `AnthropicEmulator` put it in process or on a socket.
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import { batchEndpoints } from "../batches/endpoints.ts"
import { seedBatch } from "../batches/seeds.ts"
import { makeBatches } from "../batches/state.ts"
import { isThere, type StoredBatch, viewBatch } from "../batches/stored.ts"
import { fileEndpoints } from "../files/endpoints.ts"
import { seedFile } from "../files/seeds.ts"
import { bytesOf, isGone, makeFiles, viewFile } from "../files/state.ts"
import { messageEndpoints } from "../messages/endpoints.ts"
import { models as catalogue } from "../models/catalogue.ts"
import { makeModels, modelEndpoints } from "../models/endpoints.ts"
import { organizationEndpoints } from "../organization/endpoints.ts"
import { makeOrganization } from "../organization/state.ts"
import { organizationId } from "../server/answerHeaders.ts"
import { makeLedger } from "../server/ledger.ts"
import { makeCallLimits } from "../server/limits.ts"
import type { OpenRecord } from "../server/requestLog.ts"
import { withRoutes } from "../server/routes.ts"
import { makeServe } from "../server/server.ts"
import { skillEndpoints } from "../skills/endpoints.ts"
import { makeSkills } from "../skills/state.ts"
import { tokenEndpoints } from "../tokens/endpoints.ts"
import { makeTokens } from "../tokens/state.ts"
import type { Charge } from "./bill.ts"
import { Emulator } from "./emulator.ts"
import type { Options } from "./options.ts"

const defaultBaseUrl = "https://api.anthropic.com"

const isMessagesPath = (path: string): boolean => path === "/v1/messages" || path === "/v1/messages/count_tokens"

/** The given number of empty descriptions, or the given descriptions. */
const described = <A extends object>(seeds: number | ReadonlyArray<A>): ReadonlyArray<A | Record<string, never>> =>
  typeof seeds === "number" ? Array.from({ length: seeds }, () => ({})) : seeds

export const make = Effect.fnUntraced(function* (options: Options) {
  const models = makeModels(options.models ?? catalogue)
  const pageSizeDefault = options.pageSizeDefault ?? 20
  const baseUrl = options.baseUrl ?? defaultBaseUrl
  const maxBodyBytes = options.maxBodyBytes ?? 256_000_000
  const maxMessageBytes = options.maxMessageBytes ?? 32_000_000
  const ledger = makeLedger()
  const log: Array<OpenRecord> = []
  const messageCharges: Array<Charge> = []
  const offset = Duration.toMillis(Duration.fromInputUnsafe(options.clockOffset ?? 0))
  const time = Effect.map(options.clock?.currentTimeMillis ?? Clock.currentTimeMillis, (now) => now + offset)
  const tokens = makeTokens(options.tokens ?? {})
  const organization = makeOrganization(options.organization ?? {})
  const files = makeFiles({
    maxFileBytes: options.maxFileBytes ?? 500_000_000,
    storageQuotaBytes: options.storageQuotaBytes ?? 10 ** 12,
    uploadsDownloadable: options.uploadsDownloadable ?? false
  })
  const skills = makeSkills()
  const batches = makeBatches({
    models,
    files,
    skills,
    plan: options.plan ?? {},
    outcome: options.outcome ?? (() => undefined),
    resultsOrder: options.resultsOrder ?? "shuffled"
  })
  const bill = Effect.map(time, (now) => [...batches.charges(now), ...messageCharges].sort((a, b) => a.at - b.at))
  const serve = yield* makeServe({
    endpoints: withRoutes(
      [
        ...modelEndpoints(models, pageSizeDefault),
        ...messageEndpoints(
          { models, files, skills },
          {
            answer: options.answer,
            pace: options.pace,
            charge: (charge) => messageCharges.push(charge)
          }
        ),
        ...batchEndpoints(batches, {
          pageSizeDefault,
          maxRequests: options.maxBatchRequests ?? 100_000,
          maxQueued: options.limits?.queuedBatchRequests ?? Number.POSITIVE_INFINITY,
          baseUrl: options.baseUrl,
          strangers: options.strangers ?? (() => [])
        }),
        ...fileEndpoints(files, pageSizeDefault),
        ...skillEndpoints(skills, pageSizeDefault),
        ...tokenEndpoints(tokens),
        ...organizationEndpoints(organization, { pageSizeDefault, bill, id: organizationId })
      ],
      options.routes
    ),
    ledger,
    chaos: options.chaos ?? (() => undefined),
    log,
    limits: makeCallLimits(options.limits?.callsPerMinute),
    time,
    clock: options.clock,
    apiKeys: options.apiKeys,
    betas: options.betas ?? [],
    workspaces: options.workspaces ?? {},
    tokens,
    organization,
    maxBodyBytes: (path) => (isMessagesPath(path) ? Math.min(maxBodyBytes, maxMessageBytes) : maxBodyBytes),
    keepFileBytes: options.keepFileBytes ?? 64 * 1024 * 1024
  })

  const withBatch = <A>(id: string, use: (batch: StoredBatch, now: number) => A): Effect.Effect<A> =>
    Effect.flatMap(time, (now) => {
      const batch = batches.get(id, now)
      return batch === undefined
        ? Effect.die(new Error(`The emulator has no batch ${id}`))
        : Effect.sync(() => use(batch, now))
    })

  yield* Effect.addFinalizer((exit) => {
    const unconsumed = ledger.settle()
    return unconsumed !== undefined && Exit.isSuccess(exit) ? Effect.die(unconsumed) : Effect.void
  })

  const emulator = Emulator.of({
    requests: Effect.sync(() => log.map((record) => ({ ...record }))),
    bill,
    fault: (...faults) => Effect.sync(() => ledger.add(faults)),
    pendingFaults: Effect.sync(ledger.pending),
    clearFaults: Effect.sync(ledger.clear),
    batches: Effect.map(time, (now) =>
      batches
        .all(now)
        .filter((batch) => isThere(batch, now))
        .map((batch) => viewBatch(batch, now, baseUrl))
    ),
    batchRequests: (id) => withBatch(id, (batch) => batch.requests),
    seedBatches: (seeds) =>
      Effect.map(time, (now) => described(seeds).map((seed) => viewBatch(seedBatch(batches, seed, now), now, baseUrl))),
    endBatch: (id) =>
      withBatch(id, (batch, now) => {
        if (batch.ended === undefined) batches.end(batch, now)
        return viewBatch(batch, now, baseUrl)
      }),
    archiveBatch: (id) =>
      withBatch(id, (batch, now) => {
        batch.archivedAt = Math.min(batch.archivedAt, now)
        return viewBatch(batch, now, baseUrl)
      }),
    deleteBatch: (id) => withBatch(id, (batch, now) => batches.delete(batch, now)),
    files: Effect.map(time, (now) =>
      files
        .all()
        .filter((file) => !isGone(file, now))
        .map(viewFile)
    ),
    seedFiles: (seeds) =>
      Effect.map(time, (now) => described(seeds).map((seed) => viewFile(seedFile(files, seed, now)))),
    tokens: Effect.sync(tokens.issued),
    revokeTokens: Effect.sync(tokens.revoke),
    fileContent: Effect.fnUntraced(function* (id) {
      const file = files.find(id, yield* time)
      if (file === undefined) return yield* Effect.die(new Error(`The emulator has no file ${id}`))
      const { content } = file
      return {
        size: content.size,
        sha256: content.sha256(),
        bytes: Effect.orDie(Stream.mkUint8Array(bytesOf(content)))
      }
    })
  })
  return { emulator, serve }
})
