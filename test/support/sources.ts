/**
 * The project's own source as a test sees it: files, what they import and what they export.
 *
 * Parsed with the compiler, not with patterns, so that a word in a comment or a string is not taken
 * for code. Nothing is resolved or type-checked here.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { posix } from 'node:path';
import ts from 'typescript';

export const sourceFolders = [
  ...['machines', 'actors', 'storage', 'transport', 'replicated', 'simulation', 'apps'],
  'docs/examples',
];

export interface Import {
  /** A path from the project's root (`machines/log.ts`), or a package (`xstate`, `node:fs`). */
  readonly from: string;
  readonly isPackage: boolean;
  readonly isType: boolean;
  /** Empty for a namespace, a default or a bare import. */
  readonly names: readonly string[];
}

export interface Source {
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
  readonly imports: readonly Import[];
}

/** All TypeScript files below `folders`, in alphabetical order; a missing folder has none. */
export function readSources(folders: readonly string[]): Source[] {
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) =>
        posix.join(folder, name.replaceAll('\\', '/')),
      ),
    )
    .filter((path) => /\.tsx?$/.test(path))
    .sort()
    .map((path) => sourceOf(path, readFileSync(path, 'utf8')));
}

/** One source, given its path from the root and its text. */
export function sourceOf(path: string, text: string): Source {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports: Import[] = [];
  walk(tree, (node) => {
    const found = importOf(node);
    if (found === null) return;
    const isPackage = !found.from.startsWith('.');
    const from = isPackage ? found.from : posix.join(posix.dirname(path), found.from);
    imports.push({ ...found, from, isPackage });
  });
  return { path, text, tree, imports };
}

function importOf(node: ts.Node): Omit<Import, 'isPackage'> | null {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    const clause = node.importClause;
    const bindings = clause?.namedBindings;
    const elements = bindings && ts.isNamedImports(bindings) ? [...bindings.elements] : [];
    const isType =
      clause?.phaseModifier === ts.SyntaxKind.TypeKeyword ||
      (elements.length > 0 && elements.every((element) => element.isTypeOnly));
    const names = elements.map((element) => (element.propertyName ?? element.name).text);
    return { from: node.moduleSpecifier.text, isType, names };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
    if (!ts.isStringLiteral(node.moduleSpecifier)) return null;
    const clause = node.exportClause;
    const elements = clause && ts.isNamedExports(clause) ? [...clause.elements] : [];
    const names = elements.map((element) => (element.propertyName ?? element.name).text);
    return { from: node.moduleSpecifier.text, isType: node.isTypeOnly, names };
  }
  const isDynamic =
    ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
  const [specifier] = isDynamic ? node.arguments : [];
  return specifier && ts.isStringLiteral(specifier)
    ? { from: specifier.text, isType: false, names: [] }
    : null;
}

/** Names of the functions, classes and constants that a file exports; types are left out. */
export function exportedValues({ tree }: Source): string[] {
  return tree.statements.flatMap((statement) => {
    const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
    if (!modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.map(({ name }) => name.getText(tree));
    }
    if (!ts.isFunctionDeclaration(statement) && !ts.isClassDeclaration(statement)) return [];
    return statement.name ? [statement.name.text] : [];
  });
}

/** The 1-based lines of the nodes for which `test` is true. */
export function linesWhere({ tree }: Source, test: (node: ts.Node) => boolean): number[] {
  const lines: number[] = [];
  walk(tree, (node) => {
    if (test(node)) lines.push(tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1);
  });
  return lines;
}

/** How often each identifier is written in `sources`, declarations and imports included. */
export function countIdentifiers(sources: readonly Source[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { tree } of sources) {
    walk(tree, (node) => {
      if (ts.isIdentifier(node)) counts.set(node.text, (counts.get(node.text) ?? 0) + 1);
    });
  }
  return counts;
}

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => {
    walk(child, visit);
  });
}
