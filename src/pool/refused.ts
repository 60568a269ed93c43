// The error of a call that is refused here, with the paths of `Messages.create`.
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

/** The error of a request that was not added. One that fitted before and does not now was changed. */
export const refused = (addition: Exclude<Addition, { readonly _tag: "Added" }>): RequestRefusedError =>
  refuse(addition._tag === "Refused" ? addition.issues : [{ path: "", description: "it grew while it waited" }])
