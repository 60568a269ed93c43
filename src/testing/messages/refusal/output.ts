// Checks the requested effort and format of the answer. The format is a schema, which is compiled.
import * as Predicate from "effect/Predicate"
import { type Check, invalid, oneOf, type Request } from "./model.ts"
import { checkCompiled } from "./schemas.ts"

const efforts = ["low", "medium", "high", "xhigh", "max"] as const

const isEffort = (effort: unknown): effort is (typeof efforts)[number] => efforts.some((known) => known === effort)

function* checkEffort(effort: unknown, { model }: Request): Check {
  if (effort === undefined || effort === null) return
  if (!isEffort(effort)) return yield invalid(`output_config.effort: Input should be one of ${oneOf(efforts)}`)
  const effortsOf = model.capabilities?.effort
  if (Predicate.isNotNullish(effortsOf) && effortsOf[effort]?.supported !== true) {
    yield invalid(`output_config.effort: '${effort}' is not supported by ${model.id}`)
  }
}

function* checkFormat(format: unknown, at: string, { counts, model }: Request): Check {
  if (format === undefined || format === null) return
  if (!Predicate.isReadonlyObject(format)) return yield invalid(`${at}: Input should be an object`)
  if (format.type !== "json_schema") return yield invalid(`${at}.type: Input should be 'json_schema'`)
  if (model.capabilities?.structured_outputs?.supported === false) {
    yield invalid(`${at}: not supported by ${model.id}`)
  }
  yield* checkCompiled(format.schema, `${at}.schema`, counts)
}

export function* checkOutput(request: Request): Check {
  const { output_config: config, output_format: format } = request.params
  if (config !== undefined && config !== null && !Predicate.isReadonlyObject(config)) {
    return yield invalid("output_config: Input should be an object")
  }
  if (Predicate.isReadonlyObject(config)) {
    yield* checkEffort(config.effort, request)
    yield* checkFormat(config.format, "output_config.format", request)
  }
  // The older name of the beta.
  yield* checkFormat(format, "output_format", request)
}
