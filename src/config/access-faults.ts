import { isIP } from 'node:net';

/** What of the configuration decides who may do what. */
interface Access {
  readonly env: string;
  readonly role: string;
  /** Address that the process listens on. */
  readonly host: string;
  readonly usersFile: string | null;
  readonly groupsFile: string | null;
}

/** Why an API may not start with or without users. A worker answers probes and metrics only. */
export function accessFaults({ env, role, host, usersFile, groupsFile }: Access): string[] {
  if (role === 'worker') return [];
  if (usersFile && !groupsFile) return ['AUTH_GROUPS_FILE: must be set too, or no user may do anything'];
  if (groupsFile && !usersFile) return ['AUTH_USERS_FILE: must be set too, or the groups have no users'];
  if (usersFile || (env !== 'production' && /^(localhost|::1|127(\.\d{1,3}){3})$/.test(host))) return [];
  const where = env === 'production' ? 'in production' : `where HOST (${host}) can be reached from other machines`;
  return [`AUTH_USERS_FILE: must be set ${where}, with AUTH_GROUPS_FILE; README, "Users and roles", tells how`];
}

/** Whether a text is an address, a network such as `10.0.0.0/8`, or one of the names that Fastify has for some. */
export function isNetwork(text: string): boolean {
  if (/^(loopback|linklocal|uniquelocal)$/.test(text)) return true;
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const most = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  return most > 0 && (bits === undefined || (Number(bits) >= 1 && Number(bits) <= most));
}
