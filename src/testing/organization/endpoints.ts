// The admin endpoints: reads of the organization, with an admin credential only.
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Predicate from "effect/Predicate"
import type { Charge } from "../control/bill.ts"
import { type Endpoint, Exchange } from "../server/exchange.ts"
import { cursorPage, idPage } from "../server/pages.ts"
import { ApiError, invalidRequest, notFound, timestamp } from "../server/wire.ts"
import { answer, readQuestion } from "./reports.ts"
import type { Organization } from "./state.ts"

const root = "/v1/organizations"

const forbidden = new ApiError({
  status: 403,
  type: "permission_error",
  message: "this endpoint takes an admin credential"
})

const at = (value: unknown, ...path: ReadonlyArray<string>): unknown =>
  path.reduce((found, name) => (Predicate.hasProperty(found, name) ? found[name] : undefined), value)

const isAsked = (asked: string | null, value: unknown): boolean => asked === null || asked === value

export const organizationEndpoints = (
  organization: Organization,
  options: {
    readonly pageSizeDefault: number
    readonly bill: Effect.Effect<ReadonlyArray<Charge>>
    readonly id: string
  }
): ReadonlyArray<Endpoint> => {
  const { pageSizeDefault } = options

  const get = (path: `/${string}`, handler: Endpoint["handler"]): Endpoint => ({
    method: "GET",
    path: `${root}${path}`,
    handler: Effect.gen(function* () {
      const { isAdmin } = yield* Exchange
      if (!isAdmin) return yield* forbidden
      return yield* handler
    })
  })

  const needsBeta = (beta: string) =>
    Effect.flatMap(Exchange, ({ betas }) =>
      betas.includes(beta) ? Effect.void : Effect.fail(invalidRequest(`anthropic-beta: ${beta} is required`))
    )

  const one = (items: ReadonlyArray<{ readonly id: string }>) =>
    Effect.flatMap(HttpRouter.params, ({ id = "" }) => {
      const item = items.find((item) => item.id === id)
      return item === undefined
        ? Effect.fail(notFound(`not found: ${id}`))
        : Effect.succeed(HttpServerResponse.jsonUnsafe(item))
    })

  /** A listing whose query parameters select by a field of its items. */
  const listing = (
    items: ReadonlyArray<{ readonly id: string }>,
    envelope: "id" | "cursor",
    isListed: (item: object, query: URLSearchParams) => boolean
  ) =>
    Effect.flatMap(Exchange, ({ query }) => {
      const asked = {
        items,
        isListed: (item: object) => isListed(item, query),
        toWire: (item: object) => item,
        query,
        pageSizeDefault
      }
      return envelope === "id"
        ? Effect.map(idPage(asked), (page) => HttpServerResponse.jsonUnsafe(page))
        : Effect.map(cursorPage(asked), (page) => HttpServerResponse.jsonUnsafe(page))
    })

  const report = (resource: "usage" | "cost") =>
    Effect.gen(function* () {
      yield* needsBeta("analytics-usage-cost-2026-08-24")
      const { now, query } = yield* Exchange
      const question = yield* readQuestion(query, now, resource)
      const page = yield* cursorPage({
        items: answer(question, organization.billed(yield* options.bill), resource),
        isListed: () => true,
        toWire: ({ row }) => row,
        query,
        pageSizeDefault
      })
      return HttpServerResponse.jsonUnsafe({
        ...page,
        has_more: page.next_page !== null,
        data_refreshed_at: timestamp(now - organization.reportLagMillis)
      })
    })

  const hasModel = (item: object, model: string | null): boolean => {
    const models = at(item, "models")
    return model === null || (Array.isArray(models) && models.includes(model))
  }

  const hasType = (item: object, type: string | null): boolean => type === null || at(item, "group", "type") === type

  const effective = Effect.suspend(() =>
    organization.spendSummaries === undefined
      ? Effect.fail(
          new ApiError({
            status: 400,
            type: "invalid_request_error",
            message: "effective spend limits are for Claude Enterprise",
            details: { error_code: "organization_type_not_supported" }
          })
        )
      : listing(organization.spendSummaries, "cursor", (item, query) => {
          const users = query.getAll("user_ids[]")
          const periods = query.getAll("period[]")
          return (
            (users.length === 0 || users.includes(String(at(item, "actor", "user_id")))) &&
            (periods.length === 0 || periods.includes(String(at(item, "period"))))
          )
        })
  )

  return [
    get(
      "/me",
      Effect.sync(() => HttpServerResponse.jsonUnsafe({ id: options.id, name: "Emulated", type: "organization" }))
    ),
    get(
      "/rate_limits",
      Effect.flatMap(Exchange, ({ query }) => {
        const model = query.get("model")
        return organization.rateLimits.some((item) => hasModel(item, model))
          ? listing(
              organization.rateLimits,
              "cursor",
              (item) => hasModel(item, model) && hasType(item, query.get("group_type"))
            )
          : Effect.fail(notFound(`model: ${model}`))
      })
    ),
    get(
      "/workspaces/:id/rate_limits",
      Effect.flatMap(HttpRouter.params, ({ id = "" }) =>
        organization.workspaces.some((workspace) => workspace.id === id)
          ? listing(
              organization.workspaceRateLimits,
              "cursor",
              (item, query) => at(item, "workspace_id") === id && hasType(item, query.get("group_type"))
            )
          : Effect.fail(notFound(`workspace: ${id}`))
      )
    ),
    get(
      "/workspaces",
      listing(organization.workspaces, "id", (item, query) => {
        const ids = query.getAll("ids[]")
        if (ids.length > 0 && !ids.includes(String(at(item, "id")))) return false
        return query.get("include_archived") === "true" || at(item, "archived_at") === null
      })
    ),
    get("/workspaces/:id", one(organization.workspaces)),
    get(
      "/api_keys",
      listing(
        organization.apiKeys,
        "id",
        (item, query) =>
          isAsked(query.get("status"), at(item, "status")) &&
          isAsked(query.get("workspace_id"), at(item, "scope", "workspace_id")) &&
          isAsked(query.get("created_by_user_id"), at(item, "created_by", "id"))
      )
    ),
    get("/api_keys/:id", one(organization.apiKeys)),
    get(
      "/spend_limits",
      Effect.andThen(
        needsBeta("spend-limit-reads-2026-09-26"),
        listing(organization.spendLimits, "cursor", (item, query) => {
          const types = query.getAll("scope_type[]")
          return types.length === 0 || types.includes(String(at(item, "scope", "type")))
        })
      )
    ),
    get("/spend_limits/effective", effective),
    get("/spend_limits/:id", Effect.andThen(needsBeta("spend-limit-reads-2026-09-26"), one(organization.spendLimits))),
    get("/analytics/usage", report("usage")),
    get("/analytics/cost", report("cost"))
  ]
}
