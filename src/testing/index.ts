/**
 * Tools for tests of programs that use this package.
 *
 * @since 0.1.0
 */
export * as AnthropicEmulator from "./AnthropicEmulator.ts"
