// The program on the command line: prints what came of it.
import { outcome, parseServers } from "./program.ts"

console.log(JSON.stringify(await outcome(parseServers(process.argv[2]))))
