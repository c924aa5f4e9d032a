/**
 * Reads the source topic, and notices when Kafka no longer has the next records
 * (docs/decisions/0080).
 */
@NullMarked
package dev.streambed.jobs.kafka.source;

import org.jspecify.annotations.NullMarked;
