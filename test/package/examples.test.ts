/**
 * The examples of embedding are compiled and run like any other test, from here.
 */
import '../../docs/examples/embedding/embedding.test.ts';
import '../../docs/examples/locks/report.test.ts';
