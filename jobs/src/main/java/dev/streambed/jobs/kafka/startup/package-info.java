/** Checks Kafka before the job is submitted: topics, settings, clients, names. */
@NullMarked
package dev.streambed.jobs.kafka.startup;

import org.jspecify.annotations.NullMarked;
