/**
 * The time for what counts down: a component that uses it is drawn again about 25 times a second, or
 * twice for readers who asked for reduced motion.
 */
import { useEffect, useState } from 'preact/hooks';
import { reducedMotion } from './theme.ts';

const drawEveryMs = 40;
const drawEveryMsStill = 500;

/** Unix time in milliseconds, by this page's clock. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    let drawnAtMs = 0;
    let request = 0;
    const draw = (atMs: number): void => {
      const everyMs = reducedMotion.peek() ? drawEveryMsStill : drawEveryMs;
      if (atMs - drawnAtMs >= everyMs) {
        drawnAtMs = atMs;
        setNow(Date.now());
      }
      request = requestAnimationFrame(draw);
    };
    request = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(request);
  }, []);
  return now;
}
