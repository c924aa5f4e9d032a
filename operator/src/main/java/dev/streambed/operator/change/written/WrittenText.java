package dev.streambed.operator.change.written;

import dev.streambed.embedder.Embedding;
import dev.streambed.operator.stream.TextChunk;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * A text that was written with a vector of the job's model, or a chunk of one.
 *
 * @param contentHash SHA-256 of the text, in hex
 * @param promptName as the embedder calls it, also if it is none
 * @param embedding all of its vectors, in the order of the embedder
 * @param chunk null for a whole text
 * @param timestampMillis of Kafka, in milliseconds since 1970
 */
@Internal
public record WrittenText(
    String contentHash,
    String promptName,
    Embedding embedding,
    @Nullable TextChunk chunk,
    long timestampMillis) {}
