/** A real broker, a real Flink, faults; and the architecture test. */
@NullMarked
package dev.streambed.e2e;

import org.jspecify.annotations.NullMarked;
