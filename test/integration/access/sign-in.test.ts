import { PinoLogger } from 'nestjs-pino';
import { rmSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AccountFiles } from '../../../src/access/account-files.js';
import { HashLine } from '../../../src/access/hash-line.js';
import { SignIn } from '../../../src/access/sign-in.js';
import { Throttle } from '../../../src/access/throttle.js';
import { readConfig } from '../../../src/config.js';
import type { DomainError } from '../../../src/shared/errors.js';
import { redisFor } from '../../support/database.js';
import { eventually } from '../../support/eventually.js';
import { basic, userFiles, userLine, type UserFiles } from '../../support/users.js';

/** The line as it is, which also counts. */
class CountingLine extends HashLine {
  hashes = 0;
  override compare(password: string, hash: string): Promise<boolean> {
    this.hashes += 1;
    return super.compare(password, hash);
  }
}

const NOWHERE = 'redis://127.0.0.1:9';

let files: UserFiles;
let accounts: AccountFiles;
let line: CountingLine;
const throttles: Throttle[] = [];
beforeEach(async () => {
  files = await userFiles();
  accounts = new AccountFiles(readConfig(files.env), new PinoLogger({ pinoHttp: { level: 'silent' } }));
  line = new CountingLine();
});
afterEach(() => {
  vi.restoreAllMocks();
  accounts.onApplicationShutdown();
  for (const throttle of throttles.splice(0)) throttle.onApplicationShutdown();
  rmSync(files.folder, { recursive: true, force: true });
});

async function signInWith(redisUrl: string): Promise<SignIn> {
  const throttle = new Throttle({ redisUrl });
  await throttle.onModuleInit();
  throttles.push(throttle);
  return new SignIn(accounts, throttle, line, new PinoLogger({ pinoHttp: { level: 'silent' } }));
}

const HOME = '192.0.2.1';
const other = (index: number): string => `198.51.100.${index}`;

/** A request from home. */
const from = (authorization: string) => ({ headers: { authorization }, ip: HOME });

/** The name of who signed in, or the code of the refusal. */
const tried = (signIn: SignIn, name: string, password = `${name}-pw`, address = HOME): Promise<string> =>
  signIn.check(basic(name, password).authorization, address).then(
    (account) => account.name,
    (error: DomainError) => error.code,
  );

const WRONG = 'access.wrong-password';
const WAIT = 'access.too-many-attempts';

/** Guesses the password of vera at home until each guess has a minute to wait. */
async function guess(signIn: SignIn): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt += 1) await tried(signIn, 'vera', `guess-${attempt}`);
  await eventually('one more guess passes', async () => (await tried(signIn, 'vera', 'guess')) === WRONG);
}

/** Counts the answers of a kind. */
const countOf = (answers: readonly string[], kind: string): number => answers.filter((each) => each === kind).length;

describe.each([
  ['with Redis', () => redisFor()],
  ['while Redis is away', async () => NOWHERE],
])('signing in, %s', (_case, redisUrl) => {
  let signIn: SignIn;
  beforeEach(async () => void (signIn = await signInWith(await redisUrl())));

  it('costs an unknown user the same work as a wrong password', async () => {
    for (const name of ['anna', 'nobody-of-that-name']) {
      line.hashes = 0;
      expect([name, await tried(signIn, name, 'wrong'), line.hashes]).toEqual([name, WRONG, 1]);
    }
  });

  it('never takes the password of another user, not even of the one whose hash an unknown user costs', async () => {
    const decoy = accounts.current.decoyOf('stranger').name;
    expect(await tried(signIn, 'stranger', `${decoy}-pw`)).toBe(WRONG);
  });

  it('takes a password of 72 bytes, and a longer one that begins like it for a wrong one', async () => {
    const long = 'é'.repeat(36);
    await writeFile(files.usersFile, (await userLine('zoe', long)) + (await userLine('ivo')));
    await eventually('the new user is there', () => accounts.current.find('zoe'));
    for (const tail of ['x', '\0', 'x'.repeat(1_000)]) {
      line.hashes = 0;
      expect([await tried(signIn, 'zoe', long + tail), line.hashes]).toEqual([WRONG, 1]);
      expect(signIn.remembered(from(basic('zoe', long + tail).authorization))).toBeUndefined();
    }
    expect(await tried(signIn, 'zoe', long)).toBe('zoe');
    for (let attempt = 0; attempt < 5; attempt += 1) await tried(signIn, 'ivo', `${long}${attempt}`);
    await tried(signIn, 'ivo', `${long}x`);
    expect(await tried(signIn, 'ivo', `${long}y`)).toBe(WAIT);
  });

  it('hashes a password that is right once, however many requests come with it', async () => {
    const { authorization } = basic('vera');
    expect(signIn.remembered(from(authorization))).toBeUndefined();
    const answers = await Promise.all(Array.from({ length: 200 }, () => tried(signIn, 'vera')));
    expect(countOf(answers, 'vera')).toBe(200);
    expect(signIn.remembered(from(authorization))).toMatchObject({ name: 'vera', role: 'viewer' });
    expect(line.hashes).toBe(1);
    expect(signIn.remembered(from(basic('vera', 'other').authorization))).toBeUndefined();
  });

  it('hashes it again before the minute is over, while those who come with it go on', async () => {
    const { authorization } = basic('vera');
    expect(await tried(signIn, 'vera')).toBe('vera');
    let aheadMs = 29_000;
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + aheadMs);
    expect([signIn.remembered(from(authorization))?.name, line.hashes]).toEqual(['vera', 1]);
    const check = vi.spyOn(signIn, 'check');
    aheadMs = 31_000;
    for (let request = 0; request < 3; request += 1) expect(signIn.remembered(from(authorization))?.name).toBe('vera');
    await check.mock.results[0]!.value;
    expect([check.mock.calls.length, line.hashes]).toEqual([1, 2]);
    aheadMs = 60_000;
    expect(signIn.remembered(from(authorization))?.name).toBe('vera');
    aheadMs = 92_000;
    expect(signIn.remembered(from(authorization))).toBeUndefined();
  });

  it('makes who guesses wait, from that address and for that user, and nobody else', async () => {
    for (let attempt = 0; attempt < 5; attempt += 1)
      expect(await tried(signIn, 'vera', `wrong-${attempt}`)).toBe(WRONG);
    await guess(signIn);
    expect(await tried(signIn, 'vera', 'wrong-again')).toBe(WAIT);
    expect(await tried(signIn, 'vera')).toBe(WAIT);
    expect(await tried(signIn, 'ivo')).toBe('ivo');
    expect(await tried(signIn, 'vera', 'vera-pw', other(1))).toBe('vera');
  });

  it('lets who waited try again, and forgets failures when the password is right', async () => {
    for (let attempt = 0; attempt < 6; attempt += 1) await tried(signIn, 'vera', `wrong-${attempt}`);
    await eventually('the wait is over', async () => (await tried(signIn, 'vera')) === 'vera');
    for (let attempt = 0; attempt < 5; attempt += 1)
      expect(await tried(signIn, 'vera', `wrong-${attempt}`)).toBe(WRONG);
  });

  it('does not make a user wait whose password was right before, whatever others do', async () => {
    expect(await tried(signIn, 'vera')).toBe('vera');
    await guess(signIn);
    expect(await tried(signIn, 'vera', 'wrong')).toBe(WAIT);
    expect(await tried(signIn, 'vera')).toBe('vera');
  });

  it('leaves a user who is attacked from everywhere one attempt from each address', async () => {
    for (let index = 0; index < 50; index += 1) expect(await tried(signIn, 'vera', 'wrong', other(index))).toBe(WRONG);
    expect(await tried(signIn, 'vera', 'a')).toBe(WRONG);
    const more = await Promise.all(['b', 'c', 'd'].map((password) => tried(signIn, 'vera', password)));
    expect(more.toSorted()).toEqual([WAIT, WAIT, WRONG]);
    expect(await tried(signIn, 'vera', 'vera-pw', '203.0.113.9')).toBe('vera');
  });

  it('makes an address wait that guesses for many users', async () => {
    const answers: string[] = [];
    for (let index = 0; index < 30; index += 1) answers.push(await tried(signIn, `user-${index}`, 'wrong'));
    expect(answers.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => WRONG));
    expect(answers).toContain(WAIT);
    expect(await tried(signIn, 'vera', 'vera-pw', other(1))).toBe('vera');
  });

  it('does little work for a thousand wrong passwords at once, and answers others', async () => {
    const flood = Array.from({ length: 1_000 }, (_each, index) =>
      tried(signIn, index % 2 ? 'vera' : `u${index}`, `wrong-${index}`),
    );
    expect(await tried(signIn, 'ivo', 'ivo-pw', other(1))).toBe('ivo');
    const answers = await Promise.all(flood);
    expect(answers.filter((each) => ![WRONG, WAIT, 'access.too-busy'].includes(each))).toEqual([]);
    expect(line.hashes).toBeLessThan(40);
    await eventually('the flood is over', async () => (await tried(signIn, 'anna', 'anna-pw', other(2))) === 'anna');
  });
});

describe('processes', () => {
  it('count failures together', async () => {
    const url = await redisFor();
    const [one, two] = [await signInWith(url), await signInWith(url)];
    await eventually('both are connected', async () => {
      const answers = [await tried(one, 'vera', 'wrong'), await tried(two, 'vera', 'wrong')];
      return answers.includes(WAIT);
    });
    expect(await tried(await signInWith(NOWHERE), 'vera')).toBe('vera');
  });
});

describe('files that change', () => {
  it('take effect: a new user, a new password, a user who is gone, another role', async () => {
    const signIn = await signInWith(NOWHERE);
    const { authorization } = basic('vera');
    expect(await tried(signIn, 'vera')).toBe('vera');
    expect(await tried(signIn, 'ivo')).toBe('ivo');
    await writeFile(files.usersFile, (await userLine('vera', 'new')) + (await userLine('zoe')));
    await eventually('the new user signs in', async () => (await tried(signIn, 'zoe', 'zoe-pw', other(1))) === 'zoe');
    expect(signIn.remembered(from(authorization))).toBeUndefined();
    expect(await tried(signIn, 'vera')).toBe(WRONG);
    expect(await tried(signIn, 'vera', 'new')).toBe('vera');
    expect(await tried(signIn, 'ivo')).toBe(WRONG);
    await writeFile(files.groupsFile, 'admin: vera\n');
    await eventually('vera is admin', async () => accounts.current.find('vera')?.role === 'admin');
    expect(signIn.remembered(from(basic('vera', 'new').authorization))).toBeUndefined();
  });

  it('are noticed when another file takes their place, as in containers', async () => {
    await writeFile(`${files.usersFile}.new`, await userLine('zoe'));
    await rename(`${files.usersFile}.new`, files.usersFile);
    const zoe = await eventually('the new user is there', () => accounts.current.find('zoe'));
    expect(zoe.name).toBe('zoe');
  });

  it('leave everything as it was where they cannot be read', async () => {
    const before = accounts.current;
    await writeFile(files.usersFile, 'anna:secret\n');
    await writeFile(files.groupsFile, 'admin: anna vera\n');
    rmSync(files.groupsFile);
    await writeFile(files.usersFile, '');
    await writeFile(files.groupsFile, 'admin: zoe\n');
    expect(accounts.current).toBe(before);
    await writeFile(files.usersFile, await userLine('zoe'));
    await eventually('the good files are read', () => accounts.current.find('zoe')?.role === 'admin');
    expect(accounts.current.find('anna')).toBeUndefined();
  });
});
