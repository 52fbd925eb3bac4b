import { isFinal, localized } from './api.js';
import { announce, byId, create, drawStack, fromTemplate, setText, show } from './dom.js';
import { bytes, dateTime, duration, number, percent, t, timeLeft } from './text.js';

const OUTCOMES = ['valid', 'invalid', 'duplicate', 'malformed'];
const REASONS_SHOWN = 8;

const card = byId('import');
let tryNow = () => {};
const start = byId('import-start');
let shown = { id: null, state: null, announcedAt: 0 };

/** Shows an import as it stands. Called again with a later status, it changes only what has changed. */
export function showImport(status) {
  if (shown.id !== status.id) shown = { id: status.id, state: null, announcedAt: 0 };
  card.dataset.state = status.state;
  showHead(status);
  showProgress(status);
  showCounts(status.counts);
  showReasons('violations', 'rules', status.violations ?? {});
  showReasons('malformations', 'malformations', status.malformations ?? {});
  showLinks(status);
  showFacts(status);
  show(byId('import-lost'), false);
  show(card);
  tell(status);
}

/** Takes the card away. */
export function hideImport() {
  shown = { id: null, state: null, announcedAt: 0 };
  show(byId('import-lost'), false);
  show(card, false);
}

/** Says above the card that its import cannot be reached, and when it will be tried again. */
export function showImportLost(milliseconds, retry) {
  const text = t('watch.lost', { time: duration(milliseconds / 1000) });
  setText(byId('import-lost-text'), text);
  tryNow = retry;
  show(byId('import-lost'));
  announce(text);
}

byId('import-lost-retry').addEventListener('click', () => tryNow());

/** Offers to start a completed dry run for real; `onStart` is called with its id, and resolves when that was tried. */
export function offerStart(onStart) {
  start.addEventListener('click', () => {
    start.disabled = true;
    void onStart(shown.id).finally(() => (start.disabled = false));
  });
}

function showHead(status) {
  setText(byId('import-name'), nameOf(status));
  setText(byId('import-when'), t('import.accepted', { time: dateTime(status.createdAt) }));
  setBadge(byId('import-state'), status.state);
  setText(byId('import-text'), textOf(status));
  show(byId('import-failure'), status.state === 'failed');
  setText(byId('import-failure-text'), status.failure?.message ?? '');
  show(byId('import-dry'), isCompletedDryRun(status));
  const { ignoredColumns = [] } = status.file;
  show(byId('import-ignored'), ignoredColumns.length > 0);
  setText(byId('import-ignored'), t('import.ignored', { columns: ignoredColumns.join(', ') }));
}

const isCompletedDryRun = ({ state, options }) => options.dryRun && state === 'completed';

/** The name of an import's file; one sent without a name has none. */
export const nameOf = (status) => status.file?.name || t('import.unnamed');

/** Shows a state as a word and, by its style, as a colour. */
export function setBadge(badge, state) {
  badge.dataset.state = state;
  setText(badge, t(`state.${state}`, { fallback: state }));
}

function textOf({ state, counts, startedAt, finishedAt }) {
  if (state !== 'completed') return t(`stateText.${state}`, { fallback: '' });
  const seconds = (new Date(finishedAt) - new Date(startedAt ?? finishedAt)) / 1000;
  if (counts.read === 0) return t('stateText.empty');
  const records = t('progress.records', { count: counts.read });
  return seconds > 0
    ? t('stateText.completed', { records, time: duration(seconds), rate: counts.read / seconds })
    : records;
}

function showProgress(status) {
  const { state, counts, progress } = status;
  const isRunning = state === 'running';
  const share = Math.min(progress.percent ?? 0, 100) / 100;
  byId('import-bar').value = share * 100;
  show(byId('import-progress'), state !== 'completed');
  setText(byId('import-percent'), percent(share));
  setText(byId('import-records'), t('progress.records', { count: counts.read }));
  setText(byId('import-rate'), isRunning && progress.recordsPerSecond ? rateOf(progress) : '');
  setText(byId('import-left'), isRunning && progress.etaSeconds !== null ? timeLeft(progress.etaSeconds) : '');
  document.title = isFinal(status)
    ? t('title.final', { state: t(`state.${state}`), name: nameOf(status) })
    : t('title.running', { percent: percent(share), name: nameOf(status) });
}

const rateOf = ({ recordsPerSecond }) => t('progress.rate', { rate: recordsPerSecond });

function showCounts(counts) {
  for (const outcome of OUTCOMES) {
    setText(byId(`count-${outcome}`), number(counts[outcome]));
    setText(byId(`share-${outcome}`), counts.read > 0 ? percent(counts[outcome] / counts.read) : '');
  }
  const stack = byId('import-stack');
  drawStack(stack, counts);
  show(stack, counts.read > 0);
  const parts = OUTCOMES.map((outcome) => `${t(`outcome.${outcome}`)}: ${number(counts[outcome])}`);
  stack.setAttribute('aria-label', parts.join(', '));
}

function showReasons(id, names, counts) {
  const ranked = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, REASONS_SHOWN);
  const list = byId(`${id}-list`);
  const codes = ranked.map(([code]) => code);
  if (codes.join(' ') !== list.dataset.codes) arrange(list, codes, names);
  for (const [index, [, count]] of ranked.entries()) {
    setText(byId('count', list.children[index]), number(count));
    byId('bar', list.children[index]).style.width = `${(100 * count) / ranked[0][1]}%`;
  }
  show(byId(id), ranked.length > 0);
}

/** Puts a ranking's rows in order. A row that was there is moved, so that its bar grows on from where it was. */
function arrange(list, codes, names) {
  const rows = new Map(Array.from(list.children, (row) => [row.dataset.code, row]));
  list.dataset.codes = codes.join(' ');
  list.replaceChildren(...codes.map((code) => rows.get(code) ?? newRow(code, names)));
}

function newRow(code, names) {
  const row = fromTemplate('ranking-item');
  row.dataset.code = code;
  setText(byId('name', row), t(`${names}.${code}`, { fallback: code }));
  return row;
}

function showLinks({ links, counts, options }) {
  showLink(byId('import-rejects'), links.rejects, counts.read > counts.valid);
  showLink(byId('import-rejects-file'), links.rejectsFile, counts.read > counts.valid);
  showLink(byId('import-orders'), links.orders, !options.dryRun && counts.valid + counts.invalid > 0);
}

function showLink(link, address, isUseful) {
  link.href = localized(address);
  show(link, isUseful);
}

function showFacts({ id, file, requestId, createdAt, startedAt, finishedAt }) {
  const facts = {
    id,
    size: bytes(file.bytes),
    sha256: file.sha256,
    delimiter: delimiterOf(file),
    encoding: file.encoding,
    created: dateTime(createdAt),
    started: startedAt && dateTime(startedAt),
    finished: finishedAt && dateTime(finishedAt),
    requestId,
  };
  const known = Object.entries(facts).filter(([, value]) => value);
  const list = byId('import-facts');
  const written = JSON.stringify(known);
  // Written anew only when it changed, so that an id being copied stays selected.
  if (list.dataset.written === written) return;
  list.dataset.written = written;
  list.replaceChildren(...known.flatMap(([name, value]) => [create('dt', t(`fact.${name}`)), create('dd', value)]));
}

const delimiterOf = ({ delimiter }) => (delimiter === '\t' ? t('fact.tab') : delimiter);

/** Says each new state at once, and the progress every ten seconds: often enough, and still bearable to hear. */
function tell(status) {
  const isNewState = status.state !== shown.state;
  const isDue = !isFinal(status) && Date.now() - shown.announcedAt > 10_000;
  if (!isNewState && !isDue) return;
  shown.state = status.state;
  shown.announcedAt = Date.now();
  const { percent: done, recordsPerSecond } = status.progress;
  const progress = status.state === 'running' && recordsPerSecond ? percent((done ?? 0) / 100) : '';
  announce([nameOf(status), t(`state.${status.state}`), progress || textOf(status)].join('. '));
}
