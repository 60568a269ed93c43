// The program in a worker: answers each request with what came of it.
import { outcome, parseServers } from "./program.ts"

export default {
  fetch: async (request: Request): Promise<Response> =>
    Response.json(await outcome(parseServers(new URL(request.url).searchParams.get("servers"))))
}
