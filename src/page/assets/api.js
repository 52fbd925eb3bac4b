import { language } from './text.js';

const IMPORTS = '/acme_orders/api/v1/imports';
const ANSWER_MS = 15_000;
const headers = { 'Accept-Language': language, Accept: 'application/json' };

/** States after which an import changes no more. */
export const isFinal = ({ state }) => ['completed', 'failed', 'cancelled'].includes(state);

/** The service said no: a problem of RFC 9457, or what comes nearest to one. */
export class Problem extends Error {
  /** @param body - members `title`, `detail`, `errors`, `requestId` where the service gave them */
  constructor(status, body) {
    super(body.title);
    this.status = status;
    this.body = body;
  }

  /** Whether the same request may go through a little later. */
  get isPassing() {
    return this.status >= 500 || this.status === 429 || this.status === 408;
  }
}

/** No answer came: no network, no service, or none in time. */
export class ConnectionLost extends Error {}

/** The import of this id as it is now. Throws Problem or ConnectionLost. */
export const getImport = (id, signal) => get(`${IMPORTS}/${encodeURIComponent(id)}`, signal);

/** A page of imports, newest first: `{ items, next }`. Throws Problem or ConnectionLost. */
export const listImports = (cursor) =>
  get(`${IMPORTS}?limit=10${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);

/** Starts a completed dry run for real, and resolves with the import. Throws Problem or ConnectionLost. */
export const startForReal = (id) => ask('POST', `${IMPORTS}/${encodeURIComponent(id)}/start`);

/** An address of the API, made to answer a browser in the page's language. */
export function localized(link) {
  const url = new URL(link, location.href);
  url.searchParams.set('lang', language);
  return url.href;
}

const get = (url, signal) => ask('GET', url, signal);

async function ask(method, url, signal) {
  const late = AbortSignal.timeout(ANSWER_MS);
  try {
    const response = await fetch(url, { method, headers, signal: signal ? AbortSignal.any([signal, late]) : late });
    return read(response.status, await response.text());
  } catch (error) {
    if (error instanceof Problem || error instanceof ConnectionLost || signal?.aborted) throw error;
    throw new ConnectionLost(error.message, { cause: error });
  }
}

function read(status, text) {
  const body = parse(text);
  if (status < 200 || status > 299) throw new Problem(status, body ?? {});
  // Such an answer is not the service's, but that of something on the way to it.
  if (!body) throw new ConnectionLost('The answer is not JSON.');
  return body;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * Sends a file with options, which are a query, and resolves with its import; `onProgress(bytesSent)` is called on the way. Rejects with Problem,
 * ConnectionLost, or the AbortError of the signal.
 */
export function sendFile(file, { options, signal, onProgress }) {
  const { promise, resolve, reject } = withResolvers();
  const request = new XMLHttpRequest();
  request.open('POST', options.size > 0 ? `${IMPORTS}?${options}` : IMPORTS);
  for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
  // What is sent counts the form's few bytes around the file; a progress above the file's size would look odd.
  request.upload.addEventListener('progress', ({ loaded }) => onProgress(Math.min(loaded, file.size)));
  request.addEventListener('error', () => reject(new ConnectionLost()));
  request.addEventListener('abort', () => reject(signal.reason));
  request.addEventListener('load', () => {
    try {
      resolve(read(request.status, request.responseText));
    } catch (problem) {
      reject(problem);
    }
  });
  signal.addEventListener('abort', () => request.abort());
  const form = new FormData();
  form.append('file', file, file.name);
  request.send(form);
  return promise;
}

function withResolvers() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}
