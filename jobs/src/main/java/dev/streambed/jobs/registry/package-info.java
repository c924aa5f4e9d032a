/** A schema registry with Confluent's REST interface: its client, and Avro by its schemas. */
@NullMarked
package dev.streambed.jobs.registry;

import org.jspecify.annotations.NullMarked;
