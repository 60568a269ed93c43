// The constructors of tools that the API defines, and their types.
// Everything public here is exported by the module ProviderTools.
import * as Tool from "effect/ai/Tool"
import * as Schema from "effect/Schema"

/**
 * Makes a tool that the API runs. Its inputs and results are kept unchanged.
 *
 * @category models
 * @since 0.1.0
 */
export type ServerTool<out Type extends string, out Name extends string, in out Args> = (
  args: Args
) => Tool.ProviderDefined<`anthropic.${Type}`, Name, ServerToolConfig<Args>>

/**
 * The schemas of a tool that the API runs. Any JSON fits, so that an addition of a newer version does not fail a paid answer.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServerToolConfig<in out Args> {
  readonly args: Schema.Codec<Args>
  readonly parameters: Schema.Unknown
  readonly success: Schema.Unknown
  readonly failure: Schema.Unknown
  readonly failureMode: "error"
}

/**
 * Makes a tool that the caller runs. If its handler fails, the call fails. With `failureMode: "return"` the model receives
 * the failure instead.
 *
 * @category models
 * @since 0.1.0
 */
export type ClientTool<
  out Type extends string,
  out Name extends string,
  in out Args,
  in out Parameters,
  in out Success = string
> = <Mode extends Tool.FailureMode | undefined = undefined>(
  args: Args & { readonly failureMode?: Mode | undefined }
) => Tool.ProviderDefined<`anthropic.${Type}`, Name, ClientToolConfig<Args, Parameters, Success, Mode>, true>

/**
 * The schemas of a tool that the caller runs. Its handler fails with a text.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClientToolConfig<
  in out Args,
  in out Parameters,
  in out Success,
  out Mode extends Tool.FailureMode | undefined
> {
  readonly args: Schema.Codec<Args>
  readonly parameters: Schema.Codec<Parameters>
  readonly success: Schema.Codec<Success>
  readonly failure: Schema.String
  readonly failureMode: Mode extends undefined ? "error" : Mode
}

export const run = <const Type extends string, const Name extends string, Args>(
  type: Type,
  name: Name,
  schema: Schema.Codec<Args>
): ServerTool<Type, Name, Args> =>
  Tool.providerDefined({
    id: `anthropic.${type}`,
    customName: name,
    providerName: name,
    args: schema,
    parameters: Schema.Unknown,
    success: Schema.Unknown,
    failure: Schema.Unknown
  })

export const handled = <const Type extends string, const Name extends string, Args, Parameters, Success>(
  type: Type,
  name: Name,
  schemas: {
    readonly args: Schema.Codec<Args>
    readonly parameters: Schema.Codec<Parameters>
    readonly success: Schema.Codec<Success>
  }
): ClientTool<Type, Name, Args, Parameters, Success> =>
  Tool.providerDefined({
    id: `anthropic.${type}`,
    customName: name,
    providerName: name,
    ...schemas,
    failure: Schema.String,
    requiresHandler: true
  })
