// The named types of answers, for the public modules whose types mention them.
export type {
  CharLocationCitation,
  Citation,
  ContentBlockLocationCitation,
  PageLocationCitation,
  SearchResultLocationCitation,
  WebSearchResultLocationCitation
} from "./Citation.ts"
export type {
  BashCodeExecutionOutput,
  BashCodeExecutionResult,
  BashCodeExecutionToolResultBlock,
  BashCodeExecutionToolResultError,
  CodeExecutionOutput,
  CodeExecutionResult,
  CodeExecutionToolResultBlock,
  CodeExecutionToolResultError,
  EncryptedCodeExecutionResult,
  TextEditorCodeExecutionToolResultBlock,
  TextEditorCreateResult,
  TextEditorStrReplaceResult,
  TextEditorToolResultError,
  TextEditorViewResult
} from "./CodeExecution.ts"
export type {
  ContainerUploadBlock,
  ContentBlock,
  RedactedThinkingBlock,
  TextBlock,
  ThinkingBlock,
  ToolUseBlock
} from "./ContentBlock.ts"
export type {
  Container,
  Diagnostics,
  Message,
  RefusalStopDetails,
  Skill,
  StopDetails,
  StopReason
} from "./Message.ts"
export type {
  Caller,
  CodeExecutionCaller,
  DirectCaller,
  FetchedDocument,
  ServerToolUseBlock,
  ToolReference,
  ToolSearchToolResultBlock,
  ToolSearchToolResultError,
  ToolSearchToolSearchResult,
  WebFetchResult,
  WebFetchToolResultBlock,
  WebFetchToolResultError,
  WebSearchResult,
  WebSearchToolResultBlock,
  WebSearchToolResultError
} from "./ServerTool.ts"
export type { UnknownMember } from "./UnknownMember.ts"
export type { CacheCreation, DeltaUsage, OutputTokensDetails, ServerToolUsage, Usage } from "./Usage.ts"
