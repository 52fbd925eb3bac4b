import { toSent, type Encoding } from '../../src/imports/csv/encodings.js';

/** A text as a client would send it in another encoding, of its bytes as UTF-8. */
export function sentBytes(stored: Buffer, encoding: Encoding): Buffer<ArrayBuffer> {
  const recoder = toSent(encoding);
  return Buffer.concat([recoder.write(stored), recoder.end()]);
}
