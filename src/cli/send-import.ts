import { basename } from 'node:path';
import { outcomeTable } from './outcome-table.js';
import type { Console } from './program.js';
import { followImport, type ImportStatus, type ServiceClient } from './service-client.js';
import type { Params, Text } from './text.js';
import { sizeOf, uploadImport } from './upload.js';

/** A file and the options of its import, as the API calls them. */
export interface ImportRequest {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** The service has the file; from here on it goes on without us. */
  readonly onAccepted?: (status: ImportStatus) => unknown;
}

/** Uploads a file, waits for the end of its import and prints the outcome. Throws what went wrong on the way. */
export async function sendImport(
  client: ServiceClient,
  request: ImportRequest,
  console: Console,
): Promise<ImportStatus> {
  const { terminal, text } = console;
  const accepted = await uploadWithProgress(client, request, console);
  request.onAccepted?.(accepted);
  const done = await followWithProgress(client, accepted.id, console);
  if (done.state !== 'completed')
    terminal.complain(text(`import.${done.state}`, { message: done.failure?.message ?? '' }));
  terminal.say(outcomeTable(done, text));
  return done;
}

async function uploadWithProgress(client: ServiceClient, { path, query }: ImportRequest, { terminal, text }: Console) {
  const fileBytes = await sizeOf(path);
  const all = megabytes(fileBytes);
  terminal.say(text('import.uploading', { file: basename(path), megabytes: all }));
  const progress = terminal.progress(text('import.upload'));
  const startedAt = performance.now();
  const onProgress = (sentBytes: number) => {
    const bytesPerMs = sentBytes / Math.max(performance.now() - startedAt, 1);
    const seconds = Math.ceil((fileBytes - sentBytes) / bytesPerMs / 1_000);
    progress.update(sentBytes / fileBytes, text('import.upload-details', { sent: megabytes(sentBytes), all, seconds }));
  };
  try {
    return await uploadImport(client, { path, fileBytes, query, onProgress });
  } finally {
    progress.end();
  }
}

async function followWithProgress(client: ServiceClient, id: string, { terminal, text }: Console) {
  const progress = terminal.progress(text('import.import'));
  try {
    return await followImport(client, id, (status) => {
      progress.update(status.progress.percent / 100, text('import.import-details', details(status, text)));
    });
  } finally {
    progress.end();
  }
}

const UNKNOWN = '–';

function details({ counts, progress, startedAt, finishedAt }: ImportStatus, text: Text): Params {
  const shown = (value: number | null) => (value === null ? UNKNOWN : text.number(value));
  const ms = startedAt && finishedAt && Math.max(Date.parse(finishedAt) - Date.parse(startedAt), 1);
  const speed = ms ? Math.round((counts.read / ms) * 1_000) : progress.recordsPerSecond;
  return { records: counts.read, speed: shown(speed), seconds: shown(finishedAt ? 0 : progress.etaSeconds) };
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 100_000) / 10;
