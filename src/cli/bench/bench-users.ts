import { hash } from 'bcrypt';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** As the README makes passwords. */
export const COST = 12;

/** Makes users with the password `NAME-pw`. Answers the settings by which a service has them. */
export async function usersIn(
  folder: string,
  groups: Readonly<Record<string, readonly string[]>>,
): Promise<NodeJS.ProcessEnv> {
  const files = { AUTH_USERS_FILE: join(folder, 'users'), AUTH_GROUPS_FILE: join(folder, 'groups') };
  const names = Object.values(groups).flat();
  const users = await Promise.all(names.map(async (name) => `${name}:${await hash(`${name}-pw`, COST)}\n`));
  await writeFile(files.AUTH_USERS_FILE, users);
  const lines = Object.entries(groups).map(([group, members]) => `${group}: ${members.join(' ')}\n`);
  await writeFile(files.AUTH_GROUPS_FILE, lines);
  return files;
}

/** The value of `Authorization`. */
export const basic = (user: string, password = `${user}-pw`): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
