package dev.streambed.sql.index;

import dev.streambed.embedder.VectorSpace;
import dev.streambed.query.EmbeddingReader;
import dev.streambed.query.EmbeddingReader.Entry;
import dev.streambed.schemas.EmbeddingRecord;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.apache.flink.table.data.binary.BinarySegmentUtils;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a topic into an index: first all that is there, then what comes, in a thread of its own.
 * Owns its reader, not the index.
 */
final class TopicFollower implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TopicFollower.class);

  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration REPORT = Duration.ofSeconds(10);

  private final FollowedTopic topic;
  private final IndexColumns columns;
  private final int dimensions;
  private final EmbeddingIndex index;
  private final EmbeddingReader reader;
  private final RowDataSerializer rows;
  private final AtomicLong leftOut = new AtomicLong();
  private final Thread thread;
  private volatile long pending;
  private volatile boolean closed;
  private volatile @Nullable Throwable failure;
  private @Nullable String space;
  private boolean changed;
  private long records;
  private long reportedNanos = System.nanoTime();

  /**
   * A topic of embeddings.
   *
   * @param kafka properties of Kafka's consumer
   * @param space of the vectors that are searched; null for that of the first record
   * @param refreshInterval until a search sees what was read
   * @param follows whether what comes after the start is read, too
   */
  record FollowedTopic(
      Map<String, String> kafka,
      String name,
      @Nullable String space,
      Duration refreshInterval,
      boolean follows)
      implements Serializable {
    private static final long serialVersionUID = 1L;

    FollowedTopic {
      kafka = Map.copyOf(kafka);
    }

    @Nullable String bootstrapServers() {
      return kafka.get(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG);
    }

    /** Leaves out Kafka's properties, which may have passwords. */
    @Override
    public String toString() {
      return "FollowedTopic[" + name + "]";
    }
  }

  /**
   * Opens the topic.
   *
   * @param dimensions of the vector that is searched; 0 for the first vector
   * @throws org.apache.kafka.common.KafkaException if there is no such topic, or Kafka cannot be
   *     asked
   */
  TopicFollower(FollowedTopic topic, IndexColumns columns, int dimensions, EmbeddingIndex index) {
    this.topic = topic;
    this.columns = columns;
    this.dimensions = dimensions;
    this.index = index;
    this.rows = new RowDataSerializer(columns.type());
    this.space = topic.space;
    this.reader = EmbeddingReader.open(topic.kafka, topic.name, EmbeddingReader.Options.DEFAULT);
    this.thread = new Thread(this::follow, "streambed-index-" + topic.name);
    thread.setDaemon(true);
  }

  /** Reads all that is committed now, and then goes on in the thread, if it is to. */
  void start() throws IOException {
    long startNanos = System.nanoTime();
    reader.readToEnd(this::takeAndReport);
    index.refresh();
    changed = false;
    LOG.info(
        "The index of topic {} has {} vectors of {} records, after {} ms; {} records were left out.",
        topic.name,
        index.size(),
        records,
        (System.nanoTime() - startNanos) / 1_000_000,
        leftOut);
    if (topic.follows) {
      thread.start();
    }
  }

  private void takeAndReport(Entry entry) {
    take(entry);
    if (System.nanoTime() - reportedNanos > REPORT.toNanos()) {
      reportedNanos = System.nanoTime();
      LOG.info(
          "Read {} records of topic {}; up to {} are still to come.",
          records,
          topic.name,
          reader.remaining());
    }
  }

  private void follow() {
    long refreshedNanos = System.nanoTime();
    try {
      while (!closed) {
        reader.poll(POLL, this::take);
        pending = reader.lag(); // a question to Kafka would fail while it is away
        if (changed && System.nanoTime() - refreshedNanos >= topic.refreshInterval.toNanos()) {
          index.refresh();
          changed = false;
          refreshedNanos = System.nanoTime();
        }
      }
    } catch (Throwable e) { // searches fail with it
      failure = e;
      if (!closed) {
        LOG.error("The index of topic {} can no longer follow it.", topic.name, e);
      }
    }
  }

  private void take(Entry entry) {
    records++;
    byte[] key = entry.key();
    byte[] indexed = key == null ? placeOf(entry) : key;
    try {
      if (entry.isTombstone()) {
        index.remove(indexed);
        changed = true;
        return;
      }
      if (entry.problem().isPresent()) {
        leaveOut(entry, indexed, entry.problem().get());
        return;
      }
      EmbeddingRecord embedding = entry.embedding();
      float[] vector = IndexColumns.vector(embedding, dimensions);
      if (vector == null) {
        leaveOut(entry, indexed, "it has no vector of %d dimensions.".formatted(dimensions));
      } else if (!EmbeddingIndex.hasDirection(vector)) {
        leaveOut(entry, indexed, "its vector is all zeros, or not finite.");
      } else if (!isOfTheSpace(embedding, entry)) {
        leaveOut(entry, indexed, "its vector is of another space than %s.".formatted(topic.space));
      } else {
        index.put(indexed, vector, bytes(entry, embedding));
        changed = true;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write the index of topic " + topic.name, e);
    }
  }

  /** Keys have other first bytes in practice; a collision would only replace a record. */
  private static byte[] placeOf(Entry entry) {
    return ("\u0000" + entry.position()).getBytes(StandardCharsets.UTF_8);
  }

  /** What had the key before is not there any more, either. */
  private void leaveOut(Entry entry, byte[] indexed, String reason) throws IOException {
    index.remove(indexed);
    changed = true;
    if (leftOut.getAndIncrement() == 0) {
      LOG.warn("Left out {}: {} Further ones are only counted.", entry.position(), reason);
    }
  }

  private boolean isOfTheSpace(EmbeddingRecord embedding, Entry entry) {
    String found = IndexColumns.space(embedding, dimensions);
    if (space == null) {
      space = found == null ? "" : found; // version 1 does not say it
    }
    if (space.equals(found) || (space.isEmpty() && found == null)) {
      return true;
    }
    if (topic.space == null) {
      throw new IllegalStateException(
          "Topic %s has vectors of several spaces, which do not compare: %s, and %s at %s. Set the option 'space' of the table to one of them."
              .formatted(
                  topic.name,
                  space.isEmpty() ? "one that is not said" : space,
                  found == null ? "one that is not said" : VectorSpace.parse(found),
                  entry.position()));
    }
    return false;
  }

  private byte[] bytes(Entry entry, EmbeddingRecord embedding) {
    BinaryRowData row = rows.toBinaryRow(columns.row(entry.keyText(), embedding));
    return BinarySegmentUtils.copyToBytes(row.getSegments(), row.getOffset(), row.getSizeInBytes());
  }

  /**
   * Throws if the topic cannot be followed any more.
   *
   * @throws IllegalStateException with the reason
   */
  void check() {
    Throwable reason = failure;
    if (reason != null) {
      throw new IllegalStateException(
          "The index of topic %s can no longer follow it: %s".formatted(topic.name, reason),
          reason);
    }
  }

  /** Records that are no embeddings, or of another space. */
  long leftOut() {
    return leftOut.get();
  }

  /** Offsets that were committed and still to be read, at the last look. */
  long pending() {
    return pending;
  }

  /** Waits for the thread, which ends within a poll. */
  @Override
  public void close() {
    closed = true;
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    reader.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
