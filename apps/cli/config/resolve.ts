/**
 * Which value counts: that of the flag, else of the environment, else of the file, else the default.
 * Each is remembered with its source, for `config print` and for messages.
 */
import { Option, type Command } from 'commander';
import { StatecraftError } from '../../../actors/errors.ts';
import type { Shell } from '../shell.ts';
import { readConfigFile } from './config-file.ts';
import { settings, variableOf, type SettingName, type Settings } from './settings.ts';

export type Source = 'flag' | 'env' | 'file' | 'default';

export interface Resolved<Name extends SettingName = SettingName> {
  readonly name: Name;
  /** As it was written. */
  readonly text: string;
  readonly value: Settings[Name];
  readonly source: Source;
  /** `--peers`, `STATECRAFT_PEERS`, or the file. */
  readonly origin: string;
}

/** What commander found: the texts of flags, by camel-cased name, and the file. */
export type Flags = Readonly<Record<string, unknown>>;

/** Adds `--config` and a flag for each setting; `defaults` in place of the table's, for the help. */
export function addSettings(
  command: Command,
  names: readonly SettingName[],
  defaults: Partial<Record<SettingName, string>> = {},
): Command {
  for (const name of names) {
    const { argument, description, default: usual } = settings[name];
    const text = defaults[name] ?? usual;
    const about = text === null ? description : `${description} (default ${text})`;
    command.option(`--${name} ${argument}`, `${about} (env ${variableOf(name)})`);
  }
  return command.addOption(
    new Option('--config <file>', 'YAML or JSON with these settings (env STATECRAFT_CONFIG)'),
  );
}

/**
 * The settings `names` that have a value. Rejects with ERR_INVALID_ARGUMENT for a text that cannot
 * be read, whichever source it is from, and with ERR_INVALID_CONFIG for the file.
 */
export async function resolveSettings(
  names: readonly SettingName[],
  flags: Flags,
  { io }: Pick<Shell, 'io'>,
  defaults: Partial<Record<SettingName, string>> = {},
): Promise<Resolved[]> {
  const file = flagOf(flags['config']) ?? variable(io.env['STATECRAFT_CONFIG']);
  const inFile = file === null ? null : await readConfigFile(file);
  return names.flatMap((name): Resolved[] => {
    const candidates: readonly (readonly [Source, string, string | null])[] = [
      ['flag', `--${name}`, flagOf(flags[camelCase(name)])],
      ['env', variableOf(name), variable(io.env[variableOf(name)])],
      ['file', `${file ?? ''}: ${name}`, inFile?.get(name) ?? null],
      ['default', 'default', defaults[name] ?? settings[name].default],
    ];
    const won = candidates.find(([, , text]) => text !== null);
    if (won === undefined) return [];
    const [source, origin, text] = won;
    if (text === null) return [];
    return [{ name, text, value: settings[name].parse(text, origin), source, origin }];
  });
}

/** All of `names`, by name. Rejects like `resolveSettings`, and with ERR_USAGE when one is missing. */
export async function settingsFor<Name extends SettingName>(
  names: readonly Name[],
  flags: Flags,
  shell: Pick<Shell, 'io'>,
  defaults: Partial<Record<SettingName, string>> = {},
): Promise<Pick<Settings, Name>> {
  const found = await resolveSettings(names, flags, shell, defaults);
  const missing = names.find((name) => !found.some((one) => one.name === name));
  if (missing !== undefined) {
    const { argument } = settings[missing];
    throw new StatecraftError(
      'ERR_USAGE',
      `Required option '--${missing} ${argument}' not specified. ` +
        `Pass it, set ${variableOf(missing)}, or write it to the file of --config.`,
    );
  }
  return Object.fromEntries(found.map(({ name, value }) => [name, value])) as Pick<Settings, Name>;
}

/** A setting that may be left out; null then. Rejects like `resolveSettings`. */
export async function optionalSetting<Name extends SettingName>(
  name: Name,
  flags: Flags,
  shell: Pick<Shell, 'io'>,
): Promise<Settings[Name] | null> {
  const [found] = await resolveSettings([name], flags, shell);
  return found === undefined ? null : (found.value as Settings[Name]);
}

function flagOf(given: unknown): string | null {
  return typeof given === 'string' ? given : null;
}

/** An empty one counts as none, as in most scripts. */
function variable(given: string | undefined): string | null {
  return given === undefined || given === '' ? null : given;
}

function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
