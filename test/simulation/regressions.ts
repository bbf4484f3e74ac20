/**
 * Runs that once broke a promise: the whole drawn options of each, so that they stay what they were
 * when the drawing changes. test/simulation/simulate.test.ts runs them all.
 */
import type { SimulationOptions } from '../../simulation/options.ts';

export interface Regression {
  /** What was wrong. */
  readonly story: string;
  readonly options: SimulationOptions;
}

export const regressions: readonly Regression[] = [
  {
    story: 'a frame left out entries between a batch that was cut short and the next (I20)',
    options: {
      seed: 27,
      servers: 3,
      steps: 2000,
      timing: { heartbeatMs: 24, electionTimeoutMs: 192, stallTimeoutMs: 768 },
      network: {
        leastDelayMs: 0.593062910947579,
        mostDelayMs: 0.7500777317026168,
        lossRate: 0,
        duplicateRate: 0.0024947655908524077,
        holdUpRate: 0.030284083429271098,
        holdUpMs: 114.56944753726404,
        inOrder: false,
      },
      wire: false,
      diskLeastMs: 0.4180160423703414,
      diskMostMs: 2.168879320037111,
      maxFrameBytes: 803,
      faults: {
        crash: { everyMs: 1532.3702918390804, lastsMs: 689.3095871122559 },
        pause: { everyMs: 166.2772810513669, lastsMs: 237.52251412885087 },
        cut: { everyMs: 420.98975393961996, lastsMs: 12.728755815774843 },
        diskStall: { everyMs: 802.2535001912738, lastsMs: 289.6293025308898 },
      },
      workload: {
        clients: 2,
        pipeline: 4,
        keys: 7,
        maxPaddingChars: 145,
        thinkMs: 65.50846381989363,
        getShare: 0.3707036112389544,
        deleteShare: 0.14348580161154362,
        loyalty: 0.9197359142840386,
        lossRate: 0.013912830438402109,
        attemptTimeoutMs: 143.7882913703136,
        maxAttempts: 11,
      },
    },
  },
];
