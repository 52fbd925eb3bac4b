/** What a client signs in with. */
export interface Credentials {
  readonly name: string;
  readonly password: string;
}

/** The credentials of an `Authorization` header (RFC 7617), null where it holds none. */
export function readCredentials(authorization: string | undefined): Credentials | null {
  const encoded = /^Basic +([\w+/-]+={0,2}) *$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, 'base64').toString('utf8').normalize('NFC');
  const colon = text.indexOf(':');
  return colon < 0 ? null : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}
