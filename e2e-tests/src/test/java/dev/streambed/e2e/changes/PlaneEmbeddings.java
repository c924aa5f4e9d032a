package dev.streambed.e2e.changes;

import dev.streambed.embedder.VectorSpace;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.OtherVector;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Embeddings of two lengths, which no model here gives; chunks stand under headings. */
final class PlaneEmbeddings {
  static final String DIGEST = "ab".repeat(32);

  private static final VectorSpace SPACE =
      new VectorSpace("plane", "cd".repeat(6), "mean", /* dimensions= */ 3);

  static final List<String> SPACES = List.of(SPACE.toString(), SPACE.withDimensions(2).toString());

  static final List<String> HEADINGS = List.of("Animals", "Dogs");

  private PlaneEmbeddings() {}

  static byte[] of(String text, String digest, @Nullable ChunkOfText chunk) {
    return EmbeddingRecordCodec.encodeJson(
        new EmbeddingRecord(
            "key",
            text,
            new float[] {0.5f, -0.25f, 1.1f},
            List.of(new OtherVector(SPACES.get(1), new float[] {0.1f, 0.2f})),
            new Provenance(
                new ModelReference("plane", "1", digest, "fp32"),
                SPACE.toString(),
                /* prompt= */ null,
                3,
                /* truncated= */ false,
                0,
                Provenance.contentHash(text),
                new SourcePosition("texts", 0, 1)),
            chunk == null ? Map.of("n", 1L) : Map.of("n", 1L, ChunkOfText.HEADINGS, HEADINGS),
            Long.MIN_VALUE,
            chunk));
  }
}
