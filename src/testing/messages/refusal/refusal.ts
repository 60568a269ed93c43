// Checks the parameters of a message as the API does before it accepts one. If a request has several problems, the order of
// the checks is the emulator's own.
import { inputTokens } from "../tokens.ts"
import { checkContainer } from "./container.ts"
import { type Check, type Context, invalid, type Params, type Refusal, type Request } from "./model.ts"
import { checkOutput } from "./output.ts"
import { checkCounts } from "./schemas.ts"
import { checkSettings } from "./settings.ts"
import { checkTools } from "./tools.ts"
import { checkTurns } from "./turns.ts"

const isRefusal = (found: Request | Refusal): found is Refusal => "message" in found

const requestOf = (params: Params, context: Context): Request | Refusal => {
  const { model } = params
  if (model === undefined) return invalid("model: Field required")
  if (typeof model !== "string") return invalid("model: Input should be a valid string")
  const found = context.models.resolve(model)
  return found === undefined || found.lifecycle === "retired"
    ? { type: "not_found_error", message: `model: ${model}` }
    : { params, model: found, context, counts: { optional: 0, unions: 0 } }
}

function* checkLength({ model, params }: Request): Check {
  const tokens = inputTokens(params)
  const limit = model.max_input_tokens
  if (typeof limit === "number" && tokens > limit) {
    yield invalid(`prompt is too long: ${tokens} tokens > ${limit} maximum`)
  }
}

function* check(request: Request): Check {
  yield* checkSettings(request)
  yield* checkTools(request)
  yield* checkContainer(request)
  yield* checkOutput(request)
  yield* checkCounts(request.counts)
  yield* checkTurns(request)
  yield* checkLength(request)
}

/** Why the API would refuse a request, if it would. */
export const refusal = (params: Params, context: Context): Refusal | undefined => {
  const request = requestOf(params, context)
  if (isRefusal(request)) return request
  return check(request).next().value ?? undefined
}
