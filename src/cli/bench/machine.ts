import { arch, cpus, platform, totalmem } from 'node:os';
import type { Client } from 'pg';
import { grouped } from './progress.js';

/** Where and with what figures were measured, in one line: processor, cores, memory, system, versions, day. */
export async function describeMachine(client: Client): Promise<string> {
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
  const all = cpus();
  const parts = [
    all[0]?.model.trim() || 'unknown processor',
    `${all.length} cores`,
    `${grouped(totalmem() / 2 ** 30)} GiB memory`,
    `${platform()} ${arch()}`,
    `Node ${process.versions.node}`,
    `PostgreSQL ${rows[0]!.server_version.split(' ')[0]}`,
    new Date().toISOString().slice(0, 10),
  ];
  return parts.join(', ');
}
