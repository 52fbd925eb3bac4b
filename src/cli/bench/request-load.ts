import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { SendAnswer, SendRequest } from './request-sender.js';

/** Sends as many requests as a server answers, from a process of its own. */
export interface RequestLoad {
  /** Throws where a request was not answered with 200. */
  send(request: SendRequest): Promise<SendAnswer>;
  end(): Promise<void>;
}

const PROGRAM = join(import.meta.dirname, 'request-sender.js');

export function startRequestLoad(): RequestLoad {
  const child = fork(PROGRAM, { stdio: ['ignore', 2, 2, 'ipc'], detached: true });
  const ended = once(child, 'exit');
  return {
    async send(request) {
      const answered = once(child, 'message') as Promise<[SendAnswer]>;
      child.send(request);
      const [answer] = await answered;
      if (answer.failures > 0) throw new Error(`${answer.failures} requests failed, such as ${request.paths[0]}`);
      return answer;
    },
    async end() {
      child.kill();
      await ended;
    },
  };
}
