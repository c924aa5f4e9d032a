/**
 * The Flink adapters of the embedder. Start reading at {@link
 * dev.streambed.operator.EmbeddingFunction}.
 */
@NullMarked
package dev.streambed.operator;

import org.jspecify.annotations.NullMarked;
