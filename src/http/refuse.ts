// The error of a call that is refused before anything is sent, with one reason. The writer of a batch, which collects many
// reasons, makes its error itself.
import { RequestRefusedError } from "../AnthropicError.ts"

export const refuse = (operation: string, path: string, description: string): RequestRefusedError =>
  new RequestRefusedError({ operation, reasons: [{ path, description }], omitted: 0 })
