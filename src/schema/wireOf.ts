// Converts any schema to one that checks can contain. Schemas of this package check a value without the schema interpreter,
// and every other one runs it. A failure or a defect in a schema of the caller becomes a value that does not fit.
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { Invalid, isOwn, ownCheck } from "./check.ts"
import { fromCheck } from "./checked.ts"

/** Whether a schema is unchanged since it was made here. Only the interpreter runs checks that a caller has added. */
const isWire = ({ ast }: Schema.ConstraintDecoder<unknown>): boolean =>
  isOwn(ast.annotations?.[ownCheck]) && (ast.checks?.length ?? 0) < 2

/** The first error of an issue, and its path. */
const firstOf = (issue: SchemaIssue.Issue): Invalid => {
  const [first] = SchemaIssue.makeFormatterStandardSchemaV1()(issue).issues
  const message = first?.message ?? ""
  const invalid = new Invalid(/^Expected /.test(message) ? message.slice(9) : `what its schema takes: ${message}`)
  invalid.path.push(...(first?.path ?? []).map((key) => (typeof key === "object" ? key.key : key)))
  return invalid
}

const invalidOf = (cause: Cause.Cause<Schema.SchemaError>): Invalid => {
  const error = Cause.squash(cause)
  if (error instanceof Schema.SchemaError) return firstOf(error.issue)
  return new Invalid(`what its schema takes: decoding broke: ${error instanceof Error ? error.message : error}`)
}

/** Makes a schema that decodes as the given one does, and that checks of the wire can contain. */
export const wireOf = <S extends Schema.ConstraintDecoder<unknown>>(schema: S): Schema.ConstraintDecoder<S["Type"]> => {
  if (isWire(schema)) return schema
  const decode = Schema.decodeUnknownExit(schema)
  const check = (input: unknown) => Exit.match(decode(input), { onFailure: invalidOf, onSuccess: (value) => value })
  return fromCheck<S["Type"], unknown>({ check }, { toJsonSchema: () => ({}) })
}
