// The checks of the parameters of a message before anything is sent, for direct calls and for batches alike.
// Only what the API surely refuses is refused: https://platform.claude.com/docs/en/api/messages/create.
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { restoreUnknown } from "../schema/restore.ts"
import { type Reason, write } from "./json.ts"
import { checkSchemas } from "./schemas.ts"

/** The use of the parameters. A batch has additional rules, and a count of tokens has no `max_tokens`. */
export type Use = "message" | "batch" | "count"

/** Shows a value in a reason. */
const show = (value: unknown): string => {
  if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value)
  return typeof value === "number" || value === null ? `${value}` : typeof value
}

/** Writes parameters as JSON, or fails with every reason why the API would refuse them. */
export const encode = (params: unknown, use: Use): Result.Result<string, ReadonlyArray<Reason>> => {
  if (!Predicate.isReadonlyObject(params)) return Result.fail([{ path: "", description: "it is not an object" }])
  const restored = restoreUnknown(params)
  const json = write(restored.params)
  const wrong = [...checkShape(params, use), ...checkSchemas(params), ...restored.wrong]
  if (Result.isSuccess(json)) return wrong.length === 0 ? json : Result.fail(wrong)
  const named = new Set(wrong.map(({ path }) => path))
  return Result.fail([...wrong, ...json.failure.filter(({ path }) => !named.has(path))])
}

const customId = /^[a-zA-Z0-9_-]{1,64}$/

/** Writes the parameters of a request of a batch as JSON, or fails with every reason why the API would refuse the request. */
export const encodeRequest = (request: unknown): Result.Result<string, ReadonlyArray<Reason>> => {
  if (!Predicate.isReadonlyObject(request)) return Result.fail([{ path: "", description: "it is not an object" }])
  const { custom_id: id, params } = request
  const json = encode(params, "batch")
  const reasons = Result.isFailure(json) ? json.failure.map(inParams) : []
  if (typeof id === "string" && customId.test(id)) return Result.isSuccess(json) ? json : Result.fail(reasons)
  const description = `${show(id)} is not 1 to 64 letters, digits, "_" or "-"`
  return Result.fail([{ path: "custom_id", description }, ...reasons])
}

const inParams = ({ description, path }: Reason): Reason => ({
  path: `params${path === "" || path.startsWith("[") ? "" : "."}${path}`,
  description
})

const checkShape = (params: { readonly [key: string]: unknown }, use: Use): ReadonlyArray<Reason> => {
  const reasons: Array<Reason> = []
  const refuse = (path: string, description: string) => reasons.push({ path, description })
  const { max_tokens: maxTokens, messages, model, speed, stream } = params
  if (typeof model !== "string" || model.trim() === "") refuse("model", `${show(model)} is not the id of a model`)
  if (use === "batch" && stream === true) refuse("stream", "a batch does not stream")
  if (use === "batch" && speed !== undefined && speed !== null) refuse("speed", "a batch takes no speed")
  const least = use === "batch" ? 1 : 0
  if (use !== "count" && !(typeof maxTokens === "number" && Number.isSafeInteger(maxTokens) && maxTokens >= least)) {
    refuse("max_tokens", `${show(maxTokens)} is not a whole number of at least ${least}`)
  }
  if (!Array.isArray(messages)) refuse("messages", `${show(messages)} is not an array`)
  else if (messages.length === 0) refuse("messages", "`messages` is empty")
  return reasons
}
