/** A Kafka broker in a JVM of its own, for the demo, the tests and the benchmarks. */
@NullMarked
package dev.streambed.broker;

import org.jspecify.annotations.NullMarked;
