/** A load at a chosen rate, and how many of its puts were answered, refused or left without an answer. */
import type { Load } from '../model/load.ts';

export function LoadPanel({ load }: { load: Load }) {
  const rate = load.rate.value;
  const { ok, failed, unknown, unsent } = load.counts.value;
  return (
    <section class="load" aria-label="Load">
      <label class="slider">
        <span>Load of puts</span>
        <input
          type="range"
          min={0}
          max={load.maxRate}
          step={50}
          value={rate}
          aria-valuetext={`${rate} a second`}
          onInput={({ currentTarget }) => load.set(Number(currentTarget.value))}
        />
        <span class="number">{rate} /s</span>
      </label>
      <dl class="facts" data-test="load">
        <div>
          <dt>✓ ok</dt>
          <dd>{ok}</dd>
        </div>
        <div>
          <dt>✕ failed</dt>
          <dd>{failed}</dd>
        </div>
        <div title="Nobody was left to say whether they took effect">
          <dt>? unknown</dt>
          <dd>{unknown}</dd>
        </div>
        <div title="Too many had no answer yet">
          <dt>– not sent</dt>
          <dd>{unsent}</dd>
        </div>
      </dl>
      <button type="button" onClick={() => load.reset()}>
        Count anew
      </button>
    </section>
  );
}
