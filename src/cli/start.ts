import { readConfig } from '../config.js';
import { startApp } from './app-processes.js';
import { openDataFolder } from './data-folder.js';
import { runDemo } from './demo.js';
import { choosePorts, originOf } from './ports.js';
import { readArguments, runProgram, type Console } from './program.js';
import { startServices } from './services/index.js';
import { aborted, listenForStop, type Stopping } from './signals.js';
import type { Say } from './text.js';

/** `npm start` and `npm run demo`: services, one API process and one worker process, until they are stopped. */
async function main(console: Console): Promise<number> {
  const { values } = readArguments({ demo: { type: 'boolean', default: false } });
  if (values.help) {
    console.terminal.say(console.text('start.usage'));
    return 0;
  }
  const stopping = listenForStop();
  const ending = new Ending(stopping);
  try {
    await run(values.demo, console, stopping, ending);
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
  } finally {
    if (stopping.signal.aborted) console.terminal.say(console.text('start.stopping'));
    await ending.run();
  }
  console.terminal.say(console.text('start.stopped'));
  return 0;
}

async function run(isDemo: boolean, console: Console, stopping: Stopping, ending: Ending): Promise<void> {
  const { terminal, text } = console;
  const say: Say = (key, params) => terminal.say(text(key, params));
  const { env } = process;
  const config = readConfig(env);
  const folder = await openDataFolder(config.dataDir, say);
  ending.add(() => folder.close());
  const ports = await choosePorts(config, env);
  say('start.services');
  const { signal } = stopping;
  const given = { ...env, DATABASE_URL: config.databaseUrl, REDIS_URL: config.redisUrl };
  const services = await startServices({ dataDir: config.dataDir, env: given, log: terminal.say, folder, signal });
  ending.add((hurry) => services.stop(hurry));
  const origins = { api: originOf(config.host, ports.api), worker: originOf(config.host, ports.worker) };
  say('start.app');
  const app = startApp({ folder, env: appEnvironment(env, config.dataDir, ports, services), origins }, console);
  ending.add((hurry) => app.stop(hurry));
  await app.ready(signal);
  say('start.ready', { origin: origins.api, api: app.logs.api, worker: app.logs.worker });
  if (isDemo) await runDemo({ origin: origins.api, folder: config.dataDir, signal }, console);
  say('start.try', { origin: origins.api });
  await aborted(signal);
}

function appEnvironment(
  env: NodeJS.ProcessEnv,
  dataDir: string,
  ports: { api: number; worker: number },
  { databaseUrl, redisUrl }: { databaseUrl: string; redisUrl: string },
): NodeJS.ProcessEnv {
  const settled = {
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    DATA_DIR: dataDir,
    PORT: String(ports.api),
    WORKER_PORT: String(ports.worker),
  };
  // What was read from a file is settled now too.
  const fileNames = Object.keys(settled).map((name) => [`${name}_FILE`, undefined]);
  return { ...env, ...settled, ...Object.fromEntries(fileNames) };
}

/** What is to be done at the end: the last begun first, and all of it even if a part fails. */
class Ending {
  private readonly steps: ((hurry: AbortSignal) => unknown)[] = [];

  constructor(private readonly stopping: Stopping) {}

  add(step: (hurry: AbortSignal) => unknown): void {
    this.steps.unshift(step);
  }

  async run(): Promise<void> {
    for (const step of this.steps) {
      try {
        await step(this.stopping.hurry);
      } catch (error) {
        globalThis.console.error(error);
      }
    }
  }
}

await runProgram(main);
