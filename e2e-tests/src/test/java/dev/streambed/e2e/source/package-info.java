/** The job's Kafka source, driven call by call as Flink's source operator does. */
@NullMarked
package dev.streambed.e2e.source;

import org.jspecify.annotations.NullMarked;
