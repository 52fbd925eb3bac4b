import { startForReal } from './api.js';
import { announce, byId, create, setText, show } from './dom.js';
import { hideImport, offerStart, showImport, showImportLost } from './import-card.js';
import { listRecentImports, markWatched, noteImport } from './recent-imports.js';
import { t } from './text.js';
import { problemOf, takeFiles } from './upload-card.js';
import { watchImport } from './watch.js';

const pageTitle = document.title;
let stopWatching = () => {};
let sendAgain = null;

/** The page's address: `?import=` makes a reload or a link watch the same import. */
function addressOf(id, lang) {
  const url = new URL(location.href);
  if (id) url.searchParams.set('import', id);
  else url.searchParams.delete('import');
  if (lang) url.searchParams.set('lang', lang);
  return url.pathname + url.search;
}

const watchedId = () => new URL(location.href).searchParams.get('import');

function goTo(id) {
  if (id !== watchedId()) history.pushState(null, '', addressOf(id));
  watch();
}

function watch() {
  const id = watchedId();
  stopWatching();
  hideProblem();
  hideImport();
  markWatched(id);
  document.title = pageTitle;
  document.body.classList.toggle('watching', id !== null);
  for (const link of byId('languages').querySelectorAll('a')) link.href = addressOf(id, link.dataset.lang);
  if (id === null) return;
  stopWatching = watchImport(id, {
    onStatus(status) {
      showImport(status);
      noteImport(status);
    },
    onLost: showImportLost,
    onProblem(problem) {
      document.body.classList.remove('watching');
      showProblem(problemOf(problem));
    },
  });
}

function showProblem({ title, detail, errors = [], requestId }, retry) {
  setText(byId('problem-title'), title);
  setText(byId('problem-detail'), detail ?? '');
  byId('problem-errors').replaceChildren(...errors.map(errorItem));
  setText(byId('problem-request'), requestId ? t('problem.requestId', { id: requestId }) : '');
  sendAgain = retry;
  show(byId('problem-retry'), Boolean(retry));
  show(byId('problem'));
}

function errorItem({ field, message }) {
  const item = create('li', message);
  if (field) item.prepend(create('b', field), ' ');
  return item;
}

const hideProblem = () => show(byId('problem'), false);

takeFiles({
  onStart() {
    stopWatching();
    hideProblem();
    hideImport();
    document.body.classList.remove('watching');
  },
  onAccepted(status) {
    noteImport(status);
    goTo(status.id);
    showImport(status);
    byId('import-name').focus({ preventScroll: true });
  },
  onCancelled() {
    watch();
    announce(t('upload.cancelled'));
  },
  onProblem(problem, retry) {
    watch();
    showProblem(problem, retry);
  },
});
offerStart(async (id) => {
  try {
    const status = await startForReal(id);
    watch();
    showImport(status);
  } catch (error) {
    showProblem(problemOf(error));
  }
});
listRecentImports({
  addressOf,
  onChosen(id) {
    goTo(id);
    document.getElementById('content').scrollIntoView();
  },
});
byId('problem-retry').addEventListener('click', () => sendAgain());
byId('problem-close').addEventListener('click', hideProblem);
window.addEventListener('popstate', watch);
watch();
