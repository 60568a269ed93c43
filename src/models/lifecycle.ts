import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Order from "effect/Order"
import type { ModelInfo } from "../schema/Model.ts"

/** The API writes the epoch where it does not know the day of a release. */
export const releasedAt = (model: Pick<ModelInfo, "created_at">): Option.Option<DateTime.Utc> =>
  DateTime.toEpochMillis(model.created_at) === 0 ? Option.none() : Option.some(model.created_at)

/** Newest release first; unknown ones last, since the epoch is the oldest day there is. */
export const byRelease: Order.Order<Pick<ModelInfo, "created_at">> = Order.flip(
  Order.mapInput(DateTime.Order, (model) => model.created_at)
)

export const retiresBefore = (
  model: Pick<ModelInfo, "lifecycle" | "retires_at">,
  day: DateTime.DateTime
): Option.Option<boolean> => {
  if (model.lifecycle === "retired") return Option.some(true)
  const retiresAt = model.retires_at ?? undefined
  if (retiresAt !== undefined) return Option.some(DateTime.isLessThan(retiresAt, day))
  return model.lifecycle === "active" ? Option.some(false) : Option.none()
}

export const retiresWithin = (
  model: Pick<ModelInfo, "lifecycle" | "retires_at">,
  duration: Duration.Input,
  at: DateTime.DateTime
): Option.Option<boolean> => retiresBefore(model, DateTime.addDuration(at, Duration.fromInputUnsafe(duration)))

export const successor = (model: ModelInfo, models: ReadonlyArray<ModelInfo>): Option.Option<ModelInfo> =>
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

export const find = (models: ReadonlyArray<ModelInfo>, idOrAlias: string): Option.Option<ModelInfo> =>
  Option.fromUndefinedOr(
    models.find((model) => model.id === idOrAlias) ??
      models.filter((model) => model.id.replace(/-\d{8}$/, "") === idOrAlias).sort(byRelease)[0]
  )
