/** `statecraft explain [CODE]`: what an error code means and what to do; without one, all codes. */
import type { Command } from 'commander';
import { StatecraftError } from '../../../actors/errors.ts';
import { errorCodeGroups, errorCodes, type ErrorCode } from '../../../actors/error-codes/index.ts';
import { didYouMean } from '../did-you-mean.ts';
import { exitCodeOf } from '../exit-codes.ts';
import { invalidArgument } from '../failure.ts';
import { examples, outputOption, type Shell } from '../shell.ts';

interface ExplainOptions {
  readonly output: 'text' | 'json';
}

export function addExplainCommand(program: Command, shell: Shell): void {
  program
    .command('explain [code]')
    .description('say what an error code means and what to do; without a code, list all')
    .addOption(outputOption())
    .addHelpText('after', examples('explain ERR_LOG_CORRUPT', 'explain no_leader -o json'))
    .action((code: string | undefined, { output }: ExplainOptions) => {
      if (code === undefined) shell.io.out(output === 'json' ? allAsJson() : allAsText());
      else shell.io.out(explain(code, output));
    });
}

/** One code as text or JSON; the prefix and the case of `given` do not matter. */
function explain(given: string, output: 'text' | 'json'): string {
  const upper = given.toUpperCase().replaceAll('-', '_');
  const code = upper.startsWith('ERR_') ? upper : `ERR_${upper}`;
  const found = errorCodes.get(code);
  if (found === undefined) {
    const hint = didYouMean(code, errorCodes.keys());
    throw invalidArgument(
      `There is no error code ${JSON.stringify(given)}`,
      `${hint.trimStart()} Run "statecraft explain" for all of them`.trimStart(),
    );
  }
  return output === 'json' ? `${JSON.stringify(asJson(code, found))}\n` : asText(code, found);
}

function asText(code: string, { meaning, cause, remedy, outcome, retryable }: ErrorCode): string {
  const rows = [
    ['Likely cause', cause],
    ['What to do', remedy],
    ['Outcome', outcome.length === 0 ? 'not about a command' : outcome.join(' or ')],
    ['Try again', retryable === 'sometimes' ? retryable : retryable ? 'yes' : 'no'],
    ['Exit code', String(exitCodeFor(code))],
  ];
  const lines = rows.map(([name = '', text = '']) => `${name.padEnd(14)}${text}\n`);
  return `${code}: ${meaning}\n${lines.join('')}`;
}

function asJson(code: string, about: ErrorCode): object {
  return { code, ...about, exitCode: exitCodeFor(code) };
}

function allAsText(): string {
  const width = Math.max(...[...errorCodes.keys()].map((code) => code.length)) + 2;
  return errorCodeGroups
    .map(({ title, codes }) => {
      const lines = Object.entries(codes).map(
        ([code, { meaning }]) => `  ${code.padEnd(width)}${meaning}\n`,
      );
      return `${title}\n${lines.join('')}`;
    })
    .join('\n');
}

function allAsJson(): string {
  const codes = [...errorCodes].map(([code, about]) => asJson(code, about));
  return `${JSON.stringify({ codes })}\n`;
}

/** What a command exits with when the outcome is known; with an unknown one, that is 8. */
function exitCodeFor(code: string): number {
  return exitCodeOf(new StatecraftError(code, ''));
}
