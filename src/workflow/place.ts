// Makes sure that a run continues in the workspace of its start, because its batches are not visible in another.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Batches from "../Batches.ts"
import { WorkspaceMismatchError } from "../run/errors.ts"
import { describe, identify, isElsewhere } from "../run/identify.ts"
import { makeNonce } from "../run/ids.ts"
import type { Process } from "./config.ts"
import type { Opened } from "./model.ts"

/** Begins a run: makes a random name for its ids, and reads its workspace. */
export const openRun = (
  { placed }: Process,
  runId: string
): Effect.Effect<Opened, Batches.ListError, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const { organization, workspace } = yield* identify()
    placed.add(runId)
    return {
      nonce: makeNonce(),
      ...(organization === undefined ? {} : { organization }),
      ...(workspace === undefined ? {} : { workspace }),
      at: yield* Clock.currentTimeMillis
    }
  })

/** Checks the workspace, once in each process. */
export const assertPlace = (
  { placed }: Process,
  runId: string,
  opened: Opened
): Effect.Effect<void, Batches.ListError | WorkspaceMismatchError, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    if (placed.has(runId)) return
    const place = yield* identify()
    if (isElsewhere(opened, place)) {
      return yield* new WorkspaceMismatchError({ runId, expected: describe(opened), received: describe(place) })
    }
    placed.add(runId)
  })
