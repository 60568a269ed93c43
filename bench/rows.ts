// The rows of the benchmark by name, in the order of the table. A row measures one thing on both sides.
import * as bundle from "./bundle.ts"
import * as calls from "./calls.ts"
import * as create from "./create.ts"
import * as files from "./files.ts"
import * as line from "./line.ts"
import * as lists from "./lists.ts"
import * as pool from "./pool.ts"
import * as results from "./results.ts"
import * as runs from "./run.ts"
import * as sse from "./sse.ts"
import type { Report } from "./support/report.ts"

export const rows: ReadonlyMap<string, () => Promise<Report>> = new Map([
  ["results-2kb", results.long],
  ["results-16k", results.smallChunks],
  ["results-270b", results.short],
  ["line", line.run],
  ["sse-16k", sse.large],
  ["sse-single", sse.single],
  ["sse-first", sse.first],
  ["call-retrieve", calls.retrieve],
  ["call-message", calls.message],
  ["list-10", lists.ten],
  ["list-100", lists.hundred],
  ["create", create.run],
  ["run", runs.run],
  ["pool", pool.run],
  ["files-upload", files.upload],
  ["files-download", files.download],
  ["bundle", bundle.run]
])
