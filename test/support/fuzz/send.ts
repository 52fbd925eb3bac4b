import { Agent, request, type IncomingMessage } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import type { SeenAnswer } from '../openapi/contract.js';
import type { FuzzRequest } from './requests.js';

/** Longest time for an answer, milliseconds. */
const PATIENCE_MS = 20_000;
const DECODERS: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: gunzipSync,
  br: brotliDecompressSync,
  deflate: inflateSync,
  zstd: zstdDecompressSync,
};

const agent = new Agent({ keepAlive: true, maxSockets: 8 });

/** Sends a request as it is and returns its answer; of events only the first. Throws where there is no answer. */
export const send = (url: string, { method, path, headers, body }: FuzzRequest): Promise<SeenAnswer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const length = body ? ['Content-Length', String(body.length)] : [];
    const all = ['Host', `${hostname}:${port}`, ...headers.flat(), ...length];
    const sent = request({ agent, hostname, port, method, path, headers: all, timeout: PATIENCE_MS });
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${PATIENCE_MS} ms`)));
    sent.on('error', reject);
    sent.on('response', (answer) => {
      bodyOf(answer).then((content) => resolve(seen(method, path, answer, content)), reject);
    });
    sent.end(body ?? undefined);
  });

async function bodyOf(answer: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of answer as AsyncIterable<Buffer>) {
    pieces.push(piece);
    // Events have no end while an import waits for a worker.
    if (answer.headers['content-type']?.startsWith('text/event-stream')) break;
  }
  const coding = answer.headers['content-encoding'];
  const whole = Buffer.concat(pieces);
  return String(coding && whole.length > 0 ? DECODERS[coding]!(whole) : whole);
}

const seen = (method: string, path: string, { statusCode, headers }: IncomingMessage, body: string): SeenAnswer => ({
  method,
  path: path.split('?')[0]!,
  status: statusCode!,
  header: (name) => headers[name]?.toString() ?? null,
  body,
});

/** The command that sends a request again. */
export function asCurl(url: string, { method, path, headers, body }: FuzzRequest): string {
  const given = headers.map(([name, value]) => `-H ${quoted(value === '' ? `${name};` : `${name}: ${value}`)}`);
  const parts = [
    'curl -isg --path-as-is',
    `-X ${method}`,
    ...given,
    ...(body ? ['--data-binary @-'] : []),
    quoted(url + path),
  ];
  const pipe = body ? `echo ${body.toString('base64')} | base64 -d | ` : '';
  return pipe + parts.join(' ');
}

const quoted = (text: string): string =>
  `$'${text.replaceAll(/[^\x20-\x7e]|['\\]/g, (each) => `\\x${each.charCodeAt(0).toString(16).padStart(2, '0')}`)}'`;
