/**
 * Words that are banned in some folders, each with what to use instead and a line that breaks it.
 *
 * test/tidy.test.ts applies them. Comments are looked at once per file, at its root node.
 */
import ts from 'typescript';
import type { Source } from './sources.ts';

export interface Ban {
  readonly title: string;
  readonly instead: string;
  applies(path: string): boolean;
  matches(node: ts.Node, source: Source): boolean;
  /** A path and a text with exactly one breach. */
  readonly example: readonly [path: string, text: string];
}

const inMachines = (path: string): boolean => path.startsWith('machines/');
/** All that must give the same run for the same seed; not the edge, which fills the ports. */
const isDeterministic = (path: string): boolean =>
  /^(machines|replicated|simulation)\//.test(path) ||
  (path.startsWith('actors/') &&
    !/^actors\/(node|client|time\/real-clock|inspect\/watch\.ts)/.test(path));
const isTest = (path: string): boolean => path.startsWith('test/');

export const bans: readonly Ban[] = [
  {
    title: 'clocks and chance',
    instead: 'take them from the ports `clock`, `random` and `defer`',
    applies: isDeterministic,
    matches: (node) =>
      isGlobal(node, [
        ...['Date', 'performance', 'crypto', 'queueMicrotask'],
        ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout'],
      ]) || isMember(node, 'Math', 'random'),
    example: ['simulation/x.ts', 'const t = Math.random();'],
  },
  {
    title: 'console in a chart',
    instead: 'emit a named effect; actors report',
    applies: inMachines,
    matches: (node) => isGlobal(node, ['console', 'process']),
    example: ['machines/x.ts', 'console.log(1);'],
  },
  {
    title: 'async in a chart or the simulator',
    instead: 'events and callbacks: a step is one call',
    // What a user tests along a path may be asynchronous; the model beside it is not.
    applies: (path) =>
      /^(machines|replicated|simulation)\//.test(path) &&
      path !== 'simulation/graph-tests/run-path.ts',
    matches: ({ kind }) =>
      kind === ts.SyntaxKind.AsyncKeyword || kind === ts.SyntaxKind.AwaitExpression,
    example: ['machines/x.ts', 'const f = async () => 1;'],
  },
  {
    title: 'any',
    instead: 'write the type, or `unknown` and a check',
    applies: () => true,
    matches: ({ kind }) => kind === ts.SyntaxKind.AnyKeyword,
    example: ['actors/x.ts', 'let x: any;'],
  },
  {
    title: 'compiler directives and unfinished work in comments',
    instead: 'mend the type; do the work or file an issue',
    applies: (path) => path !== 'test/support/bans.ts',
    matches: (node, { text }) =>
      ts.isSourceFile(node) && /@ts-(ignore|nocheck|expect-error)|\b(TODO|FIXME|XXX)\b/.test(text),
    example: ['actors/x.ts', '// TODO\n'],
  },
  {
    title: 'tests that run alone or not at all',
    instead: 'remove `.only` and `.skip`',
    applies: isTest,
    matches: (node) =>
      ['describe', 'it', 'suite', 'test', 'context'].some(
        (name) => isMember(node, name, 'only') || isMember(node, name, 'skip'),
      ) || isGlobal(node, ['xit', 'xdescribe']),
    example: ['test/x.test.ts', "it.only('x', () => {});"],
  },
];

/** The use of a global: not a property, a key or a name that is declared here. */
function isGlobal(node: ts.Node, names: readonly string[]): boolean {
  if (!ts.isIdentifier(node) || !names.includes(node.text)) return false;
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  const isDeclared = 'name' in parent && parent.name === node;
  return !isDeclared && !ts.isImportSpecifier(parent);
}

function isMember(node: ts.Node, object: string, member: string): boolean {
  return (
    ts.isPropertyAccessExpression(node) &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === object &&
    node.name.text === member
  );
}
