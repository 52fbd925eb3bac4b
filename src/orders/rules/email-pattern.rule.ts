import { z } from 'zod';
import { rule } from './rule.js';

/** Longest address that mail takes, characters (RFC 5321, 4.5.3.1.3). */
const LONGEST = 254;

/**
 * The addresses that HTML's e-mail field takes, with a dot in the domain and no dot beside another in the local part.
 * The classes between the repeats do not overlap, so matching is linear.
 */
const ADDRESS =
  /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)+$/i;

/** The e-mail address is valid. */
export const emailPattern = rule({
  code: 'email_pattern',
  params: z.strictObject({}),
  breaks() {
    return ({ email }) => email.length > LONGEST || !ADDRESS.test(email);
  },
});
