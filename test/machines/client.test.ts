/** The client chart, stepped purely: whom it dials, when it leaves, and that it dials for nobody. */
import { expect } from 'chai';
import { initialTransition, transition } from 'xstate';
import { clientMachine, type ClientEvent } from '../../machines/client.machine.ts';
import { timerEvent } from '../../simulation/stepper.ts';

const waiting: ClientEvent = { type: 'calls.waiting' };
const settled: ClientEvent = { type: 'calls.settled' };
const opened: ClientEvent = { type: 'socket.opened' };
const closed: ClientEvent = { type: 'socket.closed' };
const heard: ClientEvent = { type: 'server.heard' };
const led: ClientEvent = { type: 'server.led' };
const overloaded: ClientEvent = { type: 'server.overloaded', restMs: 0 };
const stop: ClientEvent = { type: 'admin.stop' };
const redirected = (address: string | null): ClientEvent => ({
  type: 'server.redirected',
  address,
});
const fire = (delay: string, state: string): ClientEvent =>
  timerEvent(`xstate.after.${delay}.client.${state}`);

const askNow = fire('silenceTimeout', 'ready.debt.owed');
const silence = fire('silenceTimeout', 'ready.debt.silent');
const pauseIsOver = fire('backOff', 'backingOff');

/** The chart after `events`; of the last step, the slots that it filled, timers left out. */
function after(...events: readonly ClientEvent[]) {
  let [snapshot, effects] = initialTransition(clientMachine);
  for (const event of events) [snapshot, effects] = transition(clientMachine, snapshot, event);
  const { value, context } = snapshot;
  const slots = effects.map(({ type }) => type).filter((type) => !type.startsWith('xstate.'));
  const dial = effects.find(({ type }) => type === 'dial');
  return { value, context, slots, dialled: dial?.params };
}

describe('the client chart', () => {
  it('dials nobody until somebody asks, then the first endpoint', () => {
    expect(after().value).to.equal('idle');
    expect(after(waiting)).to.deep.include({
      value: 'seeking',
      slots: ['dial'],
      dialled: { turn: 0, hint: null },
    });
  });

  it('sends when it is open, and owes answers then', () => {
    expect(after(waiting, opened)).to.deep.include({
      value: { ready: { debt: 'owed', flow: 'flowing' } },
      slots: ['flush'],
    });
    expect(after(waiting, opened, settled).value).to.deep.equal({
      ready: { debt: 'none', flow: 'flowing' },
    });
  });

  it('takes the next endpoint, after a pause, when one cannot be reached', () => {
    const attempts: [string, ClientEvent[]][] = [
      ['closes', [waiting, closed]],
      ['does not open', [waiting, fire('dialTimeout', 'seeking')]],
      ['closes later', [waiting, opened, closed]],
      ['is to be left', [waiting, opened, redirected(null)]],
      ['is silent', [waiting, opened, askNow, silence]],
    ];
    for (const [what, events] of attempts) {
      expect(after(...events).value, what).to.equal('backingOff');
      expect(after(...events).slots, what).to.include('hangUp');
      expect(after(...events, pauseIsOver), what).to.deep.include({
        value: 'seeking',
        dialled: { turn: 1, hint: null },
      });
    }
  });

  it('says what has become of the requests whenever an open connection ends, however it does', () => {
    for (const end of [closed, redirected(null), redirected('c:3'), stop]) {
      expect(after(waiting, opened, end).slots, end.type).to.include.members(['hold', 'abandon']);
    }
    expect(after(waiting, opened, askNow, silence).slots).to.include.members(['hold', 'abandon']);
    expect(after(waiting, closed).slots).not.to.include('abandon');
  });

  it('follows the first hint at once, and a second one only after a pause', () => {
    const first = [waiting, opened, redirected('b:2')];
    expect(after(...first)).to.deep.include({
      value: 'redirected',
      dialled: { turn: 0, hint: 'b:2' },
    });
    const second = [...first, opened, redirected('a:1')];
    expect(after(...second).value).to.equal('backingOff');
    expect(after(...second, pauseIsOver)).to.deep.include({
      value: 'redirected',
      dialled: { turn: 0, hint: 'a:1' },
    });
  });

  it('forgets a hint that leads nowhere', () => {
    const events = [waiting, opened, redirected('b:2'), closed, pauseIsOver];
    expect(after(...events)).to.deep.include({
      value: 'seeking',
      dialled: { turn: 1, hint: null },
    });
  });

  it('counts the attempts until a server answers as a leader does', () => {
    const twice = [waiting, closed, pauseIsOver, closed, pauseIsOver];
    expect(after(...twice).context.attempts).to.equal(2);
    expect(after(...twice, opened).context.attempts).to.equal(2);
    expect(after(...twice, opened, led).context.attempts).to.equal(0);
  });

  it('asks a server for a sign of life now and then, and stays while it gives them', () => {
    const asked = [waiting, opened, askNow];
    expect(after(...asked).slots).to.deep.equal(['ping']);
    expect(after(...asked, heard).value).to.have.nested.property('ready.debt', 'owed');
    expect(after(...asked, heard, askNow).slots, 'anew').to.deep.equal(['ping']);
    expect(after(...asked, silence).value).to.equal('backingOff');
    expect(after(...asked, settled, silence).value, 'no debt').to.not.equal('backingOff');
  });

  it('asks a server that knows no leader a few times more: an election is under way', () => {
    const nowhere: ClientEvent = { type: 'server.leaderless' };
    const again = (times: number) =>
      Array.from({ length: times }, () => [opened, nowhere, pauseIsOver]).flat();
    expect(after(waiting, ...again(5)).dialled).to.deep.equal({ turn: 0, hint: null });
    expect(after(waiting, ...again(6)).dialled, 'cut off').to.deep.equal({ turn: 1, hint: null });
  });

  it('lets an overloaded leader rest: sends nothing, leaves nobody, then goes on', () => {
    const events = [waiting, opened, overloaded];
    expect(after(...events)).to.deep.include({
      value: { ready: { debt: 'owed', flow: 'resting' } },
      slots: ['hold'],
    });
    expect(after(...events, fire('restPause', 'ready.flow.resting')).slots).to.deep.equal([
      'flush',
    ]);
  });

  it('comes to rest when nobody asks any more, and begins again when somebody does', () => {
    const events = [waiting, closed, settled, pauseIsOver];
    expect(after(...events).value).to.equal('idle');
    expect(after(...events, waiting)).to.deep.include({
      value: 'seeking',
      dialled: { turn: 1, hint: null },
    });
  });

  it('hangs up when stopped, whatever it was doing', () => {
    for (const events of [[], [waiting], [waiting, opened], [waiting, closed]]) {
      expect(after(...events, stop).value).to.equal('stopped');
      expect(after(...events, stop).slots).to.include('hangUp');
    }
  });
});
