// A durable run of one process on a SQLite file. Needs Node 22.13 or newer, and no server.
//
//   npm run example -- examples/durable/sqlite.ts [--rows 1000]
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Layer from "effect/Layer"
import { onSqlite } from "./support/engine.ts"
import { oneRun } from "./support/oneRun.ts"
import { reviewsLive } from "./support/reviews.ts"
import { layer, sqlite } from "./support/sqlite.ts"

if (sqlite === undefined) {
  console.error(`This example needs node:sqlite of Node 22.13 or newer; this is ${process.version}`)
  process.exit(1)
}

oneRun((outcomes) =>
  reviewsLive(outcomes, { poll: { first: "1 second", longest: "2 seconds" } }).pipe(
    Layer.provideMerge(onSqlite(layer(`${outcomes}.sqlite`), "fast")),
    Layer.provide(NodeFileSystem.layer)
  )
)
