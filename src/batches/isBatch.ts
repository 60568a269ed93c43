// Distinguishes a complete batch from an id, for functions that take either. Of any other value with an id, such as a batch
// that was read back from JSON, only the id is used.
import * as Schema from "effect/Schema"
import { MessageBatch } from "../schema/Batch.ts"

export const isBatch = Schema.is(MessageBatch)
