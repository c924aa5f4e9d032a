/**
 * Embeds texts inside a Flink task: {@link dev.streambed.operator.EmbeddingRuntime}, its options
 * and its metrics. DataStream programs start at {@code
 * dev.streambed.operator.stream.StreamEmbedder}.
 */
@NullMarked
package dev.streambed.operator;

import org.jspecify.annotations.NullMarked;
