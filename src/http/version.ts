// The version of this package, for the `user-agent` header.
// A test holds it against package.json.
/** The version of this package. */
export const version = "0.1.0"
