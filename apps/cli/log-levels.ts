/** What a server may log; each level includes those after it. Apart from log.ts, which loads pino. */

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];
