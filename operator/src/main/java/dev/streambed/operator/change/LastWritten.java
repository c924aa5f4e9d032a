package dev.streambed.operator.change;

import dev.streambed.embedder.Embedding;
import dev.streambed.operator.change.Fingerprinter.Fingerprint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A document as it was last written, as far as state keeps it (docs/decisions/0120).
 *
 * @param text of its texts, and of all else that decides their vectors
 * @param tokens of its texts
 * @param content null unless it may be written again without being embedded
 */
record LastWritten(Fingerprint text, int tokens, @Nullable Content content) {

  /**
   * The parts that are needed to write a document again.
   *
   * @param metadata of what was written with the vectors
   * @param embeddings one per text; shared with what was emitted, never changed
   */
  record Content(Fingerprint metadata, List<Embedding> embeddings) {
    Content {
      embeddings = List.copyOf(embeddings);
    }
  }

  /**
   * The memory of a document that is being written.
   *
   * @param metadata null if the vectors are not to be kept
   */
  static LastWritten of(
      Fingerprint text, @Nullable Fingerprint metadata, List<Embedding> embeddings) {
    int tokens = 0;
    for (Embedding embedding : embeddings) {
      tokens += embedding.tokens();
    }
    return new LastWritten(
        text, tokens, metadata == null ? null : new Content(metadata, embeddings));
  }
}
