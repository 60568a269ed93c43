// A durable run on the memory engine, for tests and to see how it works. Nothing survives the process.
//
//   npm run example -- examples/durable/memory.ts [--rows 1000]
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Layer from "effect/Layer"
import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import { oneRun } from "./support/oneRun.ts"
import { reviewsLive } from "./support/reviews.ts"

oneRun((outcomes) =>
  reviewsLive(outcomes, { poll: { first: "1 second", longest: "2 seconds" } }).pipe(
    Layer.provideMerge(WorkflowEngine.layerMemory),
    Layer.provide(NodeFileSystem.layer)
  )
)
