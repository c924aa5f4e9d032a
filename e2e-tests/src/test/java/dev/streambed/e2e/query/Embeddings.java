package dev.streambed.e2e.query;

import dev.streambed.embedder.VectorSpace;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.SourcePosition;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Embeddings of a space of two dimensions, which no model here gives. */
final class Embeddings {
  static final VectorSpace SPACE = new VectorSpace("plane", "cd".repeat(6), "mean", 2);

  private Embeddings() {}

  static EmbeddingRecord of(@Nullable String text, long offset, float... vector) {
    return new EmbeddingRecord(
        "key-" + offset,
        text,
        vector,
        new Provenance(
            new ModelReference("plane", "1", "ab".repeat(32), "fp32"),
            SPACE.withDimensions(vector.length).toString(),
            /* prompt= */ null,
            3,
            /* truncated= */ false,
            0,
            Provenance.contentHash("text"),
            new SourcePosition("texts", 0, offset)),
        Map.of(),
        Long.MIN_VALUE);
  }
}
