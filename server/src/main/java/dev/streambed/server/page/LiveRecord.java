package dev.streambed.server.page;

import dev.streambed.query.EmbeddingReader.Entry;
import dev.streambed.schemas.EmbeddingRecord;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An embedding that is held. Its place on the map belongs to the thread of {@link PageSteps}; the
 * rest does not change.
 */
final class LiveRecord {
  /** Objects, references and what the index has of it; by its fields, not measured. */
  private static final long OBJECT_BYTES = 600;

  private final Entry entry;
  private final EmbeddingRecord embedding;
  private final long id;

  private float x = Float.NaN;
  private float y = Float.NaN;

  LiveRecord(Entry entry, long id) {
    this.entry = entry;
    this.embedding = entry.embedding();
    this.id = id;
  }

  Entry entry() {
    return entry;
  }

  EmbeddingRecord embedding() {
    return embedding;
  }

  long id() {
    return id;
  }

  void place(float newX, float newY) {
    this.x = newX;
    this.y = newY;
  }

  boolean isPlaced() {
    return !Float.isNaN(x);
  }

  float x() {
    return x;
  }

  float y() {
    return y;
  }

  /** The memory that it takes, about; rather too much. */
  long bytes() {
    return bytes(embedding, entry.key());
  }

  private static long bytes(EmbeddingRecord embedding, byte @Nullable [] key) {
    long bytes = OBJECT_BYTES + 4L * embedding.dimensions() + (key == null ? 0 : key.length);
    bytes += embedding.text() == null ? 0 : 2L * embedding.text().length();
    for (var other : embedding.others()) {
      bytes += 4L * other.dimensions();
    }
    for (Map.Entry<String, ?> each : embedding.metadata().entrySet()) {
      bytes += 100 + 2L * each.getKey().length();
      bytes += each.getValue() instanceof List<?> list ? size(list) : size(each.getValue());
    }
    return bytes;
  }

  private static long size(List<?> list) {
    long bytes = 0;
    for (Object element : list) {
      bytes += size(element);
    }
    return bytes;
  }

  private static long size(@Nullable Object value) {
    return value instanceof String text ? 60 + 2L * text.length() : 24;
  }
}
