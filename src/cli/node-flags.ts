/**
 * Flags of Node for a process of the application. A small young generation keeps its memory flat: an import makes much
 * garbage that lives for one chunk, and an upload buffers outside of the heap that only its collection lets go. What an
 * export makes lives for a batch and gets old; V8 would let an API of 50 MB grow to 200 MB before it looks at that, and
 * with this it collects at 75 MB.
 *
 * Of an API's young generation next to nothing is left when it is collected, so that the collection takes what its own
 * beginning takes, less where it is by one thread and seldom: a twentieth of all that a request costs.
 */
export const nodeFlags = (role: string): string[] => [
  '--enable-source-maps',
  // For `YoungGarbage`.
  '--expose-gc',
  ...(role === 'api' ? OF_API : ['--max-semi-space-size=4']),
];

const OF_API = ['--max-semi-space-size=8', '--no-parallel-scavenge', '--heap-growing-percent=50'];
