/**
 * A chart's definition as text and as a hash: what tells a watcher which chart a node really runs.
 *
 * As in Stately's protocol, it is the machine's configuration with functions replaced by objects
 * that carry their name. What a slot does is no part of it, so a chart whose slots are filled has
 * the definition of the one that is drawn.
 */
import type { AnyStateMachine } from 'xstate';
import { crc32 } from '../../storage/crc32.ts';
import type { Definition } from './events.ts';

const known = new WeakMap<object, Definition>();

/** The definition of a machine; computed once per configuration. */
export function definitionOf(machine: Pick<AnyStateMachine, 'config' | 'id'>): Definition {
  const { config, id } = machine;
  let definition = known.get(config);
  if (definition === undefined) {
    const json = JSON.stringify(config, (_key, value: unknown) =>
      typeof value === 'function' ? { type: value.name } : value,
    );
    const hash = crc32(new TextEncoder().encode(json), 0).toString(16).padStart(8, '0');
    definition = { id, hash, json };
    known.set(config, definition);
  }
  return definition;
}
