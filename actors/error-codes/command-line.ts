/** Codes that only the `statecraft` command raises. */
import type { ErrorCodes } from './error-code.ts';

export const commandLineCodes = {
  ERR_USAGE: {
    meaning: 'The command line cannot be understood.',
    cause: 'A misspelt command or option, or one argument too many or too few.',
    remedy:
      'See "statecraft COMMAND --help" for examples, or "statecraft --help" for the commands.',
    outcome: ['not-applied'],
    retryable: false,
  },
  ERR_OUTPUT_FAILED: {
    meaning: 'What the command had to print could not be written.',
    cause:
      'The disk that stdout leads to is full or failed. A reader that went away is no failure.',
    remedy: 'Free space, or write elsewhere. What the command did to the cluster stands.',
    outcome: [],
    retryable: true,
  },
  ERR_NODE_DIED: {
    meaning: 'All servers that the demo had started are gone.',
    cause: 'They were killed, or failed; the lines above say how.',
    remedy: 'Start the demo again; the message says where the data is, and how to go on with it.',
    outcome: [],
    retryable: true,
  },
  ERR_NO_FREE_PORT: {
    meaning: 'There are not enough free ports for the servers of the demo.',
    cause: 'Other processes listen on all ports from 7401 or 7501 on.',
    remedy: 'Stop what listens there; "statecraft status" shows whether it is an older demo.',
    outcome: [],
    retryable: true,
  },
  ERR_BAD_HISTORY: {
    meaning: 'The file of a history is empty, or is none.',
    cause: 'A line that is not of the format; the message has its number. Or nothing was recorded.',
    remedy: 'Compare it with docs/history-format.md.',
    outcome: [],
    retryable: false,
  },
} satisfies ErrorCodes;
