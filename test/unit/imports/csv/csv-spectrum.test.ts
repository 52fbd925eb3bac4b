import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fieldsOf } from './read-all.js';

/** A public collection of files that CSV readers get wrong, each with what must come out. */
const FOLDER = dirname(createRequire(import.meta.url).resolve('csv-spectrum'));
const NAMES = readdirSync(join(FOLDER, 'csvs')).map((name) => name.replace(/\.csv$/, ''));

/** What the collection gets wrong itself: its answer is no list, and has another telephone number than the file. */
const CORRECTED: Readonly<Record<string, unknown>> = {
  location_coordinates: [
    {
      'Contact Phone Number': '2095257564',
      'Location Coordinates': `37\ufffd36'37.8"N 121\ufffd2'17.9"W`,
      Cities: 'Modesto',
      Counties: 'Stanislaus',
    },
  ],
};

const contentOf = (...path: string[]): string => readFileSync(join(FOLDER, ...path), 'utf8');

describe('csv-spectrum', () => {
  it('has twelve files', () => {
    expect(NAMES).toHaveLength(12);
  });

  it.each(NAMES)('is read rightly: %s', (name) => {
    const [header, ...records] = fieldsOf(contentOf('csvs', `${name}.csv`), { delimiter: ',' });
    const read = records.map((fields) => Object.fromEntries(header!.map((column, index) => [column, fields[index]])));
    expect(read).toEqual(CORRECTED[name] ?? JSON.parse(contentOf('json', `${name}.json`)));
  });
});
