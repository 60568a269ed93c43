// The error of a call that is refused before it is sent, with the paths of `Messages.create`.
import { RequestRefusedError } from "../AnthropicError.ts"
import type { Addition } from "../batches/body.ts"

type Reason = Extract<Addition, { readonly _tag: "Refused" }>["issues"][number]

export const refuse = (issues: ReadonlyArray<Reason>): RequestRefusedError =>
  new RequestRefusedError({
    operation: "Pool.create",
    reasons: issues.map(({ description, path }) => ({
      path: path === "" ? "params" : path.replace(/^params\./, ""),
      description
    })),
    omitted: 0
  })

/** The error of a request that was not added. If a request fitted before and does not fit now, its caller has changed it. */
export const refused = (addition: Exclude<Addition, { readonly _tag: "Added" }>): RequestRefusedError =>
  refuse(
    addition._tag === "Refused"
      ? addition.issues
      : [{ path: "", description: "the request was changed while it waited, and is now too large" }]
  )
