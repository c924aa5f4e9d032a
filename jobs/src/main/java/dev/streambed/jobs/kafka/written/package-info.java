/** The topic of embeddings, read by a job that begins to look for changes. */
@NullMarked
package dev.streambed.jobs.kafka.written;

import org.jspecify.annotations.NullMarked;
