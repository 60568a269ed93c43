// Schemas of inputs, whose types are written by hand: the compiler requires a schema for every field of the type. There are
// many and most programs need none of them, so each is made when it is first used.
import * as Schema from "effect/Schema"
import { compile } from "./check.ts"
import { checked, fromCheck, lazily, type Wire } from "./checked.ts"

/** A schema for every field of a type. Fields that may be left out are `optional` or `nullable`. */
export type FieldsOf<T> = { readonly [K in keyof T]-?: Schema.Constraint & { readonly Type: T[K] } }

/** Makes the schema of the fields of an object, for `checked`. */
export const fieldsOf = <T>(fields: FieldsOf<T>): Schema.Codec<T, unknown> =>
  Schema.make<Schema.Codec<T, unknown>>(Schema.Struct(fields).ast)

/** Makes the schema of an object. It keeps fields that are not described, and leaves undefined ones out of the JSON. */
export const object = <T>(identifier: string, fields: FieldsOf<T>): Wire<T> => checked<T>(identifier, fieldsOf(fields))

/** Makes a value when it is first needed. */
export const once = <A>(make: () => A): (() => A) => {
  let made: { readonly value: A } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** Makes a schema like `checked`, from a schema that is made when it is first used. */
export const deferred = <T>(identifier: string, make: () => Schema.Constraint & { readonly Type: T }): Wire<T> => {
  const ast = once(() => make().ast)
  return fromCheck(
    {
      check: lazily(() => compile(ast())),
      get of() {
        return [ast()]
      }
    },
    {
      identifier,
      get schemas() {
        return [ast()]
      },
      toJsonSchema: ({ schemas: [shown = {}] }) => shown
    }
  )
}
