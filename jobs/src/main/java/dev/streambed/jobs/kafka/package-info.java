/**
 * What touches Kafka: reads and writes records, says what a topic takes, and notices lost
 * transactions. What is checked before the start is in {@code startup}.
 */
@NullMarked
package dev.streambed.jobs.kafka;

import org.jspecify.annotations.NullMarked;
