import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorsPage } from './errors-page.js';

/** `npm run docs`: writes docs/errors.md anew. */
const path = join(import.meta.dirname, '..', '..', '..', 'docs', 'errors.md');
writeFileSync(path, errorsPage());
console.log(`written: ${path}`);
