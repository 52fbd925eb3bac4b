/** Longest address with its query, characters. The longest that is of use has a cursor and some filters. */
export const MOST_ADDRESS_CHARACTERS = 8_192;
/** Longest body of a request that is no upload, bytes. */
export const MOST_BODY_BYTES = 1_024;
/** Time for such a body when the answer was sent, milliseconds. */
export const PASS_OVER_MS = 5_000;

/** Whether requests to a route are those of the operator's own watchers, which nobody counts. */
export const isProbe = (route: string): boolean => /^\/(health\/|metrics$)/.test(route);
