/** Whose pages may open a WebSocket: those that a server of the cluster served on this machine. */
import { expect } from 'chai';
import { refuseUpgrade } from '../../transport/upgrade-guard.ts';

function refused(
  origin: string,
  members: readonly string[],
  host = '127.0.0.1:7402',
): string | null {
  const request = { headers: { host, origin } };
  return refuseUpgrade(request, { hosts: [], origin: 'sameLoopback', members })?.code ?? null;
}

describe('transport: pages of the cluster', () => {
  const members = ['127.0.0.1:7401', '127.0.0.1:7402'];

  it("a server's page may watch the other servers, by whatever name of loopback it was opened", () => {
    expect(refused('http://127.0.0.1:7401', members)).to.equal(null);
    expect(refused('http://localhost:7401', members)).to.equal(null);
  });

  it('a page of a port that no server has may not, though it is on this machine', () => {
    expect(refused('http://127.0.0.1:3000', members)).to.equal('ERR_ORIGIN_REFUSED');
    expect(refused('http://127.0.0.1', members)).to.equal('ERR_ORIGIN_REFUSED');
  });

  it('a page of another site may not, whatever port it names', () => {
    expect(refused('http://evil.test:7401', members)).to.equal('ERR_ORIGIN_REFUSED');
    expect(refused('null', members)).to.equal('ERR_ORIGIN_REFUSED');
    expect(refused('http://127.0.0.1:7401.evil.test', members)).to.equal('ERR_ORIGIN_REFUSED');
  });

  it('a member that is not on loopback opens no door to a local page with its port', () => {
    expect(refused('http://127.0.0.1:9000', ['10.0.0.7:9000'])).to.equal('ERR_ORIGIN_REFUSED');
  });

  it('without members only the page of the very server may', () => {
    expect(refused('http://127.0.0.1:7402', [])).to.equal(null);
    expect(refused('http://127.0.0.1:7401', [])).to.equal('ERR_ORIGIN_REFUSED');
  });
});
