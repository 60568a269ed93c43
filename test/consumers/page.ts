// The program in a page: sends what came of it to the server that the page came from.
import { outcome, parseServers } from "./program.ts"

const report = (body: unknown) => fetch("/outcome", { method: "POST", body: JSON.stringify(body) })

outcome(parseServers(new URLSearchParams(location.search).get("servers"))).then(report, (error) =>
  report({ failed: String(error) })
)
