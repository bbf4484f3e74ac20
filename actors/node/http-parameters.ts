/**
 * Which parameters a request about keys may carry (docs/http.md). One that is ignored would mislead:
 * `?consistancy=local` would be answered as if nothing had been asked. Probes and `/metrics` are
 * lenient, since those who scrape add parameters of their own.
 */
const reads = ['consistency', 'atLeast', 'forward'];
const ofKey: readonly string[] = [...reads, 'raw'];
const ofList: readonly string[] = [...reads, 'prefix', 'start', 'end', 'limit'];
const ofPut: readonly string[] = ['ttlMs', 'forward'];
const ofDelete: readonly string[] = ['forward'];

/** What is wrong with the parameters of a request; null: nothing. */
export function parameterTrouble(
  method: string,
  isList: boolean,
  query: URLSearchParams,
): string | null {
  const known = knownTo(method, isList);
  const name = [...query.keys()].find((one) => !known.includes(one));
  if (name === undefined) return null;
  return `The parameter ${JSON.stringify(name)} is unknown here; there are ${known.join(', ')}`;
}

function knownTo(method: string, isList: boolean): readonly string[] {
  if (isList) return ofList;
  if (method === 'PUT') return ofPut;
  return method === 'DELETE' ? ofDelete : ofKey;
}
