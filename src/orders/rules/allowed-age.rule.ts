import { z } from 'zod';
import { rule } from './rule.js';

const isTimeZone = (name: string): boolean => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
};

/** The customer is old enough on the day on which the import was accepted. Born on Feb 29 counts from Mar 1. */
export const allowedAge = rule({
  code: 'allowed_age',
  params: z.strictObject({
    years: z.int().min(0).max(150).default(21),
    timeZone: z.string().refine(isTimeZone, 'not a time zone').default('America/New_York'),
  }),
  breaks({ years, timeZone }, acceptedAt) {
    const latestBirthday = dayIn(timeZone, acceptedAt) - years * 10_000;
    return (order) => order.birthday > latestBirthday;
  },
});

/** The day at a place, as year * 10000 + month * 100 + day. */
function dayIn(timeZone: string, at: Date): number {
  // The Swedish format is the ISO one.
  return Number(at.toLocaleDateString('sv-SE', { timeZone }).replaceAll('-', ''));
}
