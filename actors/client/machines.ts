/**
 * The client's methods for any replicated state machine by its name: JSON in, JSON out, as the machine
 * takes and gives it. What the key-value store adds to that is kv.ts's.
 */
import type { Json } from '../../replicated/state-machine.ts';
import type * as api from './api.ts';
import { notJson } from './errors.ts';
import type { KvOptions } from './kv.ts';
import { readTerms } from './request.ts';

export function machineMethods({
  ask,
}: Pick<KvOptions, 'ask'>): Pick<api.Client, 'command' | 'query'> {
  return {
    command: async (machine, command, options = {}) =>
      ask({ op: 'command', machine, command: copied(command) }, options),
    query: async (machine, query, options = {}) =>
      ask({ op: 'read', machine, query: copied(query), ...readTerms(options) }, options),
  };
}

/** As it is now: requests are encoded later, and again at each try. ERR_INVALID_VALUE. */
function copied(value: Json): Json {
  try {
    return JSON.parse(JSON.stringify(value)) as Json;
  } catch (error) {
    throw notJson(error);
  }
}
