/**
 * What programs that use this package are tested with.
 *
 * @since 0.1.0
 */
export * as AnthropicEmulator from "./AnthropicEmulator.ts"
