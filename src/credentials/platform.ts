// What this module needs to know about its machine.
// Windows has another directory of profiles, and no permissions of a group and of others.

declare const process: { readonly platform?: string }

export const isWindows = (): boolean => "process" in globalThis && process.platform === "win32"
