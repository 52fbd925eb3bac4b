import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { stripVTControlCharacters } from 'node:util';

/** Something that a child found worth telling a person. */
export interface Complaint {
  readonly level: 'warn' | 'error';
  readonly message: string;
}

const LOOK_MS = 250;
const QUIET_MS = 10_000;

/**
 * Shows the warnings and errors that are appended to a log from now on; returns how to stop that. The same one again
 * within ten seconds is only in the log.
 */
export function followLog(path: string, show: (complaint: Complaint) => void): () => void {
  const readLines = linesAppendedTo(path);
  const shownAt = new Map<string, number>();
  const look = () => {
    for (const complaint of readLines.next().map(complaintOf)) {
      if (!complaint || performance.now() - (shownAt.get(complaint.message) ?? -Infinity) < QUIET_MS) continue;
      shownAt.set(complaint.message, performance.now());
      show(complaint);
    }
  };
  const timer = setInterval(look, LOOK_MS);
  return () => {
    clearInterval(timer);
    look();
    readLines.close();
  };
}

/** The whole lines that were appended to a file since the last call. */
function linesAppendedTo(path: string): { next(): string[]; close(): void } {
  const fd = openSync(path, 'r');
  const buffer = Buffer.alloc(64 * 1024);
  const decoder = new StringDecoder('utf8');
  let at = fstatSync(fd).size;
  let rest = '';
  const next = () => {
    for (let read = -1; read !== 0; at += read) {
      read = readSync(fd, buffer, 0, buffer.length, at);
      rest += decoder.write(buffer.subarray(0, read));
    }
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    return lines;
  };
  return { next, close: () => closeSync(fd) };
}

/** The warning or error in a line of a log, or null. */
export function complaintOf(line: string): Complaint | null {
  if (!line.startsWith('{')) return strayComplaint(stripVTControlCharacters(line));
  // Looked at before parsing: most lines are of a lower level.
  if (!/"log\.level":"(warn|error|fatal)/.test(line)) return null;
  const entry = parse(line);
  const level = entry['log.level'];
  // A client's mistakes are the client's to see.
  if (!isError(level) && 'http.response.status_code' in entry) return null;
  const message = [entry.message, entry['error.message']].filter((part) => typeof part === 'string' && part !== '');
  return { level: isError(level) ? 'error' : 'warn', message: [...new Set(message)].join(': ') || line };
}

/** What is not JSON was written before the logger was there, or without it: an error, but for Nest's own lines. */
function strayComplaint(line: string): Complaint | null {
  // The lines that follow the first one of an error: its stack, its properties.
  if (/^(\s|[})\]]|$)/.test(line)) return null;
  const nest = /^\[Nest\].*? (LOG|DEBUG|VERBOSE|WARN|ERROR|FATAL) (.*)$/.exec(line);
  if (nest && !/WARN|ERROR|FATAL/.test(nest[1]!)) return null;
  return { level: nest?.[1] === 'WARN' ? 'warn' : 'error', message: nest?.[2] ?? line };
}

function parse(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { 'log.level': 'error', message: line };
  }
}

const isError = (level: unknown): boolean => level === 'error' || level === 'fatal';
