/** What the page offers when the server that sent it is gone. */
import { expect } from 'chai';
import { otherPage } from '../../apps/web/model/other-page.ts';

describe('web: the page of another server', () => {
  const n1 = { id: 'n1', address: '127.0.0.1:7401', connection: 'live' } as const;
  const n2 = { id: 'n2', address: '127.0.0.1:7402', connection: 'live' } as const;
  const origin = 'http://localhost:7401';

  it('is not needed while the server that sent this one is heard, whatever its address is called', () => {
    expect(otherPage(origin, [n1, n2], null)).to.equal(null);
  });

  it('is that of a server that is heard, once that one is lost, or is no member any more', () => {
    const page = { id: 'n2', href: 'http://127.0.0.1:7402/ui/' };
    expect(otherPage(origin, [{ ...n1, connection: 'lost' }, n2], null)).to.deep.equal(page);
    expect(otherPage(origin, [n2], null)).to.deep.equal(page);
    expect(otherPage(origin, [{ ...n1, connection: 'lost' }], null)).to.equal(null);
  });

  it('may break what this one may', () => {
    const access = { token: 'a+b', supervisor: '127.0.0.1:7400' };
    const href = otherPage(origin, [n2], access)?.href ?? '';
    const query = new URLSearchParams(href.split('?')[1]);
    expect(Object.fromEntries(query)).to.deep.equal({
      faults: 'a+b',
      supervisor: '127.0.0.1:7400',
    });
  });
});
