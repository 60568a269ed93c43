// The common part of the calls of the Skills API: a beta that asks for other shapes is refused.
// Source: https://platform.claude.com/docs/en/build-with-claude/skills-guide.

/** The beta of 2025, whose shapes this package does not support. */
export const refusedBetas = ["skills-2025-10-02"]
