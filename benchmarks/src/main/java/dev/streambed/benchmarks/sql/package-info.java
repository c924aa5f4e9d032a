/** Embeddings in Flink SQL against the DataStream job, and the search of a topic. */
@NullMarked
package dev.streambed.benchmarks.sql;

import org.jspecify.annotations.NullMarked;
