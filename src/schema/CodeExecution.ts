// The results of code, shell commands and edits that the model ran in a container.
import * as Schema from "effect/Schema"
import { LenientUnion, nullable, OpenEnum } from "./checked.ts"
import { resultError } from "./ServerTool.ts"

const codeExecutionOutput = Schema.Struct({
  type: Schema.Literal("code_execution_output"),
  file_id: Schema.String
})

/**
 * A file that code wrote.
 *
 * @category models
 * @since 0.1.0
 */
export interface CodeExecutionOutput extends Schema.Schema.Type<typeof codeExecutionOutput> {}

const bashCodeExecutionOutput = Schema.Struct({
  type: Schema.Literal("bash_code_execution_output"),
  file_id: Schema.String
})

/**
 * A file that a shell command wrote.
 *
 * @category models
 * @since 0.1.0
 */
export interface BashCodeExecutionOutput extends Schema.Schema.Type<typeof bashCodeExecutionOutput> {}

const codeExecutionResult = Schema.Struct({
  type: Schema.Literal("code_execution_result"),
  stdout: Schema.String,
  stderr: Schema.String,
  return_code: Schema.Finite,
  content: nullable(Schema.Array(LenientUnion([codeExecutionOutput])))
})

/**
 * The output and the return code of code, and the files that it wrote.
 *
 * @category models
 * @since 0.1.0
 */
export interface CodeExecutionResult extends Schema.Schema.Type<typeof codeExecutionResult> {}

const encryptedCodeExecutionResult = Schema.Struct({
  type: Schema.Literal("encrypted_code_execution_result"),
  encrypted_stdout: Schema.String,
  stderr: Schema.String,
  return_code: Schema.Finite,
  content: nullable(Schema.Array(LenientUnion([codeExecutionOutput])))
})

/**
 * The encrypted output and the return code of code.
 *
 * @category models
 * @since 0.1.0
 */
export interface EncryptedCodeExecutionResult extends Schema.Schema.Type<typeof encryptedCodeExecutionResult> {}

const codeExecutionToolResultError = resultError("code_execution_tool_result_error")

/**
 * Why code could not be executed.
 *
 * @category models
 * @since 0.1.0
 */
export interface CodeExecutionToolResultError extends Schema.Schema.Type<typeof codeExecutionToolResultError> {}

export const codeExecutionToolResultBlock = Schema.Struct({
  type: Schema.Literal("code_execution_tool_result"),
  tool_use_id: Schema.String,
  content: LenientUnion([codeExecutionResult, encryptedCodeExecutionResult, codeExecutionToolResultError])
})

/**
 * The result of code that the model wrote.
 *
 * @category models
 * @since 0.1.0
 */
export interface CodeExecutionToolResultBlock extends Schema.Schema.Type<typeof codeExecutionToolResultBlock> {}

const bashCodeExecutionResult = Schema.Struct({
  type: Schema.Literal("bash_code_execution_result"),
  stdout: Schema.String,
  stderr: Schema.String,
  return_code: Schema.Finite,
  content: nullable(Schema.Array(LenientUnion([bashCodeExecutionOutput])))
})

/**
 * The output and the return code of a shell command, and the files that it wrote.
 *
 * @category models
 * @since 0.1.0
 */
export interface BashCodeExecutionResult extends Schema.Schema.Type<typeof bashCodeExecutionResult> {}

const bashCodeExecutionToolResultError = resultError("bash_code_execution_tool_result_error")

/**
 * Why a shell command could not be executed.
 *
 * @category models
 * @since 0.1.0
 */
export interface BashCodeExecutionToolResultError extends Schema.Schema.Type<typeof bashCodeExecutionToolResultError> {}

export const bashCodeExecutionToolResultBlock = Schema.Struct({
  type: Schema.Literal("bash_code_execution_tool_result"),
  tool_use_id: Schema.String,
  content: LenientUnion([bashCodeExecutionResult, bashCodeExecutionToolResultError])
})

/**
 * The result of a shell command.
 *
 * @category models
 * @since 0.1.0
 */
export interface BashCodeExecutionToolResultBlock extends Schema.Schema.Type<typeof bashCodeExecutionToolResultBlock> {}

const textEditorViewResult = Schema.Struct({
  type: Schema.Literal("text_editor_code_execution_view_result"),
  content: Schema.String,
  file_type: OpenEnum(["text", "image", "pdf"]),
  num_lines: nullable(Schema.Finite),
  start_line: nullable(Schema.Finite),
  total_lines: nullable(Schema.Finite)
})

/**
 * A file, or a part of it, that was viewed. Line numbers start at 1.
 *
 * @category models
 * @since 0.1.0
 */
export interface TextEditorViewResult extends Schema.Schema.Type<typeof textEditorViewResult> {}

const textEditorCreateResult = Schema.Struct({
  type: Schema.Literal("text_editor_code_execution_create_result"),
  is_file_update: Schema.Boolean
})

/**
 * A file that was written. `is_file_update` says whether it existed before.
 *
 * @category models
 * @since 0.1.0
 */
export interface TextEditorCreateResult extends Schema.Schema.Type<typeof textEditorCreateResult> {}

const textEditorStrReplaceResult = Schema.Struct({
  type: Schema.Literal("text_editor_code_execution_str_replace_result"),
  lines: nullable(Schema.Array(Schema.String)),
  old_start: nullable(Schema.Finite),
  old_lines: nullable(Schema.Finite),
  new_start: nullable(Schema.Finite),
  new_lines: nullable(Schema.Finite)
})

/**
 * A text that was replaced in a file.
 *
 * @category models
 * @since 0.1.0
 */
export interface TextEditorStrReplaceResult extends Schema.Schema.Type<typeof textEditorStrReplaceResult> {}

const textEditorToolResultError = resultError("text_editor_code_execution_tool_result_error")

/**
 * Why a file could not be viewed or changed.
 *
 * @category models
 * @since 0.1.0
 */
export interface TextEditorToolResultError extends Schema.Schema.Type<typeof textEditorToolResultError> {}

export const textEditorCodeExecutionToolResultBlock = Schema.Struct({
  type: Schema.Literal("text_editor_code_execution_tool_result"),
  tool_use_id: Schema.String,
  content: LenientUnion([
    textEditorViewResult,
    textEditorCreateResult,
    textEditorStrReplaceResult,
    textEditorToolResultError
  ])
})

/**
 * The result of a command of the text editor.
 *
 * @category models
 * @since 0.1.0
 */
export interface TextEditorCodeExecutionToolResultBlock
  extends Schema.Schema.Type<typeof textEditorCodeExecutionToolResultBlock> {}
