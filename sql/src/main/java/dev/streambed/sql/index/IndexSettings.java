package dev.streambed.sql.index;

import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.MemorySize;
import org.jspecify.annotations.Nullable;

/**
 * How an index searches.
 *
 * @param exactBelow number of vectors below which a query is compared with each
 * @param candidates that the graph gives for a query, at least 1
 * @param maxConnections M of HNSW, 2 to 512
 * @param beamWidth efConstruction of HNSW, 1 to 3200
 * @param buffer heap for vectors that are in no graph yet; null for a share of the JVM's
 */
@Internal
public record IndexSettings(
    int exactBelow, int candidates, int maxConnections, int beamWidth, @Nullable MemorySize buffer)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  static final MemorySize SMALLEST_BUFFER = MemorySize.ofMebiBytes(16); // Lucene's default

  private static final MemorySize LARGEST_SHARE = MemorySize.ofMebiBytes(512);
  private static final int HEAP_PER_BUFFER = 8;

  /** Those of a table that says nothing else. */
  public static final IndexSettings DEFAULT =
      new IndexSettings(10_000, 250, 32, 100, /* buffer= */ null);

  /** The buffer, or this JVM's share. */
  MemorySize bufferOrShare() {
    if (buffer != null) {
      return buffer;
    }
    MemorySize share = new MemorySize(Runtime.getRuntime().maxMemory() / HEAP_PER_BUFFER);
    return Collections.max(
        List.of(SMALLEST_BUFFER, Collections.min(List.of(share, LARGEST_SHARE))));
  }
}
