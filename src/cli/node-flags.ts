/**
 * Flags of Node for a process of the application. A small young generation keeps its memory flat: an import makes much
 * garbage that lives for one chunk.
 */
export const NODE_FLAGS = ['--enable-source-maps', '--max-semi-space-size=4'];
