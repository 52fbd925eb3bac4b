import ts from 'typescript';
import type { SourceFile } from './source-files.js';

/** A call such as `t('state.running', { name })`: a text and the names of the properties handed over with it. */
export interface TextCall {
  readonly path: string;
  readonly text: string;
  /** null where something else than an object literal stands there. */
  readonly params: readonly string[] | null;
}

/** What the source says of texts. */
export interface SourceTexts {
  /** String literals as they are. */
  readonly literals: ReadonlySet<string>;
  /** Names of variables, properties and so on. */
  readonly names: ReadonlySet<string>;
  /** Template literals, each as the pieces between its places. */
  readonly templates: readonly (readonly string[])[];
  readonly calls: readonly TextCall[];
}

/** Reads the literals of programs, and the calls whose first argument is one, by the compiler's own parser. */
export function textsOf(files: readonly SourceFile[]): SourceTexts {
  const literals = new Set<string>();
  const names = new Set<string>();
  const templates: string[][] = [];
  const calls: TextCall[] = [];
  for (const { path, text } of files) {
    const visit = (node: ts.Node): void => {
      if (ts.isStringLiteralLike(node)) literals.add(node.text);
      if (ts.isIdentifier(node)) names.add(node.text);
      if (ts.isTemplateExpression(node)) {
        templates.push([node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)]);
      }
      if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
        const [first, second] = node.arguments ?? [];
        if (first && ts.isStringLiteralLike(first)) calls.push({ path, text: first.text, params: namesOf(second) });
      }
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  }
  return { literals, names, templates, calls };
}

/** Names of an object literal's properties, in `{ args: { … } }` those of the inner one; none where there is none. */
function namesOf(node: ts.Expression | undefined): string[] | null {
  if (node === undefined) return [];
  if (!ts.isObjectLiteralExpression(node)) return null;
  const names = node.properties.map((property) => property.name?.getText());
  const [only] = node.properties;
  if (only && ts.isPropertyAssignment(only) && names[0] === 'args') return namesOf(only.initializer);
  return names.every((name) => name !== undefined) ? names : null;
}
