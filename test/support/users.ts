import { hash } from 'bcrypt';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from './folders.js';

/** A user of each role and one of none; each has the name with `-pw` for a password. */
export const USERS = { viewer: 'vera', importer: 'ivo', admin: 'anna', none: 'noah' } as const;

/** Little work, so that tests do not wait. */
const COST = 5;

/** A users file and a groups file in a folder of their own. */
export interface UserFiles {
  readonly folder: string;
  readonly usersFile: string;
  readonly groupsFile: string;
  /** For the environment of a service. */
  readonly env: { readonly AUTH_USERS_FILE: string; readonly AUTH_GROUPS_FILE: string };
}

/** A line of a users file, as `htpasswd -B` writes it. */
export const userLine = async (name: string, password = `${name}-pw`, cost = COST): Promise<string> =>
  `${name}:${(await hash(password, cost)).replace('$2b$', '$2y$')}\n`;

/** Writes the files of USERS. */
export async function userFiles(): Promise<UserFiles> {
  const folder = temporaryFolder();
  const [usersFile, groupsFile] = [join(folder, 'users'), join(folder, 'groups')];
  const lines = await Promise.all(Object.values(USERS).map((name) => userLine(name)));
  await writeFile(usersFile, lines.join(''));
  await writeFile(groupsFile, `viewer: ${USERS.viewer}\nimporter: ${USERS.importer}\nadmin: ${USERS.admin}\n`);
  return { folder, usersFile, groupsFile, env: { AUTH_USERS_FILE: usersFile, AUTH_GROUPS_FILE: groupsFile } };
}

/** The header of a user. */
export const basic = (name: string, password = `${name}-pw`): { authorization: string } => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
});
