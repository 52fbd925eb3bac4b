/**
 * Flags of Node for a process of the application. A small young generation keeps its memory flat: an import makes much
 * garbage that lives for one chunk, and an upload buffers outside of the heap that only its collection lets go.
 */
export const nodeFlags = (role: string): string[] => [
  '--enable-source-maps',
  `--max-semi-space-size=${role === 'api' ? 1 : 4}`,
];
