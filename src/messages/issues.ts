// Finds what the API would refuse in a conversation, as issues.
import type { Issue } from "../BatchRequest.ts"
import { checkConversation } from "../params/conversation.ts"
import type { CountTokensParams } from "../schema/MessageParams.ts"

/**
 * Returns every issue of a conversation that the API refuses with any model. Returns an empty array if there is none.
 *
 * - An empty turn, unless it is the last one and of the assistant. A text with white space only.
 * - The input of a call that is not an object, because it was cut off or is not JSON.
 * - A call without a result at the beginning of the next turn. A result without a call in the turn before. A second result.
 * - A result that is an error and has no content. The result of a server tool without its call.
 * - Thinking without a signature, because its stream broke off. White space at the end of a last turn of the assistant.
 *
 * `Models.check` returns these issues, too.
 *
 * @example
 * import * as Messages from "effect-anthropic/Messages"
 *
 * // An answer without content, which the API does not take back before another turn.
 * const issues = (answer: Messages.Message) =>
 *   Messages.issues({
 *     model: "claude-opus-5-5",
 *     messages: [Messages.user("Hello"), Messages.assistant(answer), Messages.user("Go on")]
 *   })
 *
 * @category getters
 * @since 0.1.0
 */
export const issues = (params: CountTokensParams): ReadonlyArray<Issue> =>
  checkConversation(params).map((reason): Issue => ({ ...reason, severity: "error" }))
