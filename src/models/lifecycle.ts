// The release and retirement of models, and finding one in a listing. The Models API decides: dates can change, and only
// announced ones count.
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Order from "effect/Order"
import type { ModelInfo } from "../schema/Model.ts"

/**
 * Returns when a model was released, or none if the API does not know. The API then writes the epoch.
 *
 * @category getters
 * @since 0.1.0
 */
export const releasedAt = (model: Pick<ModelInfo, "created_at">): Option.Option<DateTime.Utc> =>
  DateTime.toEpochMillis(model.created_at) === 0 ? Option.none() : Option.some(model.created_at)

/** Newest release first. Unknown ones are last, because the epoch is the oldest day. */
export const byRelease: Order.Order<Pick<ModelInfo, "created_at">> = Order.flip(
  Order.mapInput(DateTime.Order, (model) => model.created_at)
)

/**
 * Returns whether a model is retired, or its retirement before a day is announced. Returns none for a deprecated model
 * without a date.
 *
 * Announced dates can change.
 *
 * @category predicates
 * @since 0.1.0
 */
export const retiresBefore: {
  (day: DateTime.DateTime): (model: Pick<ModelInfo, "lifecycle" | "retires_at">) => Option.Option<boolean>
  (model: Pick<ModelInfo, "lifecycle" | "retires_at">, day: DateTime.DateTime): Option.Option<boolean>
} = dual(2, (model: Pick<ModelInfo, "lifecycle" | "retires_at">, day: DateTime.DateTime): Option.Option<boolean> => {
  if (model.lifecycle === "retired") return Option.some(true)
  const retiresAt = model.retires_at ?? undefined
  if (retiresAt !== undefined) return Option.some(DateTime.isLessThan(retiresAt, day))
  return model.lifecycle === "active" ? Option.some(false) : Option.none()
})

/**
 * Returns whether a model is retired, or its retirement within a time from `at` is announced. It is `retiresBefore` of that
 * day.
 *
 * @category predicates
 * @since 0.1.0
 */
export const retiresWithin: {
  (
    duration: Duration.Input,
    at: DateTime.DateTime
  ): (model: Pick<ModelInfo, "lifecycle" | "retires_at">) => Option.Option<boolean>
  (
    model: Pick<ModelInfo, "lifecycle" | "retires_at">,
    duration: Duration.Input,
    at: DateTime.DateTime
  ): Option.Option<boolean>
} = dual(
  3,
  (
    model: Pick<ModelInfo, "lifecycle" | "retires_at">,
    duration: Duration.Input,
    at: DateTime.DateTime
  ): Option.Option<boolean> => retiresBefore(model, DateTime.addDuration(at, Duration.fromInputUnsafe(duration)))
)

/**
 * Returns a hint to a replacement of a model: the newest active model of its line that is newer. The API names none.
 *
 * @category getters
 * @since 0.1.0
 */
export const successor: {
  (models: ReadonlyArray<ModelInfo>): (model: ModelInfo) => Option.Option<ModelInfo>
  (model: ModelInfo, models: ReadonlyArray<ModelInfo>): Option.Option<ModelInfo>
} = dual(
  2,
  (model: ModelInfo, models: ReadonlyArray<ModelInfo>): Option.Option<ModelInfo> =>
    Option.fromUndefinedOr(
      models
        .filter(
          (other) =>
            typeof model.line === "string" &&
            other.line === model.line &&
            other.lifecycle === "active" &&
            DateTime.isGreaterThan(other.created_at, model.created_at)
        )
        .sort(byRelease)[0]
    )
)

/**
 * Finds a model of a listing by its id or its alias. An alias is a dated id without the date. If several match, the newest
 * one is returned.
 *
 * @category getters
 * @since 0.1.0
 */
export const find: {
  (idOrAlias: string): (models: ReadonlyArray<ModelInfo>) => Option.Option<ModelInfo>
  (models: ReadonlyArray<ModelInfo>, idOrAlias: string): Option.Option<ModelInfo>
} = dual(
  2,
  (models: ReadonlyArray<ModelInfo>, idOrAlias: string): Option.Option<ModelInfo> =>
    Option.fromUndefinedOr(
      models.find((model) => model.id === idOrAlias) ??
        models.filter((model) => model.id.replace(/-\d{8}$/, "") === idOrAlias).sort(byRelease)[0]
    )
)
