/**
 * Variables that look like settings and are none: typing errors, mostly. They are told and not refused,
 * since orchestrators set variables of their own, after the names of services.
 */
import { faultTokenVariable } from '../cluster/member-process.ts';
import { settingNames, variableOf } from './settings.ts';

/** Ours, too, and no settings: the last two are what `lock` and `elect` give to their command. */
const others = [
  'STATECRAFT_CONFIG',
  faultTokenVariable,
  'STATECRAFT_LOCK_KEY',
  'STATECRAFT_LOCK_TOKEN',
];

/** Their names, in order. */
export function unknownVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = new Set([...others, ...settingNames.map(variableOf)]);
  return Object.keys(env)
    .filter((variable) => variable.startsWith('STATECRAFT_') && !known.has(variable))
    .sort();
}
