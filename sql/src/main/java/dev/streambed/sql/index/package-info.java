/**
 * The table connector {@code streambed-index}: a topic of embeddings, searched by {@code
 * VECTOR_SEARCH}. {@link dev.streambed.sql.index.TopicFollower} reads the topic into an {@link
 * dev.streambed.sql.index.EmbeddingIndex} of each task.
 */
@NullMarked
package dev.streambed.sql.index;

import org.jspecify.annotations.NullMarked;
