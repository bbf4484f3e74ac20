/**
 * The names of options: one that is missing or that nothing knows is refused by its name. Types say the
 * same, but plain JavaScript has none, and an option that is ignored configures something else.
 */
import { StatecraftError } from '../errors.ts';
import { defaultLimits, defaultTiming } from '../ports.ts';
import type { NodeOptions } from './options.ts';

/** Every option, and whether it must be given. */
const needed: Readonly<Record<keyof NodeOptions, boolean>> = {
  id: true,
  peers: true,
  client: true,
  dataDir: true,
  cluster: false,
  join: false,
  machines: false,
  timing: false,
  leases: false,
  limits: false,
  logger: false,
  faultToken: false,
  signal: false,
  onFault: false,
};

/** @throws StatecraftError ERR_INVALID_CONFIG, naming the option that is missing or unknown. */
export function checkNames(options: Readonly<Partial<Record<keyof NodeOptions, unknown>>>): void {
  for (const [name, isNeeded] of Object.entries(needed)) {
    const value = (options as Readonly<Record<string, unknown>>)[name];
    if (isNeeded && (value === undefined || value === null || value === '')) {
      throw new StatecraftError('ERR_INVALID_CONFIG', `${name} is missing`);
    }
  }
  const { limits, timing } = options;
  refuseUnknown('option', options, needed);
  refuseUnknown('limit', limits, defaultLimits);
  refuseUnknown('timing', timing, defaultTiming);
}

function refuseUnknown(what: string, given: unknown, known: object): void {
  const name = Object.keys(given ?? {}).find((one) => !Object.hasOwn(known, one));
  if (name === undefined) return;
  const names = Object.keys(known).join(', ');
  throw new StatecraftError(
    'ERR_INVALID_CONFIG',
    `the ${what} "${name}" is unknown; there are ${names}`,
  );
}
