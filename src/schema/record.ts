// A record: an object with any names of fields, whose values have one schema.
import * as Predicate from "effect/Predicate"
import type * as Schema from "effect/Schema"
import { compile, Invalid, withField } from "./check.ts"
import { fromCheck, lazily, type Wire } from "./checked.ts"

/** Makes the schema of a record. Fields that are undefined count as left out. */
export const recordOf = <T>(member: Schema.Constraint & { readonly Type: T }): Wire<{ readonly [name: string]: T }> => {
  const checkMember = lazily(() => compile(member.ast))
  return fromCheck(
    {
      check: (input, mode) => {
        if (!Predicate.isObject(input)) return new Invalid("an object")
        let output = input
        for (const [name, value] of Object.entries(input)) {
          if (value === undefined) continue
          const kept = checkMember(value, mode)
          if (kept === value) continue
          if (kept instanceof Invalid) return kept.at(name)
          output = withField(output, output === input && mode !== "received", name, kept)
        }
        return output
      }
    },
    {
      schemas: [member.ast],
      toJsonSchema: ({ schemas: [shown = {}] }) => ({ type: "object", additionalProperties: shown })
    }
  )
}
