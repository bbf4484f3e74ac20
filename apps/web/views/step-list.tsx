/** The last transitions of an actor, newest first: what happened, because of what, asked of which guards. */
import { Fragment } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { causeName } from '../model/chart-places.ts';
import { fieldsOf } from '../model/messages.ts';
import { maxSteps, type Step } from '../model/steps.ts';
import { clockTime } from './clock-time.ts';

export function StepList({ steps }: { steps: readonly Step[] }) {
  const [all, setAll] = useState(true);
  const shown = steps.filter(({ changed }) => all || changed).toReversed();
  return (
    <section class="steps" aria-label="Last transitions">
      <div class="section-head">
        <h2>Last transitions</h2>
        <label>
          <input
            type="checkbox"
            checked={!all}
            onChange={({ currentTarget }) => setAll(!currentTarget.checked)}
          />{' '}
          only those that changed the state
        </label>
        <span class="muted small">{`the last ${maxSteps}; repeats are counted`}</span>
      </div>
      <div
        class="scroll table-scroll"
        tabIndex={0}
        role="group"
        aria-label="Transitions, newest first"
      >
        <table>
          <thead>
            <tr>
              <th scope="col">time</th>
              <th scope="col">event</th>
              <th scope="col">from, with</th>
              <th scope="col">transition</th>
              <th scope="col">guards</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((step) => (
              <Row key={step.key} step={step} />
            ))}
          </tbody>
        </table>
        {shown.length === 0 && <p class="empty">Nothing yet since the page opened.</p>}
      </div>
    </section>
  );
}

/** Drawn once: a step that is counted again is another object. */
function Row({ step }: { step: Step }) {
  return useMemo(() => <Cells step={step} />, [step]);
}

function Cells({ step }: { step: Step }) {
  const { atMs, cause, edges, guards, changed, count } = step;
  return (
    <tr class={changed ? 'changed' : ''}>
      <td class="number">{clockTime(atMs)}</td>
      <td>
        {changed && <b title="The state changed">● </b>}
        {breakable(causeName(cause.type))}
        {count > 1 && <span class="muted"> ×{count}</span>}
      </td>
      <td class="muted">{fieldsOf(cause)}</td>
      <td>{edges.length === 0 ? <i>ignored</i> : breakable(edges.map(leaves).join(', '))}</td>
      <td>
        {Object.entries(guards).map(([name, answer]) => (
          <span key={name} class={`guard ${answer ? 'yes' : 'no'}`}>
            {answer ? '✓' : '✕'} {name}{' '}
          </span>
        ))}
      </td>
    </tr>
  );
}

/** May be broken after its dots. */
function breakable(text: string) {
  return text.split(/(?<=\.)/).map((part, i) => (
    <Fragment key={i}>
      {part}
      <wbr />
    </Fragment>
  ));
}

/** `server.role.follower#current.vote#2` is the transition of `role.follower`. */
function leaves(edge: string): string {
  const state = edge.slice(0, edge.indexOf('#'));
  return state.slice(state.indexOf('.') + 1);
}
