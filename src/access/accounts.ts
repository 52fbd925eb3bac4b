import { createHash } from 'node:crypto';
import type { Role } from './roles.js';
import { readGroups } from './groups-file.js';
import { readPasswords } from './users-file.js';

/** A user as the files have it. */
export interface Account {
  readonly name: string;
  /** The highest role of the user's groups; null for a user of no group, who may do nothing. */
  readonly role: Role | null;
  /** bcrypt. */
  readonly hash: string;
}

/** The users of a users file with the roles of a groups file. */
export class Accounts {
  private readonly byName: ReadonlyMap<string, Account>;
  private readonly all: readonly Account[];

  constructor(
    accounts: readonly Account[],
    /** What is odd about the files and does not make them useless, in English. */
    readonly warnings: readonly string[],
  ) {
    this.byName = new Map(accounts.map((account) => [account.name, account]));
    this.all = accounts;
  }

  get size(): number {
    return this.all.length;
  }

  find(name: string): Account | undefined {
    return this.byName.get(name);
  }

  /** Some account, always the same for a name: on an unknown user the time is spent that a known one takes. */
  decoyOf(name: string): Account {
    return this.all[createHash('sha256').update(name).digest().readUInt32BE(0) % this.all.length]!;
  }
}

/** Reads both files. Throws one error that names every bad line of them. */
export function readAccounts(usersText: string, groupsText: string): Accounts {
  const { passwords, faults, warnings } = readPasswords(usersText);
  const groups = readGroups(groupsText);
  const all = [
    ...faults.map((fault) => `AUTH_USERS_FILE, ${fault}`),
    ...groups.faults.map((fault) => `AUTH_GROUPS_FILE, ${fault}`),
  ];
  if (all.length > 0) throw new Error(`The users cannot be read.\n  ${all.join('\n  ')}`);
  const accounts = [...passwords].map(([name, hash]) => ({ name, hash, role: groups.roles.get(name) ?? null }));
  return new Accounts(accounts, [...warnings, ...groups.warnings, ...oddities(accounts, groups.roles)]);
}

function oddities(accounts: readonly Account[], roles: ReadonlyMap<string, Role>): string[] {
  const names = new Set(accounts.map(({ name }) => name));
  return [
    ...warningOf(
      'Users of no group, who may do nothing',
      accounts.filter(({ role }) => !role).map(({ name }) => name),
    ),
    ...warningOf(
      'Members of groups who are no users',
      [...roles.keys()].filter((name) => !names.has(name)),
    ),
  ];
}

const warningOf = (what: string, names: readonly string[]): string[] =>
  names.length > 0 ? [`${what}: ${names.join(', ')}`] : [];
