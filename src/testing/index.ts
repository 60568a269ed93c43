export * as AnthropicEmulator from "./AnthropicEmulator.ts"
