import { randomUUID } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { text as readAll } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliProblem, codeOf, reasonOf } from './problem.js';
import { refusal, resource, unreachable, type ImportStatus, type ServiceClient } from './service-client.js';

/** A file on its way to a service. */
export interface Upload {
  readonly path: string;
  readonly fileBytes: number;
  /** Options of the import, as the API calls them: `delimiter`, `onDuplicate` … */
  readonly query: Readonly<Record<string, string>>;
  readonly onProgress: (sentBytes: number) => void;
}

// An answer that came before the whole file was sent may arrive just after the connection breaks.
const LATE_ANSWER_MS = 1_000;
const PART_BYTES = 256 * 1024;

/** Sends a file as multipart, streaming it from disk, and answers the accepted import. */
export async function uploadImport(client: ServiceClient, upload: Upload): Promise<ImportStatus> {
  const form = formAround(basename(upload.path));
  const url = resource(client, '/imports', upload.query);
  const request = openRequest(client, url, {
    'content-type': `multipart/form-data; boundary=${form.boundary}`,
    'content-length': form.head.length + upload.fileBytes + form.tail.length,
  });
  const answered = answerTo(request);
  const sent = send(upload, form, request);
  const answer = await firstAnswer(answered, sent).catch((error: unknown) => {
    client.signal.throwIfAborted();
    throw error instanceof CliProblem ? error : unreachable(url, error);
  });
  const body = await readAll(answer);
  request.destroy();
  if (answer.statusCode !== 202) throw refusal(answer.statusCode ?? 0, body);
  return JSON.parse(body) as ImportStatus;
}

/** The size of a file that can be sent. Throws what is wrong with it. */
export async function sizeOf(path: string): Promise<number> {
  try {
    await access(path, constants.R_OK);
    const status = await stat(path);
    if (status.isFile()) return status.size;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new CliProblem('import.file-missing', { path });
    throw new CliProblem('import.file-unreadable', { path, reason: reasonOf(error) });
  }
  throw new CliProblem('import.no-file', { path });
}

interface Form {
  readonly boundary: string;
  readonly head: Buffer;
  readonly tail: Buffer;
}

/** What stands before and after the file; its name is escaped as the HTML standard has browsers do it. */
function formAround(name: string): Form {
  const boundary = `acme-${randomUUID()}`;
  const escaped = name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const disposition = `Content-Disposition: form-data; name="file"; filename="${escaped}"`;
  const head = Buffer.from(`--${boundary}\r\n${disposition}\r\nContent-Type: text/csv\r\n\r\n`);
  return { boundary, head, tail: Buffer.from(`\r\n--${boundary}--\r\n`) };
}

function openRequest(client: ServiceClient, url: URL, headers: Record<string, string | number>): ClientRequest {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const accept = { accept: 'application/json', 'accept-language': client.language };
  return request(url, { method: 'POST', headers: { ...headers, ...accept }, signal: client.signal });
}

const answerTo = (request: ClientRequest): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject);
  });

/** The answer, which may come while the file is still being sent: then the rest of it is not wanted. */
async function firstAnswer(answered: Promise<IncomingMessage>, sent: Promise<void>): Promise<IncomingMessage> {
  const broken = sent.then(
    () => answered,
    async (error: unknown) => {
      await Promise.race([answered.catch(() => {}), sleep(LATE_ANSWER_MS, undefined, { ref: false })]);
      throw error;
    },
  );
  return Promise.race([answered, broken]);
}

function send(upload: Upload, form: Form, request: ClientRequest): Promise<void> {
  async function* parts(): AsyncGenerator<Buffer> {
    yield form.head;
    yield* fileParts(upload);
    yield form.tail;
  }
  return pipeline(Readable.from(parts()), request);
}

async function* fileParts({ path, fileBytes, onProgress }: Upload): AsyncGenerator<Buffer> {
  if (fileBytes === 0) return;
  let sentBytes = 0;
  // The length was promised in the header: a file that grows meanwhile is sent as it was.
  for await (const part of createReadStream(path, { end: fileBytes - 1, highWaterMark: PART_BYTES })) {
    sentBytes += (part as Buffer).length;
    yield part as Buffer;
    onProgress(sentBytes);
  }
  if (sentBytes < fileBytes) throw new CliProblem('import.file-shrank', { path });
}
