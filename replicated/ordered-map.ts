/**
 * A map from strings that iterates in key order: a B+ tree with cheap frozen copies.
 *
 * The order is that of UTF-16 code units, JavaScript's own `<` on strings: equal on every engine and
 * every locale. (It differs from the order of code points only above U+FFFF.)
 */
import sortedBtree from 'sorted-btree';

// A CommonJS module: Node gives the whole of it as the default, other loaders its own `default`.
const imported = sortedBtree as typeof sortedBtree | typeof sortedBtree.default;
const BTree = 'default' in imported ? imported.default : imported;

export interface OrderedMap<V> {
  get(key: string): V | undefined;
  /** Sets the value and returns the one it replaces. */
  set(key: string, value: V): V | undefined;
  /** Removes the key and returns what it held. */
  delete(key: string): V | undefined;
  /** Pairs in key order, from the first key that is not below `from`. Not while it is changed. */
  entries(from: string): Iterable<[string, V]>;
  /** A copy that later changes do not touch; shares its nodes until then, so it costs no walk. */
  clone(): OrderedMap<V>;
  readonly size: number;
}

export function createOrderedMap<V>(): OrderedMap<V> {
  return wrap(
    new BTree<string, V>(undefined, (left, right) => (left < right ? -1 : left > right ? 1 : 0)),
  );
}

function wrap<V>(tree: InstanceType<typeof BTree<string, V>>): OrderedMap<V> {
  return {
    get: (key) => tree.get(key),
    set(key, value) {
      const replaced = tree.get(key);
      tree.set(key, value);
      return replaced;
    },
    delete(key) {
      const removed = tree.get(key);
      tree.delete(key);
      return removed;
    },
    entries: (from) => tree.entries(from),
    clone: () => wrap(tree.clone()),
    get size() {
      return tree.size;
    },
  };
}
