/** The timers that an actor has armed, each with what is left of it. */
import type { Timer } from '../../../actors/inspect/index.ts';
import type { ServerModel } from '../model/server-model.ts';
import { useNow } from '../use-now.ts';

interface Props {
  readonly server: ServerModel;
  readonly path: string;
  readonly timers: readonly Timer[];
}

export function TimerBars({ server, path, timers }: Props) {
  const now = useNow();
  if (timers.length === 0) return <p class="muted small">None is armed.</p>;
  return (
    <ul class="timers">
      {timers.map((timer) => {
        const { leftMs, share } = server.left(path, timer, now);
        return (
          <li key={timer.id}>
            <span>{timer.delay}</span>
            <span class="bar" aria-hidden="true">
              <span style={{ width: `${share * 100}%` }} />
            </span>
            <span class="number">{Math.round(leftMs)} ms</span>
          </li>
        );
      })}
    </ul>
  );
}
