// Decides whether a redirect is followed: only for a GET, and to another origin only with https.
import * as Result from "effect/Result"
import type { ResponseHeaders } from "./headers.ts"

export const isRedirect = (status: number): boolean =>
  // The status is 0 in browsers, which do not show the status of a redirect.
  status === 0 || (status >= 301 && status <= 308 && status !== 304)

const maxRedirects = 5

/** The URL that a redirect leads to, or why it is not followed. `followed` counts the redirects before it. */
export const redirectTarget = (
  method: string,
  from: URL,
  headers: ResponseHeaders,
  followed: number
): Result.Result<URL, string> => {
  if (method !== "GET") return Result.fail(`a ${method} is not redirected`)
  const { location } = headers
  if (location === undefined || !URL.canParse(location, from)) return Result.fail("it has no usable location")
  if (followed >= maxRedirects) return Result.fail(`more than ${maxRedirects} redirects`)
  const to = new URL(location, from)
  if (!/^https?:$/.test(to.protocol)) return Result.fail("it has no usable location")
  if (to.username !== "" || to.password !== "") return Result.fail("its location contains a user")
  if (to.origin !== from.origin && to.protocol !== "https:") {
    return Result.fail("it leads to another origin without https")
  }
  return Result.succeed(to)
}
