// Conversations that the server keeps (beta): a request continues an earlier answer and sends only the new turns. The
// official SDK's tool runner uses this by default.
import * as Predicate from "effect/Predicate"
import type { Message } from "../../schema/Message.ts"
import { ApiError, invalidRequest } from "../server/wire.ts"
import type { Params } from "./refusal/model.ts"

const beta = "message-threads-2026-08-12"

interface Kept {
  readonly params: Params
  readonly messages: ReadonlyArray<unknown>
  isContinued: boolean
}

export interface Threads {
  /** The parameters with the whole conversation, and whether the answer begins or continues a thread. */
  readonly resolve: (
    params: Params,
    betas: ReadonlyArray<string>
  ) => { readonly params: Params; readonly isThreaded: boolean } | ApiError
  /** Keeps a conversation, so that its answer can be continued. */
  readonly keep: (params: Params, answer: Message) => void
}

const listOf = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

const refused = (status: number, type: string, code: string, message: string): ApiError =>
  new ApiError({ status, type, message, details: { error_code: code } })

export const makeThreads = (): Threads => {
  const kept = new Map<string, Kept>()

  const goOn = (params: Params, previous: unknown) => {
    const found = typeof previous === "string" ? kept.get(previous) : undefined
    if (found === undefined) {
      return refused(404, "not_found_error", "thread_not_found", `thread: no usable state of ${String(previous)}`)
    }
    if (found.isContinued) {
      return refused(
        400,
        "invalid_request_error",
        "thread_already_continued",
        `thread: ${String(previous)} was continued already`
      )
    }
    const changed = ["model", "system", "tools"].find(
      (name) => params[name] !== undefined && JSON.stringify(params[name]) !== JSON.stringify(found.params[name])
    )
    if (changed !== undefined) {
      return refused(400, "invalid_request_error", "thread_fingerprint_mismatch", `thread: ${changed} has changed`)
    }
    found.isContinued = true
    const { system, tools } = found.params
    return {
      params: {
        ...(system === undefined ? {} : { system }),
        ...(tools === undefined ? {} : { tools }),
        ...params,
        messages: [...found.messages, ...listOf(params.messages)]
      },
      isThreaded: true
    }
  }

  return {
    resolve: (all, betas) => {
      const { thread, ...params } = all
      if (thread === undefined || thread === null) return { params, isThreaded: false }
      if (!betas.includes(beta)) return invalidRequest("thread: Extra inputs are not permitted")
      if (!Predicate.isReadonlyObject(thread)) return invalidRequest("thread: Input should be an object")
      if (thread.type === "create") return { params, isThreaded: true }
      if (thread.type === "continue") return goOn(params, thread.previous_message_id)
      return invalidRequest("thread.type: Input should be 'create' or 'continue'")
    },
    keep: (params, answer) => {
      const messages = [...listOf(params.messages), { role: "assistant", content: answer.content }]
      kept.set(answer.id, { params, messages, isContinued: false })
    }
  }
}
