/** Things that happened, newest first: batches of entries, elections, changes of state. */
import { useMemo } from 'preact/hooks';
import { detailInWords, type Thing } from '../model/compact-events.ts';
import { clockTime } from './clock-time.ts';

const glyphs: Readonly<Record<Thing['kind'], string>> = {
  entries: '■',
  election: '◆',
  state: '●',
  actor: '○',
};

export function CompactList({ things }: { things: readonly Thing[] }) {
  return (
    <div class="scroll table-scroll tall" tabIndex={0} role="group" aria-label="What happened">
      <table class="compact" data-test="compact">
        <thead>
          <tr>
            <th scope="col">time</th>
            <th scope="col">server</th>
            <th scope="col">what</th>
            <th scope="col">and then</th>
            <th scope="col">took</th>
          </tr>
        </thead>
        <tbody>
          {things.map((thing) => (
            <Row key={thing.key} thing={thing} />
          ))}
        </tbody>
      </table>
      {things.length === 0 && (
        <p class="empty">Nothing that passes the filters has happened since the page opened.</p>
      )}
    </div>
  );
}

/** A thing that goes on is another object. */
function Row({ thing }: { thing: Thing }) {
  return useMemo(() => {
    const { atMs, server, kind, title, details, tookMs } = thing;
    return (
      <tr>
        <td class="number">{clockTime(atMs)}</td>
        <td>{server}</td>
        <td>
          <span aria-hidden="true">{glyphs[kind]} </span>
          {title}
        </td>
        <td class="muted">{details.map(detailInWords).join(' · ')}</td>
        <td class="number">{details.length === 0 ? '' : `${Math.round(tookMs)} ms`}</td>
      </tr>
    );
  }, [thing]);
}
