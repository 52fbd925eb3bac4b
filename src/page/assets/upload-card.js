import { ConnectionLost, Problem, sendFile } from './api.js';
import { announce, byId, setText, show } from './dom.js';
import { bytes, bytesPerSecond, percent, t, timeLeft } from './text.js';
import { uploadOptions } from './upload-options.js';

/** The rate is that of the last seconds: an upload's beginning says little about its end. */
const RATE_WINDOW_MS = 4000;

const drop = byId('drop');
const card = byId('upload');
const fold = byId('options-fold');
const input = byId('file');

/**
 * Makes the page take a file, chosen or dropped anywhere on it, and send it.
 *
 * @param onStart - called when an upload begins
 * @param onAccepted - called with the import that the service made of the file
 * @param onCancelled - called when the operator stopped the upload
 * @param onProblem - called with `{ title, detail, errors, requestId }`, and a function that sends the file again if
 *   that may help
 */
export function takeFiles({ onStart, onAccepted, onCancelled, onProblem }) {
  let running = null;

  async function send(file, options) {
    running = new AbortController();
    onStart(file);
    showUpload(file);
    try {
      onAccepted(await sendFile(file, { options, signal: running.signal, onProgress: progressOf(file) }));
    } catch (error) {
      if (running.signal.aborted) onCancelled();
      else onProblem(problemOf(error), isPassing(error) && (() => send(file, options)));
    } finally {
      running = null;
      showDrop();
    }
  }

  function take(files) {
    if (running || files.length === 0) return;
    if (files.length > 1) onProblem({ title: t('upload.oneFile'), detail: t('upload.oneFileDetail') });
    else sendWithOptions(files[0]);
  }

  function sendWithOptions(file) {
    const options = uploadOptions();
    if (options) void send(file, options);
    else input.value = '';
  }

  input.addEventListener('change', () => take(input.files));
  byId('upload-cancel').addEventListener('click', () => running?.abort());
  takeDrops(take);
  window.addEventListener('beforeunload', (event) => {
    if (running) event.preventDefault();
  });
}

function takeDrops(take) {
  window.addEventListener('dragenter', (event) => showOver(event, true));
  window.addEventListener('dragover', (event) => showOver(event, true));
  window.addEventListener('dragleave', (event) => showOver(event, event.relatedTarget !== null));
  window.addEventListener('drop', (event) => {
    showOver(event, false);
    take(event.dataTransfer?.files ?? []);
  });
}

/** Shows whether a file is over the page, and keeps the browser from opening it there. */
function showOver(event, isOver) {
  if (!event.dataTransfer?.types.includes('Files')) return;
  event.preventDefault();
  drop.classList.toggle('over', isOver);
}

function showUpload(file) {
  setText(byId('upload-name'), file.name);
  progressOf(file)(0);
  show(drop, false);
  show(fold, false);
  show(card);
  byId('upload-cancel').focus();
  announce(t('upload.started', { name: file.name }));
}

function showDrop() {
  // The same file can be chosen again only after the choice was forgotten.
  input.value = '';
  const hadFocus = card.contains(document.activeElement);
  show(card, false);
  show(drop);
  show(fold);
  if (hadFocus) input.focus({ preventScroll: true });
}

function progressOf(file) {
  const rateOf = meter();
  return (sent) => {
    const share = file.size === 0 ? 1 : sent / file.size;
    const rate = rateOf(sent);
    const isSent = share === 1;
    byId('upload-bar').value = share;
    setText(byId('upload-percent'), percent(share));
    setText(byId('upload-bytes'), t('progress.bytes', { done: bytes(sent), all: bytes(file.size) }));
    setText(byId('upload-rate'), rate && !isSent ? bytesPerSecond(rate) : '');
    setText(byId('upload-left'), isSent ? t('upload.storing') : rate ? timeLeft((file.size - sent) / rate) : '');
    document.title = t('title.uploading', { percent: percent(share), name: file.name });
  };
}

/** A function of the bytes sent so far that tells bytes per second, or null while there is nothing to go by. */
function meter() {
  const samples = [];
  return (sent) => {
    const at = performance.now();
    samples.push({ at, sent });
    while (samples.length > 2 && samples[1].at < at - RATE_WINDOW_MS) samples.shift();
    const seconds = (at - samples[0].at) / 1000;
    return seconds > 0.3 ? (sent - samples[0].sent) / seconds : null;
  };
}

const isPassing = (error) => error instanceof ConnectionLost || (error instanceof Problem && error.isPassing);

/** An error as the page shows it. Where the service did not explain itself, the page does. */
export function problemOf(error) {
  if (error instanceof ConnectionLost) return { title: t('problem.lost'), detail: t('problem.lostDetail') };
  const body = error instanceof Problem ? error.body : {};
  return { title: t('problem.title'), detail: t('problem.detail', { status: String(error.status ?? '') }), ...body };
}
