/** The shell in between that dies without a word (apps/cli/npm-shell.ts). */
import { expect } from 'chai';
import sinon from 'sinon';
import { onShellGone } from '../../apps/cli/npm-shell.ts';

describe('cli: the shell of npm', () => {
  let clock: sinon.SinonFakeTimers;
  let gone: number;
  let parent: number;

  beforeEach(() => {
    clock = sinon.useFakeTimers();
    gone = 0;
    parent = 42;
  });
  afterEach(() => clock.restore());

  const watch = (env: Record<string, string>) =>
    onShellGone(
      env,
      () => parent,
      () => (gone += 1),
    );

  it('is told of once when the process falls to another parent', () => {
    watch({ npm_lifecycle_event: 'start' });
    clock.tick(10_000);
    expect(gone).to.equal(0);
    parent = 1;
    clock.tick(10_000);
    expect(gone).to.equal(1);
    expect(clock.countTimers()).to.equal(0);
  });

  it('may be process 1, as in a container', () => {
    parent = 1;
    watch({ npm_lifecycle_event: 'npx' });
    clock.tick(10_000);
    expect(gone).to.equal(0);
  });

  it('is nothing that a process of its own waits for, and can be let go', () => {
    watch({});
    expect(clock.countTimers()).to.equal(0);
    watch({ npm_lifecycle_event: 'start' })();
    expect(clock.countTimers()).to.equal(0);
  });
});
