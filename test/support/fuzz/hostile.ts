import fc from 'fast-check';

/** Texts that have broken services: of everything that parses them, and of nothing in particular. */
const NASTY = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\u0001\u001f\u007f',
  '\r\nX-Injected: 1',
  '\u202e\ufeff\u2028',
  '👩‍👩‍👧🍷',
  '\ufffd\uffff',
  'ſK',
  '-1',
  '0',
  '1.5',
  '1e309',
  '-0',
  'NaN',
  '0x10',
  ' 7',
  '+7',
  '٣',
  '9007199254740993',
  '9223372036854775808',
  '99999999999999999999999999',
  'true',
  'TRUE',
  'null',
  'undefined',
  '[]',
  '{}',
  '[object Object]',
  '__proto__',
  'constructor',
  "' OR 1=1; --",
  '$1',
  '%',
  '%00',
  '%2e%2e%2f',
  '../../../etc/passwd',
  '..;/',
  '\\',
  '${jndi:ldap://a}',
  '<script>alert(1)</script>',
  'WzFd',
  'WyJhIl0',
  'W251bGxd',
  'WzkyMjMzNzIwMzY4NTQ3NzU4MDhd',
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '019ABF6E-7A30-7C3E-9C7E-1D2F5A9C0B11',
];

/** Any text, most of it bad. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...NASTY) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 20 }) },
  { weight: 1, arbitrary: fc.bigInt().map(String) },
  { weight: 1, arbitrary: fc.constantFrom(40, 300, 600, 4_000).map((length) => 'a'.repeat(length)) },
);

/** A header's value that HTTP lets pass: tabs, blanks, visible characters and bytes beyond ASCII. */
const anyValue = fc
  .array(fc.oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0x80, max: 0xff }), fc.constant(0x09)), {
    maxLength: 30,
  })
  .map((codes) => String.fromCharCode(...codes));

/** For each header that is read somewhere: good values and such as only an attacker sends. */
const HEADERS: Readonly<Record<string, readonly string[]>> = {
  Accept: [
    '*/*',
    'application/json',
    'text/csv',
    'application/x-ndjson;q=0.5',
    'text/event-stream',
    'text/*;q=x',
    ',;=',
  ],
  'Accept-Charset': ['utf-7'],
  'Accept-Encoding': ['gzip', 'br, *;q=0', 'identity;q=0', 'gzip;q=x'],
  'Accept-Language': ['en', 'pt', 'es-MX, en;q=0.1', '*', 'xx-YY;q=abc', 'en'.repeat(500), '../../en', ';;;'],
  'Content-Encoding': ['gzip', 'identity', 'br', 'gzip, gzip', 'x'],
  'Content-Type': ['text/csv', 'application/json', 'multipart/form-data', 'multipart/form-data; boundary=', 'a', '/;='],
  Cookie: ['a=b; __proto__=c'],
  Expect: ['100-continue'],
  Forwarded: ['for=127.0.0.1;host=evil'],
  'Idempotency-Key': ['key-1', '"key-2"', '"', 'a b', 'x'.repeat(256)],
  'If-Match': ['*', '"x"'],
  'If-Modified-Since': ['Wed, 21 Oct 2015 07:28:00 GMT', 'soon'],
  'If-None-Match': ['*', '"x"', 'W/"x", "y"', '"', 'x'.repeat(2_000)],
  'If-Range': ['"x"'],
  'Last-Event-ID': ['x1k9Zt0bQmV3sYwe', '', '0', 'x'.repeat(2_000)],
  Origin: ['https://example.com', 'null', '*'],
  Prefer: ['wait=0', 'wait=-1', 'wait=99999999999', 'wait="x', 'respond-async', 'return=minimal'],
  Range: ['bytes=0-1', 'bytes=-1', 'bytes=9-1', 'bytes=0-1,2-3,4-', 'rows=x'],
  Upgrade: ['websocket', 'h2c'],
  'X-Forwarded-For': ['127.0.0.1, ::1, x'],
  'X-HTTP-Method-Override': ['DELETE', 'PUT'],
  'X-Request-Id': ['3f0c9d5e-order-7', 'short', 'x'.repeat(65), '../../log'],
};

/** Some headers with values of the table, or with any value that HTTP lets pass. */
export const hostileHeaders: fc.Arbitrary<[string, string][]> = fc
  .subarray(Object.keys(HEADERS), { maxLength: 4 })
  .chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        fc
          .oneof(
            { weight: 4, arbitrary: fc.constantFrom(...HEADERS[name]!) },
            // What is sent in the coding that is asked for must be readable here.
            { weight: name === 'Expect' || name === 'Upgrade' ? 0 : 1, arbitrary: anyValue },
          )
          .map((value): [string, string] => [name, value]),
      ),
    ),
  );
