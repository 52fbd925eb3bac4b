/**
 * Flags of Node for a process of the application. A small young generation keeps its memory flat: an import makes much
 * garbage that lives for one chunk, and an upload buffers outside of the heap that only its collection lets go. What an
 * export makes lives for a batch and gets old; V8 would let an API of 50 MB grow to 200 MB before it looks at that, and
 * with this it collects at 75 MB.
 */
export const nodeFlags = (role: string): string[] => [
  '--enable-source-maps',
  // For `YoungGarbage`.
  '--expose-gc',
  ...(role === 'api' ? ['--max-semi-space-size=4', '--heap-growing-percent=50'] : ['--max-semi-space-size=4']),
];
