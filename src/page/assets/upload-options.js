import { byId, setText } from './dom.js';
import { t } from './text.js';

const form = byId('options');

/** What was chosen beside the defaults of the service, as a query. */
const chosen = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ''));

/** The options for the next upload as a query; null where one cannot be used, which the page then shows. */
export function uploadOptions() {
  if (form.checkValidity()) return chosen();
  byId('options-fold').open = true;
  form.reportValidity();
  return null;
}

/** Says beside the folded options how many there are. */
function showChosen() {
  const count = chosen().size;
  setText(byId('options-chosen'), count > 0 ? t('options.chosen', { count }) : '');
}

form.addEventListener('input', showChosen);
form.addEventListener('submit', (event) => event.preventDefault());
// A browser that goes back keeps what was chosen.
window.addEventListener('pageshow', showChosen);
