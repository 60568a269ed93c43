import { describe } from "@effect/vitest"
import { histories } from "./support/histories.ts"

describe("a run in the second half of the random histories", () => histories(1, 2))
