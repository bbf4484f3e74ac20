/**
 * Mocha's `spec` reporter, and what CI needs beside it: the seconds of each suite, and the counts.
 *
 * A suite is a top-level `describe`, hooks included. The last line of the output is
 * `N passed, N failed`, from mocha's own counts, for `.ci/run` and for whoever reads a log.
 */
import Mocha from 'mocha';

export default class Reporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const suites: { readonly title: string; readonly seconds: number }[] = [];
    let startedAt = 0;
    runner.on('suite', (suite) => {
      if (suite.parent?.root) startedAt = performance.now();
    });
    runner.on('suite end', (suite) => {
      if (!suite.parent?.root) return;
      suites.push({ title: suite.title, seconds: (performance.now() - startedAt) / 1_000 });
    });
    // Behind the listener by which `spec` prints the failures, which was added first.
    runner.once('end', () => {
      console.log('seconds per suite');
      for (const { title, seconds } of suites.sort((a, b) => b.seconds - a.seconds)) {
        console.log(`${seconds.toFixed(2).padStart(8)}  ${title}`);
      }
      const { passes, failures, pending } = this.stats;
      if (pending > 0) console.log(`${pending} pending`);
      console.log(`${passes} passed, ${failures} failed`);
    });
  }
}
