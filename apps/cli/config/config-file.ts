/**
 * A configuration file as texts by setting: YAML (`.yaml`, `.yml`) or JSON, the same keys as the flags,
 * `peers` as a map and `endpoints` as a list if one likes. A key that is none is refused, since a
 * typing error that is ignored configures something else.
 */
import { readFile } from 'node:fs/promises';
import { StatecraftError } from '../../../actors/errors.ts';
import { didYouMean } from '../did-you-mean.ts';
import { settingNames, type SettingName } from './settings.ts';

/** Bytes of a file; a real one has a few hundred. */
const maxFileBytes = 1 << 20;

/** Rejects with ERR_INVALID_CONFIG, naming file and key. */
export async function readConfigFile(file: string): Promise<ReadonlyMap<SettingName, string>> {
  const found = new Map<SettingName, string>();
  for (const [key, value] of entriesOf(await parse(file), file)) {
    const name = settingNames.find((one) => one === key);
    if (name === undefined) {
      throw invalid(`${file} has the unknown key "${key}".${didYouMean(key, settingNames)}`);
    }
    found.set(name, asText(value, `"${key}" of ${file}`, file));
  }
  return found;
}

async function parse(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw invalid(
      `${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`,
    );
  });
  if (text.length > maxFileBytes) throw invalid(`${file} is longer than ${maxFileBytes} bytes.`);
  try {
    if (!/\.ya?ml$/.test(file)) return JSON.parse(text) as unknown;
    // Only here: most commands read no file, and most files are JSON.
    const yaml = await import('yaml');
    return yaml.parse(text, { mapAsMap: true, maxAliasCount: 0 }) as unknown;
  } catch (error) {
    const [why = ''] = (error as Error).message.split('\n');
    throw invalid(`${file} cannot be understood: ${why.replace(/[:.]$/, '')}.`);
  }
}

/** A scalar as it would stand in a flag; maps and lists joined as there. */
function asText(value: unknown, what: string, file: string): string {
  if (['string', 'number', 'boolean'].includes(typeof value)) return String(value);
  if (Array.isArray(value)) return value.map((item) => asText(item, what, file)).join(',');
  if (typeof value === 'object' && value !== null) {
    const parts = entriesOf(value, file).map(([id, at]) => `${id}=${asText(at, what, file)}`);
    return parts.join(',');
  }
  throw invalid(`${what} is ${String(value)}: give a text, or leave the key out.`);
}

function entriesOf(value: unknown, file: string): [string, unknown][] {
  if (value instanceof Map) return [...value].map(([key, inner]) => [String(key), inner]);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value);
  }
  throw invalid(`${file} must hold keys and values, as in "id: n1".`);
}

function invalid(message: string): StatecraftError {
  const remedy = 'See "statecraft config --help".';
  return new StatecraftError('ERR_INVALID_CONFIG', `${message} ${remedy}`);
}
