// The schemas of the blocks that are sent. A block of a known kind must fit, and one of an unknown kind is kept. In a turn
// of the model a block that does not fit is kept, too, because the API sent it and it is sent back unchanged.
import * as Schema from "effect/Schema"
import type {
  BashCodeExecutionToolResultBlockParam,
  BrowserStateChange,
  BrowserStateParam,
  BrowserTab,
  CitationsParam,
  CodeExecutionToolResultBlockParam,
  ContainerUploadBlockParam,
  DocumentBlockParam,
  DocumentSource,
  ImageBlockParam,
  ImageSource,
  RedactedThinkingBlockParam,
  SearchResultBlockParam,
  ServerToolUseBlockParam,
  TextBlockParam,
  TextEditorCodeExecutionToolResultBlockParam,
  ThinkingBlockParam,
  ToolReferenceParam,
  ToolResultBlockParam,
  ToolSearchToolResultBlockParam,
  ToolUseBlockParam,
  WebFetchToolResultBlockParam,
  WebSearchToolResultBlockParam
} from "./BlockParams.ts"
import type { CacheControl } from "./CacheControl.ts"
import { Citation } from "./Citation.ts"
import {
  bashCodeExecutionToolResultBlock,
  codeExecutionToolResultBlock,
  textEditorCodeExecutionToolResultBlock
} from "./CodeExecution.ts"
import { checked, LenientUnion, nullable, OpenUnion, optional } from "./checked.ts"
import { object, once } from "./object.ts"
import {
  Caller,
  serverToolUseBlock,
  toolSearchToolResultBlock,
  webFetchToolResultBlock,
  webSearchToolResultBlock
} from "./ServerTool.ts"

export const cacheControl = once(() =>
  object<CacheControl>("CacheControl", {
    type: Schema.Literal("ephemeral"),
    ttl: optional(Schema.Literals(["5m", "1h"]))
  })
)

const cacheable = once(() => ({ cache_control: nullable(cacheControl()) }))

export const textBlockParam = once(() =>
  object<TextBlockParam>("TextBlockParam", {
    type: Schema.Literal("text"),
    text: Schema.String,
    citations: nullable(Schema.Array(Citation)),
    ...cacheable()
  })
)

const urlSource = once(() => Schema.Struct({ type: Schema.Literal("url"), url: Schema.String }))

const fileSource = once(() => Schema.Struct({ type: Schema.Literal("file"), file_id: Schema.String }))

const imageSource = once(() =>
  checked<ImageSource>(
    "ImageSource",
    Schema.Union([
      Schema.Struct({
        type: Schema.Literal("base64"),
        media_type: Schema.Literals(["image/jpeg", "image/png", "image/gif", "image/webp"]),
        data: Schema.String
      }),
      urlSource(),
      fileSource()
    ])
  )
)

const imageBlockParam = once(() =>
  object<ImageBlockParam>("ImageBlockParam", {
    type: Schema.Literal("image"),
    source: imageSource(),
    transformations: nullable(Schema.Struct({ oversized_image: optional(Schema.Literals(["downsize", "error"])) })),
    ...cacheable()
  })
)

const documentSource = once(() =>
  checked<DocumentSource>(
    "DocumentSource",
    Schema.Union([
      Schema.Struct({
        type: Schema.Literal("base64"),
        media_type: Schema.Literal("application/pdf"),
        data: Schema.String
      }),
      Schema.Struct({ type: Schema.Literal("text"), media_type: Schema.Literal("text/plain"), data: Schema.String }),
      Schema.Struct({
        type: Schema.Literal("content"),
        content: Schema.Union([Schema.String, Schema.Array(Schema.Union([textBlockParam(), imageBlockParam()]))])
      }),
      urlSource(),
      fileSource()
    ])
  )
)

export const citations = once(() => object<CitationsParam>("CitationsParam", { enabled: optional(Schema.Boolean) }))

const documentBlockParam = once(() =>
  object<DocumentBlockParam>("DocumentBlockParam", {
    type: Schema.Literal("document"),
    source: documentSource(),
    title: nullable(Schema.String),
    context: nullable(Schema.String),
    citations: nullable(citations()),
    ...cacheable()
  })
)

const searchResultBlockParam = once(() =>
  object<SearchResultBlockParam>("SearchResultBlockParam", {
    type: Schema.Literal("search_result"),
    source: Schema.String,
    title: Schema.String,
    content: Schema.Array(textBlockParam()),
    citations: optional(citations()),
    ...cacheable()
  })
)

const browserStateParam = once(() =>
  object<BrowserStateParam>("BrowserStateParam", {
    type: Schema.Literal("browser_state"),
    tabs: Schema.Array(
      object<BrowserTab>("BrowserTab", {
        tab_id: Schema.String,
        title: Schema.String,
        url: Schema.String,
        active: optional(Schema.Boolean)
      })
    ),
    state_changes: nullable(
      Schema.Array(
        checked<BrowserStateChange>(
          "BrowserStateChange",
          Schema.Union([
            Schema.Struct({ type: Schema.Literal("tab_opened"), tab_id: Schema.String }),
            Schema.Struct({
              type: Schema.Literal("download_started"),
              download_id: Schema.String,
              url: Schema.String
            }),
            Schema.Struct({
              type: Schema.Literal("download_completed"),
              download_id: Schema.String,
              url: Schema.String,
              path: optional(Schema.String),
              size_bytes: optional(Schema.Finite)
            }),
            Schema.Struct({
              type: Schema.Literal("download_failed"),
              download_id: Schema.String,
              url: Schema.String,
              error: optional(Schema.String)
            })
          ])
        )
      )
    ),
    ...cacheable()
  })
)

const toolReferenceParam = once(() =>
  object<ToolReferenceParam>("ToolReferenceParam", {
    type: Schema.Literal("tool_reference"),
    tool_name: Schema.String,
    ...cacheable()
  })
)

const toolResultContent = once(() =>
  OpenUnion([
    textBlockParam(),
    imageBlockParam(),
    searchResultBlockParam(),
    documentBlockParam(),
    toolReferenceParam(),
    browserStateParam()
  ])
)

const toolUseBlockParam = once(() =>
  object<ToolUseBlockParam>("ToolUseBlockParam", {
    type: Schema.Literal("tool_use"),
    id: Schema.String,
    name: Schema.String,
    input: Schema.Unknown,
    caller: optional(Caller),
    toolset_name: nullable(Schema.String),
    ...cacheable()
  })
)

const toolResultBlockParam = once(() =>
  object<ToolResultBlockParam>("ToolResultBlockParam", {
    type: Schema.Literal("tool_result"),
    tool_use_id: Schema.String,
    content: optional(Schema.Union([Schema.String, Schema.Array(toolResultContent())])),
    is_error: optional(Schema.Boolean),
    toolset_name: nullable(Schema.String),
    ...cacheable()
  })
)

const blocks = once(
  () =>
    [
      textBlockParam(),
      imageBlockParam(),
      documentBlockParam(),
      searchResultBlockParam(),
      object<ThinkingBlockParam>("ThinkingBlockParam", {
        type: Schema.Literal("thinking"),
        thinking: Schema.String,
        signature: Schema.String
      }),
      object<RedactedThinkingBlockParam>("RedactedThinkingBlockParam", {
        type: Schema.Literal("redacted_thinking"),
        data: Schema.String
      }),
      toolUseBlockParam(),
      toolResultBlockParam(),
      object<ServerToolUseBlockParam>("ServerToolUseBlockParam", { ...serverToolUseBlock.fields, ...cacheable() }),
      object<WebSearchToolResultBlockParam>("WebSearchToolResultBlockParam", {
        ...webSearchToolResultBlock.fields,
        ...cacheable()
      }),
      object<WebFetchToolResultBlockParam>("WebFetchToolResultBlockParam", {
        ...webFetchToolResultBlock.fields,
        ...cacheable()
      }),
      object<CodeExecutionToolResultBlockParam>("CodeExecutionToolResultBlockParam", {
        ...codeExecutionToolResultBlock.fields,
        ...cacheable()
      }),
      object<BashCodeExecutionToolResultBlockParam>("BashCodeExecutionToolResultBlockParam", {
        ...bashCodeExecutionToolResultBlock.fields,
        ...cacheable()
      }),
      object<TextEditorCodeExecutionToolResultBlockParam>("TextEditorCodeExecutionToolResultBlockParam", {
        ...textEditorCodeExecutionToolResultBlock.fields,
        ...cacheable()
      }),
      object<ToolSearchToolResultBlockParam>("ToolSearchToolResultBlockParam", {
        ...toolSearchToolResultBlock.fields,
        ...cacheable()
      }),
      object<ContainerUploadBlockParam>("ContainerUploadBlockParam", {
        type: Schema.Literal("container_upload"),
        file_id: Schema.String,
        ...cacheable()
      })
    ] as const
)

/** Text or blocks of a turn of the user. */
export const userContent = once(() => Schema.Union([Schema.String, Schema.Array(OpenUnion(blocks()))]))

/** Text or blocks of a turn of the model. */
export const assistantContent = once(() => Schema.Union([Schema.String, Schema.Array(LenientUnion(blocks()))]))

/** Text or text blocks of the system. */
export const systemContent = once(() => Schema.Union([Schema.String, Schema.Array(textBlockParam())]))
