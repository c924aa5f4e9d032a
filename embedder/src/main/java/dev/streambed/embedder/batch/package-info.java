/**
 * Batches across callers: a bounded queue, workers that pull, batches cut by tokens, one future per
 * text.
 */
@NullMarked
package dev.streambed.embedder.batch;

import org.jspecify.annotations.NullMarked;
