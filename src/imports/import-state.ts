/** The states of an import and where each may go. */
export const NEXT_STATES = {
  queued: ['running', 'paused', 'cancelled', 'failed'], // a worker claimed it · operator · operator · it cannot begin
  running: ['completed', 'failed', 'paused', 'cancelled'], // last byte done · it cannot go on · operator · operator
  paused: ['queued', 'cancelled'], // resumed · operator
  completed: ['queued', 'cancelled'], // a dry run is started for real · undone
  failed: ['queued', 'cancelled'], // retried from its checkpoint · undone
  cancelled: ['cancelled'], // undone
} as const satisfies Record<string, readonly string[]>;

export type ImportState = keyof typeof NEXT_STATES;
export const IMPORT_STATES = Object.keys(NEXT_STATES) as [ImportState, ...ImportState[]];

/** States in which nothing happens to an import by itself any more. */
export const FINAL_STATES = ['completed', 'failed', 'cancelled'] as const satisfies readonly ImportState[];

/** What an operator may do to an import: the state that it leads to, from any state that may go there by hand. */
export const ACTIONS = {
  cancel: { to: 'cancelled', from: ['queued', 'running', 'paused'] },
  pause: { to: 'paused', from: ['queued', 'running'] },
  resume: { to: 'queued', from: ['paused'] },
  retry: { to: 'queued', from: ['failed'] },
  start: { to: 'queued', from: ['completed'] }, // a dry run only
  undo: { to: 'cancelled', from: ['completed', 'failed', 'cancelled'] },
} as const satisfies Record<string, { to: ImportState; from: readonly ImportState[] }>;

export type ImportAction = keyof typeof ACTIONS;
