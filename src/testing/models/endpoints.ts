// The endpoints of models, and how ids and aliases find them.
// A dated id has an alias: the id without its date.
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { type Endpoint, Exchange } from "../server/exchange.ts"
import { idPage } from "../server/pages.ts"
import { invalidRequest, notFound } from "../server/wire.ts"
import type { WireModel } from "./catalogue.ts"

/** The models of one emulator, by id and by alias. */
export interface Models {
  readonly all: ReadonlyArray<WireModel>
  readonly resolve: (idOrAlias: string) => WireModel | undefined
}

const withoutDate = (id: string): string => id.replace(/-\d{8}$/, "")

/**
 * Takes `models` newest first. A dated id has an alias: the id without the date. If several share it, it is that of the
 * newest one.
 */
export const makeModels = (models: ReadonlyArray<WireModel>): Models => {
  const all = [...models].sort((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at))
  const byName = new Map<string, WireModel>()
  for (const model of [...all].reverse()) byName.set(withoutDate(model.id), model)
  for (const model of all) byName.set(model.id, model)
  return { all, resolve: (idOrAlias) => byName.get(idOrAlias) }
}

const lifecycles: ReadonlyArray<string> = ["active", "deprecated", "retired"]

export const modelEndpoints = (models: Models, pageSizeDefault: number): ReadonlyArray<Endpoint> => [
  {
    method: "GET",
    path: "/v1/models",
    handler: Effect.gen(function* () {
      const { query } = yield* Exchange
      const asked = [...query.getAll("lifecycle[]"), ...query.getAll("lifecycle")]
      const unknown = asked.find((stage) => !lifecycles.includes(stage))
      if (unknown !== undefined) {
        return yield* invalidRequest(`lifecycle: ${unknown} is not one of ${lifecycles.join(", ")}`)
      }
      const shown = asked.length === 0 ? ["active", "deprecated"] : asked
      const page = yield* idPage({
        items: models.all,
        isListed: (model) => shown.includes(model.lifecycle ?? "active"),
        toWire: (model) => model,
        query,
        pageSizeDefault
      })
      return HttpServerResponse.jsonUnsafe(page)
    })
  },
  {
    method: "GET",
    path: "/v1/models/:id",
    handler: Effect.gen(function* () {
      const { id = "" } = yield* HttpRouter.params
      const model = models.resolve(id)
      return model === undefined ? yield* notFound(`model: ${id}`) : HttpServerResponse.jsonUnsafe(model)
    })
  }
]
