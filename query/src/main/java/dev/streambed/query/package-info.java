/**
 * Topics of embeddings, read and searched: {@link dev.streambed.query.EmbeddingReader} and {@link
 * dev.streambed.query.VectorIndex}.
 */
@NullMarked
package dev.streambed.query;

import org.jspecify.annotations.NullMarked;
