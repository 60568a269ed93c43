import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as SchemaParser from "effect/SchemaParser"

/**
 * A read-only resource: its fields are decoded by `fields` (timestamps become `DateTime.Utc`), and fields that this
 * version does not know stay on the object.
 */
export const Envelope = <const Fields extends Schema.Struct.Fields>(fields: Fields) => {
  const struct = Schema.Struct(fields)
  return Schema.declareConstructor<(typeof struct)["Type"], (typeof struct)["Encoded"]>()([struct], ([codec]) => {
    const decode = SchemaParser.decodeUnknownEffect(codec)
    return (input, _, options) =>
      Effect.map(decode(input, options), (decoded) =>
        Predicate.isReadonlyObject(input) ? { ...input, ...decoded } : decoded
      )
  })
}
