/**
 * Embeddings for DataStream programs. Start reading at {@link
 * dev.streambed.operator.stream.StreamEmbedder}.
 */
@NullMarked
package dev.streambed.operator.stream;

import org.jspecify.annotations.NullMarked;
