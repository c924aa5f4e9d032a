/**
 * Texts to chunks: ranges that fit into the model, cut where a reader would pause. The sizes are
 * counted by the model's own tokeniser, the places are those of Unicode, as ICU finds them.
 *
 * <pre>
 *   text -> Pieces: sentences with their tokens -> Cutter: the last good place below the limit -> Chunk
 *           ICU, tokeniser                         tokenises the chunk again, and takes less while it is over
 * </pre>
 *
 * Start reading at {@link dev.streambed.embedder.chunk.TextSplitter}.
 */
@NullMarked
package dev.streambed.embedder.chunk;

import org.jspecify.annotations.NullMarked;
