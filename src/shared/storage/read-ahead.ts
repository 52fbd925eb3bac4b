/** Fetches the bytes from `from` to `to` (exclusive), all of them. */
export type Fetch = (from: number, to: number) => Promise<Buffer>;

/** The bytes from `from` to `to` (exclusive) in pieces of `pieceBytes`; the next is fetched while one is used. */
export async function* readAhead(
  from: number,
  to: number,
  pieceBytes: number,
  fetch: Fetch,
): AsyncGenerator<Buffer, void> {
  const fetchAt = (at: number) => (at < to ? fetch(at, Math.min(at + pieceBytes, to)) : undefined);
  let at = from;
  let pending = fetchAt(at);
  while (pending) {
    const piece = await pending;
    at += pieceBytes;
    pending = fetchAt(at);
    // It is awaited at the next turn; a reader that stops before must not end the process.
    pending?.catch(() => {});
    yield piece;
  }
}
