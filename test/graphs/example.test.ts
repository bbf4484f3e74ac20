/**
 * The example in the documentation is compiled and run like any other test, from here.
 */
import '../../docs/examples/graph-tests/order.test.ts';
