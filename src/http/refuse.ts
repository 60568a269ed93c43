// The error of a call that is refused here, before anything is sent.
// One reason is the usual case; the writer of a batch, which collects many, makes its error itself.
import { RequestRefusedError } from "../AnthropicError.ts"

export const refuse = (operation: string, path: string, description: string): RequestRefusedError =>
  new RequestRefusedError({ operation, reasons: [{ path, description }], omitted: 0 })
