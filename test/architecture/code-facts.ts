/** What the source text says, for the tests that hold the pages to it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** The folder of package.json. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The text of a file of the project. */
export const readText = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Files below a folder of the project whose name ends so, as paths from the root, sorted. */
export const filesBelow = (folder: string, ending: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort();

/** The rows of every table of a page whose first heading is `heading`, their cells trimmed. */
export const tableRows = (page: string, heading: string): string[][] => {
  const rows: string[][] = [];
  let isInside = false;
  for (const line of readText(page).split('\n')) {
    const cells = line.startsWith('|')
      ? line
          .slice(1, line.lastIndexOf('|'))
          .split('|')
          .map((cell) => cell.trim())
      : [];
    if (cells.length === 0) isInside = false;
    else if (cells[0] === heading) isInside = true;
    else if (isInside && !/^:?-+:?$/.test(cells[0] ?? '')) rows.push(cells);
  }
  return rows;
};

/** What stands between backticks in a text. */
export const quoted = (text: string): string[] =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

/** A call: the last name of what is called, and the possible texts of each literal argument. */
export type Call = {
  readonly file: string;
  readonly callee: string;
  readonly receiver: string;
  /** Undefined for an argument that is neither text nor a choice between texts. */
  readonly texts: readonly (readonly string[] | undefined)[];
};

/** What the constant of this name, in the nearest block that has one, was set to. */
const initialOf = (name: ts.Identifier): ts.Expression | undefined => {
  for (let at: ts.Node = name; at.parent !== undefined; at = at.parent) {
    if (!ts.isBlock(at.parent) && !ts.isSourceFile(at.parent)) continue;
    const declaration = at.parent.statements
      .filter(ts.isVariableStatement)
      .flatMap(({ declarationList }) => [...declarationList.declarations])
      .find((candidate) => candidate.name.getText() === name.text);
    if (declaration !== undefined) return declaration.initializer;
  }
  return undefined;
};

/** `${name}` in a template becomes `{name}`: what it may stand for is the caller's to know. */
const textsOf = (node: ts.Expression): string[] | undefined => {
  if (ts.isIdentifier(node)) {
    const initial = initialOf(node);
    return initial === undefined || ts.isIdentifier(initial) ? undefined : textsOf(initial);
  }
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return [node.text];
  if (ts.isTemplateExpression(node)) {
    const spans = node.templateSpans.map(
      ({ expression, literal }) => `{${expression.getText()}}${literal.text}`,
    );
    return [node.head.text + spans.join('')];
  }
  if (ts.isConditionalExpression(node)) {
    const [left, right] = [textsOf(node.whenTrue), textsOf(node.whenFalse)];
    return left && right && [...left, ...right];
  }
  return undefined;
};

const lastNameOf = (node: ts.Expression): string =>
  (ts.isPropertyAccessExpression(node) ? node.name : node).getText().replace('#', '');

const callsOf = (file: string): Call[] => {
  const calls: Call[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const { expression } = node;
      const receiver = ts.isPropertyAccessExpression(expression)
        ? expression.expression
        : undefined;
      calls.push({
        file,
        callee: lastNameOf(expression),
        receiver: receiver === undefined ? '' : lastNameOf(receiver),
        texts: node.arguments.map(textsOf),
      });
    }
    node.forEachChild(visit);
  };
  visit(ts.createSourceFile(file, readText(file), ts.ScriptTarget.Latest, true));
  return calls;
};

/** Every file of the program. */
export const sourceFiles: readonly string[] = [
  ...filesBelow('machines', '.ts'),
  ...filesBelow('src', '.ts'),
];

/** Every call in the program. */
export const calls: readonly Call[] = sourceFiles.flatMap(callsOf);
