import type { OpenAPIObject } from '@nestjs/swagger';

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['get']>;

const text = (description: string, example: string) => ({
  description,
  schema: { type: 'string' as const, maxLength: 100, examples: [example] },
});
const TAG = 'W/"0Ckd3cmRLnxj7SD7n1Ijy5k5Xm0="';
const HEADERS = {
  ETag: text('Names this answer; send it as `If-None-Match` with the next request.', TAG),
  'Cache-Control': text(
    'A client may keep the answer, and asks each time whether it is still right.',
    'private, no-cache',
  ),
};
const IF_NONE_MATCH = {
  name: 'If-None-Match',
  in: 'header' as const,
  required: false,
  description: 'The `ETag` of an answer that the client has: 304 tells that it is still right.',
  schema: { type: 'string' as const, maxLength: 1000, examples: [TAG] },
};

/** Describes what `answerConditionally` does for every JSON answer to a GET below a path. */
export function describeConditional(document: OpenAPIObject, path: string): void {
  for (const [address, { get }] of Object.entries(document.paths)) {
    if (get && address.startsWith(path) && isJson(get)) describe(get);
  }
}

const isJson = ({ responses }: Operation): boolean => {
  const ok = responses['200'];
  return ok !== undefined && 'content' in ok && ok.content?.['application/json'] !== undefined;
};

function describe(operation: Operation): void {
  operation.parameters = [...(operation.parameters ?? []), IF_NONE_MATCH];
  const ok = operation.responses['200'] as { headers?: object };
  ok.headers = { ...ok.headers, ...HEADERS };
  operation.responses['304'] = { description: 'The client has the answer already.', headers: HEADERS };
}
