/**
 * Embedding of documents that change: keyed by document, so that what did not change costs nothing,
 * and no chunk is left over. Start reading at {@link dev.streambed.operator.change.KeyedEmbedding}.
 */
@NullMarked
package dev.streambed.operator.change;

import org.jspecify.annotations.NullMarked;
