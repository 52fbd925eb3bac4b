import { IntlMessageFormat } from './message-format.js';

/** Language of the page, as its address or the browser asked for. */
export const language = document.documentElement.lang;

const messages = JSON.parse(document.getElementById('messages').textContent);
const texts = new Map();

/**
 * The text of a key (`state.running`), in the syntax of ICU MessageFormat, with its parameters filled in. Without a text
 * it is `params.fallback`, else the key.
 */
export function t(key, params = {}) {
  const message = key.split('.').reduce((node, part) => node?.[part], messages);
  if (typeof message !== 'string') return params.fallback ?? key;
  if (!texts.has(key)) texts.set(key, new IntlMessageFormat(message, language, undefined, { ignoreTag: true }));
  return texts.get(key).format(params);
}

const formats = new Map();

/** One format per set of options: making them is slow, and progress asks for many. */
function format(Kind, options) {
  const key = Kind.name + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Kind(language, options));
  return formats.get(key);
}

/** 1234567 as `1,234,567`. */
export function number(value) {
  return format(Intl.NumberFormat, { maximumFractionDigits: 0 }).format(value);
}

/** A share from 0 to 1 as `42%`. Less than all is never `100%`, and more than nothing is said with a decimal. */
export function percent(share) {
  const maximumFractionDigits = share > 0 && share < 0.01 ? 1 : 0;
  const told = share < 1 ? Math.min(share, 0.99) : 1;
  return format(Intl.NumberFormat, { style: 'percent', maximumFractionDigits }).format(told);
}

const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];

function inBytes(value, per) {
  const step = Math.min(Math.floor(Math.log10(Math.max(value, 1)) / 3), BYTE_UNITS.length - 1);
  const amount = value / 1000 ** step;
  const maximumFractionDigits = step > 0 && amount < 100 ? 1 : 0;
  const unit = BYTE_UNITS[step] + per;
  return format(Intl.NumberFormat, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits }).format(amount);
}

/** 12400000 as `12.4 MB`. */
export const bytes = (value) => inBytes(value, '');

/** 12400000 as `12.4 MB/s`. */
export const bytesPerSecond = (value) => inBytes(value, '-per-second');

/** Seconds as `1 hr 5 min`, `2 min 10 sec`, `8 sec` or, where that says more, `1.4 sec`. */
export function duration(seconds) {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours > 0) return both(time(hours, 'hour'), minutes && time(minutes, 'minute'));
  if (minutes > 0) return both(time(minutes, 'minute'), whole % 60 && time(whole % 60, 'second'));
  return time(seconds < 10 ? Math.max(seconds, 0.1) : whole, 'second');
}

const both = (greater, lesser) => (lesser ? `${greater} ${lesser}` : greater);

function time(value, unit) {
  const maximumFractionDigits = value < 10 ? 1 : 0;
  return format(Intl.NumberFormat, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits }).format(value);
}

/** Time left, of which nobody wants a fraction of a second. */
export const timeLeft = (seconds) => t('progress.left', { time: duration(Math.max(1, Math.ceil(seconds))) });

/** A time of the API as date and time here. */
export function dateTime(iso) {
  return format(Intl.DateTimeFormat, { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(iso));
}

const AGES = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** A time of the API as `5 min. ago`; from a week on as its date. */
export function ago(iso) {
  const seconds = (Date.now() - new Date(iso)) / 1000;
  if (seconds > 7 * 86_400) return format(Intl.DateTimeFormat, { dateStyle: 'medium' }).format(new Date(iso));
  const [unit, size] = AGES.find(([, length]) => seconds >= length) ?? ['second', Infinity];
  return format(Intl.RelativeTimeFormat, { numeric: 'auto', style: 'short' }).format(
    -Math.floor(seconds / size) || 0,
    unit,
  );
}
