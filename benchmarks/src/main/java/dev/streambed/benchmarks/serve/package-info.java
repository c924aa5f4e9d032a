/** Measures the server of embeddings, from the side of its clients. */
@NullMarked
package dev.streambed.benchmarks.serve;

import org.jspecify.annotations.NullMarked;
