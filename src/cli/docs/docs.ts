import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorsPage } from './errors-page.js';
import { openApiText } from './openapi-document.js';

const DOCS = join(import.meta.dirname, '..', '..', '..', 'docs');

// `npm run docs`: writes anew what the code alone tells.
for (const [name, text] of [
  ['errors.md', errorsPage()],
  ['openapi.json', await openApiText()],
] as const) {
  const path = join(DOCS, name);
  writeFileSync(path, text);
  console.log(`written: ${path}`);
}
