// What this module needs to know of the machine that it runs on.
// Windows keeps profiles elsewhere, and has no permissions of a group and of others.

declare const process: { readonly platform?: string }

export const isWindows = (): boolean => "process" in globalThis && process.platform === "win32"
