import { DomainError } from '../shared/errors.js';

/** The user, or the address, has as many uploads under way as it may. */
export class TooManyUploads extends DomainError {
  override readonly headers = { 'retry-after': '5' };
  constructor(limit: number) {
    super('too-many-requests', 'limits.too-many-uploads', { limit });
  }
}

/** This process has as many uploads under way as it takes. */
export class UploadsFull extends DomainError {
  override readonly headers = { 'retry-after': '5' };
  constructor() {
    super('overloaded', 'limits.uploads-full');
  }
}

/** The user, or the address, has sent as many requests as it may within a minute. */
export class TooManyRequests extends DomainError {
  override readonly headers: Readonly<Record<string, string>>;
  constructor(limit: number, seconds: number) {
    super('too-many-requests', 'limits.too-many-requests', { limit, seconds });
    this.headers = { 'retry-after': String(seconds) };
  }
}
