import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { Batches } from "effect-anthropic"
import * as Anthropic from "effect-anthropic/Anthropic"
import { create } from "effect-anthropic/Batches"
import * as Models from "effect-anthropic/Models"
import { AnthropicEmulator } from "effect-anthropic/testing"

const program = Effect.gen(function* () {
  if (create !== Batches.create) return yield* Effect.die("the root and the module are two copies")
  yield* Stream.runForEach(Models.list(), (model) => Console.log(model.id))
})

const layer = Layer.merge(AnthropicEmulator.layer(), Anthropic.layer({ apiKey: "not-a-key" }))

await Effect.runPromise(program.pipe(Effect.provide(layer)))
