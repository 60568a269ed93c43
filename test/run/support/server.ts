// The server of a random history: what it makes of each request, how its batches go, and who else uses it.
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import type { AnthropicEmulator } from "effect-anthropic/testing"
import type { Random } from "./random.ts"
import { itemOf, type Made, type Scenario, usage } from "./scenario.ts"

const minute = 60_000

/** Options of an emulator that does everything that servers do. `results` gets what it made of each request, by id. */
export const serverOf = (options: {
  readonly scenario: Scenario
  readonly random: Random
  readonly clock: Clock.Clock
  readonly results: Map<string, Made>
}): AnthropicEmulator.Options => {
  const { clock, random, results, scenario } = options
  const attempts = new Map<number, number>()

  const resultOf = (customId: string, item: number): Made => {
    const known = results.get(customId)
    if (known !== undefined) return known
    const attempt = attempts.get(item) ?? 0
    attempts.set(item, attempt + 1)
    const result = scenario.items[item]?.results[attempt] ?? "ok"
    results.set(customId, result)
    return result
  }

  const plan = (requests: ReadonlyArray<AnthropicEmulator.BatchRequest>): AnthropicEmulator.Plan => {
    const cleanEnds = random.chance(0.1) ? random.int(1, 2) : 0
    const foreign = random.chance(0.1)
    const repeated = random.chance(0.1)
    return {
      endsAfter: Duration.millis(random.pick(1_000, 40_000, 90_000, 10 * minute, 3 * 60 * minute)),
      listedAfter: random.chance(scenario.isMisleading ? 0.9 : 0.3) ? Duration.millis(random.int(1, 45_000)) : 0,
      notFound: random.chance(0.1) ? [{ until: "20 seconds" }] : [],
      lines: (lines, download) => {
        const kept = lines.filter(({ custom_id }) => {
          const request = requests.find((one) => one.custom_id === custom_id)
          return request === undefined || resultOf(custom_id, itemOf(request.params)) !== "absent"
        })
        const stray = kept[0] === undefined ? [] : [{ ...kept[0], custom_id: "stranger-1" }]
        const all = [...(foreign ? stray : []), ...kept, ...(repeated ? kept.slice(0, 1) : [])]
        return download < cleanEnds ? all.slice(0, Math.floor(all.length / 2)) : all
      }
    }
  }

  const outcome = ({ custom_id, params }: AnthropicEmulator.BatchRequest): AnthropicEmulator.Outcome => {
    const item = itemOf(params)
    if (item === -1) return { type: "succeeded" }
    switch (resultOf(custom_id, item)) {
      case "transient":
        return { type: "errored", error: { type: "overloaded_error" } }
      case "permanent":
        return { type: "errored", error: { type: "invalid_request_error" } }
      case "expired":
        return { type: "expired" }
      default:
        return { type: "succeeded", message: { usage } }
    }
  }

  return {
    clock,
    plan,
    outcome,
    workspaces: { "sk-ant-test-5678": "wrkspc_other" },
    strangers: (requests) =>
      random.chance(scenario.isMisleading ? 0.8 : 0.3)
        ? [
            {
              // Nobody can tell any more whose a batch is that was archived.
              ...(random.chance(scenario.isMisleading ? 0.8 : 0.2)
                ? { endsAfter: 0, archivedAfter: 0, createdAfter: random.int(-60_000, 0) }
                : {
                    endsAfter: Duration.millis(random.pick(1_000, 5 * minute, 60 * minute)),
                    createdAfter: random.int(-60_000, 60_000)
                  }),
              requests: requests.map(({ custom_id, params }, index) => ({
                // One line of another batch may carry an id of ours, as long as most do not.
                custom_id: index === 0 && requests.length > 2 ? custom_id : `other-${index}`,
                params: { ...params, metadata: { user_id: "-1" } }
              }))
            }
          ]
        : []
  }
}
