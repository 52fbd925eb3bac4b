import { isFinal, listImports } from './api.js';
import { byId, drawStack, fromTemplate, setText, show } from './dom.js';
import { nameOf, setBadge } from './import-card.js';
import { ago, bytes, percent, t } from './text.js';

const REFRESH_MS = 15_000;
const BUSY_REFRESH_MS = 3000;

const list = byId('recent-list');
const more = byId('recent-more');
const imports = new Map();
const rows = new Map();
let next = null;
let hasShownMore = false;
let watched = null;
let addressOf = String;
let timer;

/**
 * Shows the recent imports and keeps them fresh.
 *
 * @param addressOf - the page's address for an import's id
 * @param onChosen - called with the id of the import that was clicked
 */
export function listRecentImports({ addressOf: address, onChosen }) {
  addressOf = address;
  const open = (event) => {
    const link = event.target.closest('a');
    // A click that asks for another tab is the browser's.
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    onChosen(link.dataset.import);
  };
  list.addEventListener('click', open);
  more.addEventListener('click', () => void showMore());
  document.addEventListener('visibilitychange', () => document.hidden || void refresh());
  void refresh();
}

/** Puts an import that was just read into the list, ahead of its next refresh. */
export function noteImport(status) {
  imports.set(status.id, status);
  draw();
}

/** Marks the import that the page shows; null if it shows none. */
export function markWatched(id) {
  watched = id;
  draw();
}

async function refresh() {
  clearTimeout(timer);
  const page = await read(null);
  if (page && !hasShownMore) next = page.next;
  const isBusy = page?.items.some((status) => !isFinal(status)) ?? true;
  draw();
  if (!document.hidden) timer = setTimeout(refresh, isBusy ? BUSY_REFRESH_MS : REFRESH_MS);
}

async function showMore() {
  const page = await read(next);
  if (!page) return;
  hasShownMore = true;
  next = page.next;
  draw();
}

/** Reads a page of the list into memory; null if it could not be had, which the list then says. */
async function read(cursor) {
  const page = await listImports(cursor).catch(() => null);
  show(byId('recent-lost'), page === null);
  for (const status of page?.items ?? []) imports.set(status.id, status);
  if (page) show(byId('recent-empty'), imports.size === 0);
  return page;
}

/** Ids of imports grow with time, so their order is that of the imports. */
function draw() {
  const newestFirst = [...imports.values()].toSorted((a, b) => (a.id < b.id ? 1 : -1));
  const drawn = newestFirst.map(drawRow);
  if (drawn.some((row, index) => list.children[index] !== row)) list.replaceChildren(...drawn);
  show(more, next !== null);
  if (imports.size > 0) show(byId('recent-empty'), false);
}

function drawRow(status) {
  const row = rows.get(status.id) ?? fromTemplate('recent-item');
  rows.set(status.id, row);
  const link = byId('link', row);
  link.dataset.import = status.id;
  link.href = addressOf(status.id);
  if (status.id === watched) link.setAttribute('aria-current', 'true');
  else link.removeAttribute('aria-current');
  setText(byId('name', row), nameOf(status));
  setBadge(byId('state', row), status.state);
  setText(byId('figures', row), figuresOf(status));
  setText(byId('when', row), ago(status.createdAt));
  byId('when', row).dateTime = status.createdAt;
  drawStack(row.querySelector('.stack'), status.counts);
  return row;
}

function figuresOf({ state, counts, file, progress }) {
  if (state === 'queued') return bytes(file.bytes);
  const records = t('progress.records', { count: counts.read });
  return isFinal({ state }) ? records : `${percent((progress.percent ?? 0) / 100)} · ${records}`;
}
