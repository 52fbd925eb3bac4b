import 'reflect-metadata';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openApiText } from './openapi-document.js';

const FILE = join(import.meta.dirname, '..', '..', '..', 'docs', 'openapi.json');

// `npm run docs:openapi`: writes down what the API promises, for everybody who generates a client from it.
await writeFile(FILE, await openApiText());
