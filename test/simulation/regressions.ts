/**
 * Runs that once broke a promise: the whole drawn options of each, so that they stay what they were
 * when the drawing changes. test/simulation/simulate.test.ts runs them all.
 */
import type { SimulationOptions } from '../../simulation/options/options.ts';

export interface Regression {
  /** What was wrong. */
  readonly story: string;
  readonly options: SimulationOptions;
}

export const regressions: readonly Regression[] = [
  {
    story: 'a frame left out entries between a batch that was cut short and the next (I20)',
    options: {
      seed: 101,
      servers: 3,
      steps: 2000,
      timing: { heartbeatMs: 20, electionTimeoutMs: 120, stallTimeoutMs: 960 },
      network: {
        leastDelayMs: 0.14751602677289397,
        mostDelayMs: 2.6876645865293236,
        lossRate: 0.002473441531724865,
        duplicateRate: 0.0016480436221214905,
        holdUpRate: 0,
        holdUpMs: 338.7297720274302,
        inOrder: false,
      },
      wire: false,
      mostTurnMs: 4.008779362307448,
      leases: false,
      clockDrift: 0,
      diskLeastMs: 3.188004539065176,
      diskMostMs: 3.5458361149523365,
      maxFrameBytes: 778,
      maxInflightFrames: 64,
      maxApplyPerTurn: 1024,
      faults: {
        crash: { everyMs: 174.47055511348023, lastsMs: 502.65773957131535 },
        pause: { everyMs: 794.9200064650424, lastsMs: 144.27492518855314 },
      },
      workload: {
        clients: 5,
        pipeline: 4,
        keys: 2,
        maxPaddingChars: 85,
        thinkMs: 15.940438166389022,
        getShare: 0.605403186348992,
        leaseShare: 0,
        localShare: 0,
        deleteShare: 0.21876650257002955,
        loyalty: 0.8349203281494584,
        lossRate: 0,
        attemptTimeoutMs: 111.81364047983787,
        maxAttempts: 11,
      },
    },
  },
  {
    story: 'a server whose disk was mended in the instant in which it stopped stayed down (L1)',
    options: {
      seed: 98,
      servers: 5,
      steps: 2000,
      timing: { heartbeatMs: 12, electionTimeoutMs: 84, stallTimeoutMs: 504 },
      network: {
        leastDelayMs: 0.38752859919196075,
        mostDelayMs: 5.442649253905502,
        lossRate: 0,
        duplicateRate: 0,
        holdUpRate: 0.002473584394225448,
        holdUpMs: 18.737601906096405,
        inOrder: true,
      },
      wire: false,
      mostTurnMs: 0,
      leases: false,
      clockDrift: 0.012000913758578818,
      diskLeastMs: 3.2337900211042228,
      diskMostMs: 4.819916759359677,
      maxFrameBytes: 1048576,
      maxInflightFrames: 64,
      maxApplyPerTurn: 1024,
      faults: {
        oneWay: { everyMs: 182.106618225781, lastsMs: 155.2263124826617 },
        isolateAfterAppend: { everyMs: 144.4118905095695, lastsMs: 268.7931201041575 },
        bitRot: { everyMs: 110.38704588401971, lastsMs: 39.569620278013886 },
        doubt: { everyMs: 128.6446978977508, lastsMs: 66.37844485564106 },
      },
      workload: {
        clients: 5,
        pipeline: 2,
        keys: 6,
        maxPaddingChars: 109,
        thinkMs: 6.445741761886007,
        getShare: 0.08299237211727063,
        leaseShare: 0,
        localShare: 0,
        deleteShare: 0.01833453604446229,
        loyalty: 0.6671880179513133,
        lossRate: 0,
        attemptTimeoutMs: 61.90006772288787,
        maxAttempts: 12,
      },
    },
  },
];
