package dev.streambed.server.page;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.streambed.query.EmbeddingReader.Entry;
import dev.streambed.query.MetadataFilter;
import dev.streambed.query.Nearest.Hit;
import dev.streambed.query.RecordPlace;
import dev.streambed.query.VectorIndex;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * The newest embeddings of a topic, the last of each key, with an index to search them. One thread
 * adds, another takes steps, and any searches. Thread-safe.
 */
final class LiveRecords {
  private final int maxRecords;
  private final long maxBytes;
  private final ReadWriteLock lock = new ReentrantReadWriteLock();

  @GuardedBy("lock")
  private final VectorIndex<LiveRecord> index = new VectorIndex<>();

  /** By their ids, which are their places in the index. */
  @GuardedBy("lock")
  private final NavigableMap<Long, LiveRecord> byId = new TreeMap<>();

  @GuardedBy("lock")
  private final Map<ByteBuffer, LiveRecord> byKey = new HashMap<>();

  /** The keys whose last record is no embedding; as many as records at most. */
  @GuardedBy("lock")
  private final Map<ByteBuffer, RecordPlace> withoutEmbedding = new LinkedHashMap<>();

  @GuardedBy("lock")
  private long bytes;

  @GuardedBy("lock")
  private long nextId;

  /** Up to this id, steps have told of all that they tell of. */
  @GuardedBy("lock")
  private long toldId = -1;

  @GuardedBy("lock")
  private List<Long> removedOfTold = new ArrayList<>();

  /**
   * Holds nothing yet.
   *
   * @param maxBytes most memory for records; one record is held whatever it takes
   */
  LiveRecords(int maxRecords, long maxBytes) {
    this.maxRecords = maxRecords;
    this.maxBytes = maxBytes;
  }

  /** The changes since the last step. */
  record Step(List<Long> removed, List<LiveRecord> arrived) {}

  /**
   * What a search found.
   *
   * @param matching how many records pass the filters
   * @param searched how many there are
   */
  record Found(List<Hit<LiveRecord>> hits, int matching, int searched) {}

  /** The last record of its key is an embedding. */
  void add(Entry entry) {
    write(
        () -> {
          byte[] key = entry.key();
          ByteBuffer name = key == null ? null : ByteBuffer.wrap(key);
          if (name != null && !takeFormer(name, entry.place())) {
            return;
          }
          var record = new LiveRecord(entry, nextId++);
          long unused = index.add(record.embedding().embedding(), record);
          byId.put(record.id(), record);
          if (name != null) {
            byKey.put(name, record);
          }
          bytes += record.bytes();
          while (byId.size() > 1 && (byId.size() > maxRecords || bytes > maxBytes)) {
            remove(byId.firstEntry().getValue());
          }
        });
  }

  /** The last record of its key is a tombstone, or nothing that can be shown. */
  void addWithoutEmbedding(Entry entry) {
    write(
        () -> {
          byte[] key = entry.key();
          if (key != null && takeFormer(ByteBuffer.wrap(key), entry.place())) {
            withoutEmbedding.put(ByteBuffer.wrap(key), entry.place());
            if (withoutEmbedding.size() > maxRecords) {
              withoutEmbedding.remove(withoutEmbedding.keySet().iterator().next());
            }
          }
        });
  }

  /** Removes what a key had; false if that is the later one. */
  @GuardedBy("lock")
  private boolean takeFormer(ByteBuffer key, RecordPlace place) {
    LiveRecord former = byKey.get(key);
    RecordPlace gone = withoutEmbedding.get(key);
    if ((former != null && !place.isAfter(former.entry().place()))
        || (gone != null && !place.isAfter(gone))) {
      return false;
    }
    if (former != null) {
      remove(former);
    }
    withoutEmbedding.remove(key);
    return true;
  }

  @GuardedBy("lock")
  private void remove(LiveRecord record) {
    byId.remove(record.id());
    index.remove(record.id());
    bytes -= record.bytes();
    byte[] key = record.entry().key();
    if (key != null) {
      byKey.remove(ByteBuffer.wrap(key));
    }
    if (record.id() <= toldId) {
      removedOfTold.add(record.id());
    }
  }

  /** Another topic of that name begins. */
  void clear() {
    write(
        () -> {
          new ArrayList<>(byId.values()).forEach(this::remove);
          withoutEmbedding.clear();
        });
  }

  /**
   * Tells what changed since the last call.
   *
   * @param most records; the others come in the next steps
   * @param window the newest records, of which alone it tells
   */
  Step step(int most, int window) {
    lock.writeLock().lock();
    try {
      List<Long> removed = removedOfTold;
      removedOfTold = new ArrayList<>();
      List<LiveRecord> arrived = new ArrayList<>();
      long from = Math.max(toldId, nextId - 1 - window);
      for (LiveRecord record : byId.tailMap(from, /* inclusive= */ false).values()) {
        if (arrived.size() == most) {
          break;
        }
        arrived.add(record);
      }
      toldId = arrived.isEmpty() ? toldId : arrived.get(arrived.size() - 1).id();
      return new Step(removed, arrived);
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** The nearest of those that pass all filters. */
  Found search(float[] query, int top, List<MetadataFilter> filters) {
    return read(
        () -> {
          var matching = new AtomicInteger();
          List<Hit<LiveRecord>> hits =
              index.search(
                  query,
                  top,
                  record -> {
                    boolean passes = passes(record, filters);
                    if (passes) {
                      matching.incrementAndGet();
                    }
                    return passes;
                  });
          return new Found(hits, matching.get(), byId.size());
        });
  }

  private static boolean passes(LiveRecord record, List<MetadataFilter> filters) {
    return filters.stream().allMatch(filter -> filter.takes(record.embedding().metadata()));
  }

  int size() {
    return read(byId::size);
  }

  Optional<LiveRecord> find(long id) {
    return read(() -> Optional.ofNullable(byId.get(id)));
  }

  /** The newest ones, the newest first. */
  List<LiveRecord> newest(int most) {
    return read(
        () -> {
          List<LiveRecord> newest = new ArrayList<>(Math.min(most, byId.size()));
          for (LiveRecord record : byId.descendingMap().values()) {
            if (newest.size() == most) {
              break;
            }
            newest.add(record);
          }
          return newest;
        });
  }

  private <T> T read(Supplier<T> action) {
    lock.readLock().lock();
    try {
      return action.get();
    } finally {
      lock.readLock().unlock();
    }
  }

  private void write(Runnable action) {
    lock.writeLock().lock();
    try {
      action.run();
    } finally {
      lock.writeLock().unlock();
    }
  }
}
