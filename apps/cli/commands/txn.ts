/**
 * `statecraft txn JSON|-`: compares, then one of two branches of operations, all at one revision.
 *
 * The JSON is that of the client's `txn`. A compare that fails is no error: the else branch was done,
 * it is printed like the other, and the exit code is 7.
 */
import type { Command } from 'commander';
import { z } from 'zod';
import type { Txn, TxnOperation, TxnOutcome } from '../../../actors/client.ts';
import { toPlainJson } from '../../../actors/client/json.ts';
import { addClientOptions, print, withClient, type ClientOptions } from '../client-command.ts';
import { exitCodes } from '../exit-codes.ts';
import { invalidArgument } from '../failure.ts';
import { onOneLine } from '../printable.ts';
import { examples, type Shell } from '../shell.ts';
import { stdinOf } from '../value-argument.ts';

const key = z.string();
const value = z.unknown().refine((given) => given !== undefined, 'is missing');
const operationSchema = z.union([
  z.strictObject({ put: z.strictObject({ key, value, ttlMs: z.exactOptional(z.int()) }) }),
  z.strictObject({ delete: z.strictObject({ key }) }),
  z.strictObject({ get: z.strictObject({ key }) }),
]);
const compare = z.union([
  z.strictObject({ key, revision: z.int().positive() }),
  z.strictObject({ key, exists: z.boolean() }),
  z.strictObject({ key, value }),
]);
const txnSchema = z.strictObject({
  if: z.array(compare).default([]),
  then: z.array(operationSchema).default([]),
  else: z.array(operationSchema).default([]),
});

export function addTxnCommand(program: Command, shell: Shell): void {
  const command = program
    .command('txn <json>')
    .description(
      'compare, then do one of two branches, all at once; exit code 7 for the else; "-": JSON on stdin',
    )
    .addHelpText(
      'after',
      examples(
        `txn '{"then":[{"put":{"key":"a","value":"1"}},{"delete":{"key":"b"}}]}'`,
        `txn '{"if":[{"key":"a","exists":false}],"then":[{"put":{"key":"a","value":"1"}}],\\\n` +
          `      "else":[{"get":{"key":"a"}}]}' -o json`,
        'txn - < transfer.json',
      ),
    )
    .action((text: string, options: ClientOptions) =>
      withClient(shell, options, async (client, signal) => {
        const txn = parseTxn(text === '-' ? await stdinOf(shell.io) : text);
        const { ok, revision, results } = await client.txn(txn, { signal });
        const keys = ((ok ? txn.then : txn.else) ?? []).map(keyOf);
        const what = ok ? 'OK' : 'Not so, else was done,';
        const lines = [
          `${what} rev ${revision}`,
          ...results.map((one, i) => `${keys[i] ?? ''}: ${sayOutcome(one)}`),
        ];
        const data = { ok, revision, results: results.map(outcomeAsJson) };
        print(shell, options, lines.join('\n'), data);
        if (!ok) shell.exitCode = exitCodes.compareFailed;
      }),
    );
  addClientOptions(command);
}

function parseTxn(text: string): Txn {
  const how = 'See "statecraft txn --help" for examples';
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    throw invalidArgument(`The transaction is not JSON: ${(error as Error).message}`, how);
  }
  const { data, error } = txnSchema.safeParse(given);
  if (data !== undefined) return data;
  const [issue] = error.issues;
  const at = issue?.path.join('.') ?? '';
  const where = at === '' ? '' : ` at "${at}"`;
  throw invalidArgument(`The transaction is wrong${where}: ${wantedAt(issue)}`, how);
}

/** What is wrong; for one of several shapes, which those are. */
function wantedAt(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code !== 'invalid_union') return issue?.message ?? '';
  const [branch] = issue.path;
  return branch === 'if'
    ? 'a compare is {"key"} with one of "revision", "exists" and "value"'
    : 'an operation is {"put":{"key","value"}}, {"delete":{"key"}} or {"get":{"key"}}';
}

function keyOf(operation: TxnOperation): string {
  if ('put' in operation) return onOneLine(operation.put.key);
  return onOneLine('get' in operation ? operation.get.key : operation.delete.key);
}

function sayOutcome(outcome: TxnOutcome): string {
  if (outcome === null) return '(no such key)';
  if ('value' in outcome) return onOneLine(outcome.value);
  return outcome.previous === null ? 'was not there' : `was rev ${outcome.previous}`;
}

function outcomeAsJson(outcome: TxnOutcome): object | null {
  if (outcome === null) return null;
  const { revision } = outcome;
  if ('value' in outcome) return { value: toPlainJson(outcome.value), revision };
  return { revision, previousRevision: outcome.previous };
}
