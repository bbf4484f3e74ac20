/**
 * What the page may break: the secret, and where the demo's supervisor listens, from the address that
 * the demo or `start --enable-faults` printed, `#/?faults=SECRET&supervisor=127.0.0.1:PORT`.
 *
 * They are kept for this tab, so that a reload still has them, and taken out of the address.
 */
import type { FaultAccess } from './faults.ts';

const key = 'statecraft.faults';

/** null: this page may only look. */
export function takeFaultAccess(): FaultAccess | null {
  const [path = '', search = ''] = location.hash.split('?', 2);
  const query = new URLSearchParams(search);
  const token = query.get('faults');
  if (token !== null) {
    const access: FaultAccess = { token, supervisor: query.get('supervisor') };
    sessionStorage.setItem(key, JSON.stringify(access));
    history.replaceState(null, '', path);
  }
  return parse(sessionStorage.getItem(key));
}

function parse(kept: string | null): FaultAccess | null {
  return kept === null ? null : (JSON.parse(kept) as FaultAccess);
}
