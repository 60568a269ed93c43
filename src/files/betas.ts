// The beta header that asks the Files API for its shapes of 2025, which this package does not read.
// Source: https://platform.claude.com/docs/en/build-with-claude/files.

export const refusedBetas = ["files-api-2025-04-14"]
