/**
 * What touches Kafka: reads and writes records, checks topics and settings at start-up, and notices
 * lost transactions.
 */
@NullMarked
package dev.streambed.jobs.kafka;

import org.jspecify.annotations.NullMarked;
