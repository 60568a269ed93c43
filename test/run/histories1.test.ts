import { describe } from "@effect/vitest"
import { histories } from "./support/histories.ts"

describe("a run in the first half of the random histories", () => histories(0, 2))
