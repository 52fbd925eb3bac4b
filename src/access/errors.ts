import { DomainError } from '../shared/errors.js';
import type { Role } from './roles.js';

/** Asks for a name and a password (RFC 7617). */
const CHALLENGE = { 'www-authenticate': 'Basic realm="Acme Orders", charset="UTF-8"' };

/** The request does not say who sends it. */
export class SignInNeeded extends DomainError {
  override readonly headers = CHALLENGE;
  constructor() {
    super('unauthenticated', 'access.sign-in-needed');
  }
}

/** There is no such user, or the password is another. Which of them is not told. */
export class WrongPassword extends DomainError {
  override readonly headers = CHALLENGE;
  constructor() {
    super('unauthenticated', 'access.wrong-password');
  }
}

/** The user may not do this; it needs the role. */
export class Forbidden extends DomainError {
  constructor(role: Role) {
    super('forbidden', 'access.forbidden', { role });
  }
}

/** A page of another site had a browser send this. */
export class CrossSite extends DomainError {
  constructor() {
    super('forbidden', 'access.cross-site');
  }
}

/** Too many wrong passwords: the next attempt has to wait. */
export class TooManyAttempts extends DomainError {
  override readonly headers: Readonly<Record<string, string>>;
  constructor(seconds: number) {
    super('too-many-requests', 'access.too-many-attempts', { seconds });
    this.headers = { 'retry-after': String(seconds) };
  }
}

/** More sign in at once than passwords can be checked. */
export class TooBusy extends DomainError {
  override readonly headers = { 'retry-after': '1' };
  constructor() {
    super('overloaded', 'access.too-busy');
  }
}
