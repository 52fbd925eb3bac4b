import { fork } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFlags } from '../node-flags.js';
import type { BenchContext, Benchmark } from './benchmark.js';
import { emptyTables } from './empty-tables.js';
import { postImport } from './import-run.js';
import { removeOrderFile, writeOrderFile } from './order-file.js';
import { during, grouped } from './progress.js';
import { sendFile } from './send-file.js';

const MB = 1e6;

/** The upload alone. */
export const uploadBench: Benchmark = {
  title: 'Upload',
  about: `\`POST /imports\` from the first byte to the 202, beside a bare Node server that receives the same bytes directly
before, hashes them (SHA-256), writes them to the same disk and answers when they are durable (fsync). The import is
cancelled then.`,
  figures: [
    { key: 'mbPerSecond', name: 'MB/s, first byte to 202', digits: 0 },
    { key: 'bareMbPerSecond', name: 'MB/s, bare server directly before', digits: 0 },
    { key: 'ratio', name: 'ratio to the bare server', digits: 2 },
  ],
  chart: {
    title: 'Speed of an upload against a bare server',
    figure: 'ratio',
    beside: 'mbPerSecond',
    reference: { name: 'bare server', value: 1 },
  },
  async *measure(context: BenchContext) {
    const { mb, runs } = context.options;
    const path = join(context.service.folder, 'upload.csv');
    const fileBytes = await during(`writing a file of ${mb} MB`, writeLargeFile(context, path, mb * MB), context.say);
    const bare = await startBareReceiver(join(context.service.folder, 'received.csv'));
    try {
      for (let number = 0; number <= (runs ?? 3); number++) {
        const run = await measureUpload(context, bare.url, { path, fileBytes });
        context.say(`${number === 0 ? 'once unmeasured' : `run ${number}`}: ${grouped(run.mbPerSecond)} MB/s`);
        if (number > 0) yield { of: `${grouped(mb)} MB`, run };
      }
    } finally {
      await bare.end();
      await rm(path, { force: true });
    }
  },
};

async function measureUpload(context: BenchContext, bareUrl: string, file: { path: string; fileBytes: number }) {
  const { service, signal } = context;
  await emptyTables(context);
  const bare = await sendFile(bareUrl, file.path, { signal });
  // The import that follows is neither to be measured nor to disturb: the worker stands still until it is cancelled.
  process.kill(service.workerPid, 'SIGSTOP');
  const { status, ms } = await postImport(context, file.path);
  await fetch(`${service.base}/imports/${status.id}/cancel`, { method: 'POST', signal });
  process.kill(service.workerPid, 'SIGCONT');
  if (status.file.sha256 !== bare.body) throw new Error(`The upload arrived otherwise: ${JSON.stringify(status)}`);
  const mbPerSecond = (file.fileBytes / MB / ms) * 1_000;
  const bareMbPerSecond = (file.fileBytes / MB / bare.ms) * 1_000;
  return { mbPerSecond, bareMbPerSecond, ratio: mbPerSecond / bareMbPerSecond };
}

/** The records of a smaller file again and again: what matters here are bytes, and they are there in seconds. */
async function writeLargeFile(context: BenchContext, path: string, atLeastBytes: number): Promise<number> {
  const part = await writeOrderFile({ ...context, say: () => {} }, { rows: 10_000 });
  const bytes = await readFile(part.path);
  const records = bytes.subarray(bytes.indexOf('\n') + 1);
  const file = await open(path, 'w');
  await file.writeFile(bytes);
  let writtenBytes = bytes.length;
  for (; writtenBytes < atLeastBytes; writtenBytes += records.length) {
    context.signal.throwIfAborted();
    await file.writeFile(records);
  }
  await file.sync();
  await file.close();
  await removeOrderFile(part);
  return writtenBytes;
}

async function startBareReceiver(path: string): Promise<{ readonly url: string; end(): Promise<void> }> {
  const program = join(import.meta.dirname, 'bare-receiver.js');
  const child = fork(program, [path], { execArgv: nodeFlags('api'), stdio: ['ignore', 2, 2, 'ipc'], detached: true });
  const ended = once(child, 'exit');
  const [url] = (await once(child, 'message')) as [string];
  return {
    url,
    async end() {
      child.kill();
      await ended;
      await rm(path, { force: true });
    },
  };
}
