/**
 * docs/errors/: a page for each error code, and one that lists them, out of the table that
 * `statecraft explain` prints (actors/error-codes). Texts only; main.ts writes them.
 */
import { StatecraftError } from '../../actors/errors.ts';
import { errorCodeGroups, type ErrorCode } from '../../actors/error-codes/index.ts';
import { exitCodeOf } from '../cli/exit-codes.ts';

export const errorsFolder = 'docs/errors';

const generated = '<!-- Generated from actors/error-codes/ by `npm run docs`; edit there. -->';

/** Texts by file name. */
export function errorPages(): Map<string, string> {
  const pages = new Map([['README.md', overview()]]);
  for (const { codes } of errorCodeGroups) {
    for (const [code, about] of Object.entries<ErrorCode>(codes))
      pages.set(`${code}.md`, page(code, about));
  }
  return pages;
}

function overview(): string {
  const groups = errorCodeGroups.map(({ title, codes }) => {
    const lines = Object.entries<ErrorCode>(codes).map(
      ([code, { meaning }]) => `- [\`${code}\`](${code}.md): ${marked(meaning)}\n`,
    );
    return `\n## ${title}\n\n${lines.join('')}`;
  });
  return (
    `${generated}\n\n# Error codes\n\n` +
    'Every error is a `StatecraftError` with a stable `code`, an `outcome` and `retryable`.\n' +
    '`statecraft explain CODE` prints the same in a terminal.\n' +
    groups.join('')
  );
}

function page(code: string, about: ErrorCode): string {
  const { meaning, cause, remedy, outcome, retryable } = about;
  const again = retryable === 'sometimes' ? 'the error says so' : retryable ? 'yes' : 'no';
  const exitCode = exitCodeOf(new StatecraftError(code, ''));
  const exits = outcome.includes('unknown') ? `${exitCode}, or 8 when unknown` : String(exitCode);
  const outcomes = outcome.length === 0 ? 'not about a command' : outcome.join(' or ');
  return (
    `${generated}\n\n# ${code}\n\n${marked(meaning)}\n\n` +
    `**Likely cause.** ${marked(cause)}\n\n**What to do.** ${marked(remedy)}\n\n` +
    `- Outcome of the command: ${outcomes}\n- Try again unchanged: ${again}\n` +
    `- Exit code of \`statecraft\`: ${exits}\n\n[All error codes](README.md)\n`
  );
}

/** Words that Markdown would take for its own, as code. */
function marked(text: string): string {
  return text.replace(/__\w+__|--[a-z][a-z-]+|\b[A-Z]+_[A-Z_]+\b/g, (word) => `\`${word}\``);
}
