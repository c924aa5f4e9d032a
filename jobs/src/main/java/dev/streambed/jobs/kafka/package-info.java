/**
 * Everything that touches Kafka: reads and writes records, knows the limits of topics, and notices
 * lost transactions. The checks before the start are in {@code startup}.
 */
@NullMarked
package dev.streambed.jobs.kafka;

import org.jspecify.annotations.NullMarked;
