import { describe, expect, it } from 'vitest';
import { readAccounts } from '../../../src/access/accounts.js';

const HASH = 'AE0667TsGDmSKRTWGNFJWumrGDIyiu35BfeN/WvYU0sS8lI/VVDd6';
const bcrypt = (kind = '2y', cost = '12'): string => `$${kind}$${cost}$${HASH}`;

function faultsOf(users: string, groups = ''): string[] {
  try {
    readAccounts(users, groups);
  } catch (error) {
    return (error as Error).message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}

describe('the users file', () => {
  it('has one user a line, with comments, blank lines and line ends of any kind between', () => {
    const accounts = readAccounts(
      `\uFEFF# ours\r\n\r\nanna:${bcrypt()}\r\n\n  bob:${bcrypt('2a')}\ncleo:${bcrypt('2b')}`,
      '',
    );
    expect(accounts.size).toBe(3);
    expect(accounts.find('anna')).toEqual({ name: 'anna', role: null, hash: bcrypt('2b') });
    expect(accounts.find('bob')?.hash).toBe(bcrypt('2a'));
    expect(accounts.find('cleo')?.hash).toBe(bcrypt('2b'));
    expect(accounts.find('Anna')).toBeUndefined();
    expect(accounts.find('__proto__')).toBeUndefined();
  });

  it('takes a name however its accents are written', () => {
    const accounts = readAccounts(`Jose\u0301:${bcrypt()}`, 'viewer: Jos\u00e9');
    expect(accounts.find('Jos\u00e9')?.role).toBe('viewer');
  });

  it.each([
    ['MD5', 'anna:$apr1$8sLXDpq2$nSkXqyB7Q1p0qEjLkbLNU0', 'is hashed with MD5; only bcrypt is taken: htpasswd -B'],
    ['SHA-1', 'anna:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=', 'is hashed with SHA-1; only bcrypt is taken: htpasswd -B'],
    ['SHA-256', 'anna:$5$KcPZ1$EqPZ', 'is hashed with SHA-256; only bcrypt is taken: htpasswd -B'],
    ['SHA-512', 'anna:$6$KcPZ1$EqPZ', 'is hashed with SHA-512; only bcrypt is taken: htpasswd -B'],
    ['crypt', 'anna:rqXexS6ZhobKA', 'is hashed with crypt; only bcrypt is taken: htpasswd -B'],
    ['a password', 'anna:secret', 'the hash is not that of bcrypt'],
    ['a hash that was cut', `anna:${bcrypt().slice(0, -1)}`, 'the hash is not that of bcrypt'],
    ['something behind the hash', `anna:${bcrypt()}:more`, 'the hash is not that of bcrypt'],
    ['a cost that nobody waits for', `anna:${bcrypt('2y', '15')}`, 'the cost of the hash is 15; at most 14 is taken'],
    ['no hash', 'anna', 'is not name:hash'],
    ['no name', `:${bcrypt()}`, 'is not name:hash'],
  ])('is refused with %s, by the line and without the hash', (_case, line, fault) => {
    expect(faultsOf(`bob:${bcrypt()}\n${line}\n`)).toEqual([`AUTH_USERS_FILE, line 2: ${fault}`]);
  });

  it('is refused with a user who is there twice, and with none', () => {
    expect(faultsOf(`anna:${bcrypt()}\nanna:${bcrypt()}`)).toEqual([
      'AUTH_USERS_FILE, line 2: the user anna is there twice',
    ]);
    expect(faultsOf('# nobody\n')).toEqual(['AUTH_USERS_FILE, no line: it has no users']);
  });

  it('has every bad line of both files named at once', () => {
    expect(faultsOf('anna:x\nbob\n', 'admin anna\n')).toEqual([
      'AUTH_USERS_FILE, line 1: the hash is not that of bcrypt',
      'AUTH_USERS_FILE, line 2: is not name:hash',
      'AUTH_GROUPS_FILE, line 1: is not role: name name',
    ]);
  });

  it('has hashes of little work pointed out', () => {
    expect(readAccounts(`anna:${bcrypt('2y', '05')}\nbob:${bcrypt()}`, 'admin: anna bob').warnings).toEqual([
      'The password of anna is hashed with little work; use htpasswd -B -C 12',
    ]);
  });
});

describe('the groups file', () => {
  const users = ['anna', 'bob', 'cleo', 'dan'].map((name) => `${name}:${bcrypt()}`).join('\n');

  it('gives each user the highest role', () => {
    const accounts = readAccounts(
      users,
      '# roles\nadmin: anna\nimporter:bob  anna\nviewer: anna bob\tcleo\nviewer: dan',
    );
    expect(['anna', 'bob', 'cleo', 'dan'].map((name) => accounts.find(name)?.role)).toEqual([
      'admin',
      'importer',
      'viewer',
      'viewer',
    ]);
    expect(accounts.warnings).toEqual([]);
  });

  it('has users of no group, members who are no users, and groups that are no roles pointed out', () => {
    const accounts = readAccounts(users, 'admin: anna eve\nAdmin: bob\nviewer: cleo');
    expect(accounts.find('bob')?.role).toBeNull();
    expect(accounts.warnings).toEqual([
      'The group Admin is no role; roles are viewer, importer, admin',
      'Users of no group, who may do nothing: bob, dan',
      'Members of groups who are no users: eve',
    ]);
  });
});

describe('the decoy of an unknown user', () => {
  it('is the same each time, and not the same for all', () => {
    const accounts = readAccounts(['anna', 'bob', 'cleo'].map((name) => `${name}:${bcrypt()}`).join('\n'), '');
    const decoys = Array.from({ length: 50 }, (_each, index) => accounts.decoyOf(`user-${index}`).name);
    expect(new Set(decoys).size).toBe(3);
    expect(Array.from({ length: 50 }, (_each, index) => accounts.decoyOf(`user-${index}`).name)).toEqual(decoys);
  });
});
