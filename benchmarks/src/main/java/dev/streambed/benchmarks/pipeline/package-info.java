/** Measures the job from Kafka to Kafka: {@code ./streambed benchmark pipeline}. */
@NullMarked
package dev.streambed.benchmarks.pipeline;

import org.jspecify.annotations.NullMarked;
