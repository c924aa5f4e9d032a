package dev.streambed.query;

import dev.streambed.embedder.VectorSpace;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.KeyText;
import dev.streambed.schemas.SourcePosition;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Reads a topic of embeddings: what is committed, decoded, of each version, format, encoding and
 * profile that a job writes, and held to one vector space. Owns Kafka's client. Confined to one
 * thread.
 *
 * <p>It begins with the oldest record; with a {@code group.id} among Kafka's properties, where
 * {@link #commit} has left off. It reads the partitions that the topic has when it is opened, all
 * of them, so each group has one reader.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class EmbeddingReader implements AutoCloseable {
  private final CommittedRecords records;
  private final EmbeddingDecoder decoder;
  private final @Nullable VectorSpace space;

  private EmbeddingReader(CommittedRecords records, Options options) {
    this.records = records;
    this.decoder = new EmbeddingDecoder(options.fields);
    this.space = options.space;
  }

  /**
   * What a reader is told of the topic.
   *
   * @param space that embeddings must be of; null takes those of any space, which the caller then
   *     has to look at
   * @param fields names in place of those of a profile, as {@code streambed.sink.fields} has them;
   *     IllegalArgumentException at a field that no profile has
   */
  public record Options(@Nullable VectorSpace space, Map<String, String> fields) {
    /** Any space, and the fields' own names. */
    public static final Options DEFAULT = new Options(null, Map.of());

    public Options {
      fields = Map.copyOf(fields);
      EmbeddingDecoder.checkFields(fields);
    }

    public Options withSpace(VectorSpace newSpace) {
      return new Options(newSpace, fields);
    }

    public Options withFields(Map<String, String> newFields) {
      return new Options(space, newFields);
    }
  }

  /** One record of the topic: an embedding, a tombstone, or what is neither. */
  public static final class Entry {
    private final SourcePosition position;
    private final byte @Nullable [] key;
    private final long timestampMillis;
    private final @Nullable EmbeddingRecord embedding;
    private final @Nullable RuntimeException problem;

    /** Does not hold the value, which is larger than what was decoded. */
    private Entry(
        ConsumerRecord<byte[], byte[]> record,
        @Nullable EmbeddingRecord embedding,
        @Nullable RuntimeException problem) {
      this.position = new SourcePosition(record.topic(), record.partition(), record.offset());
      this.key = record.key();
      this.timestampMillis = record.timestamp();
      this.embedding = embedding;
      this.problem = problem;
    }

    /** Where it is. */
    public SourcePosition position() {
      return position;
    }

    /** Kafka's key; null if it has none. Shared, not copied. */
    public byte @Nullable [] key() {
      return key;
    }

    /** Kafka's key as text: {@code base64:} and its bytes if it is none; null if it has no key. */
    public @Nullable String keyText() {
      return KeyText.of(key);
    }

    /** Kafka's timestamp, in milliseconds since 1970. */
    public long timestampMillis() {
      return timestampMillis;
    }

    /** Where and when it was written. */
    @API(status = API.Status.INTERNAL)
    public RecordPlace place() {
      return new RecordPlace(position, timestampMillis);
    }

    /** Whether it deletes what had its key before. */
    public boolean isTombstone() {
      return embedding == null && problem == null;
    }

    /**
     * The embedding.
     *
     * @throws dev.streambed.schemas.MalformedRecordException if the value is none
     * @throws IllegalArgumentException if it is of another space than the reader was told; the
     *     message names both
     * @throws IllegalStateException if this is a tombstone
     */
    public EmbeddingRecord embedding() {
      if (problem != null) {
        throw problem;
      }
      if (embedding == null) {
        throw new IllegalStateException(position + " is a tombstone, which has no embedding.");
      }
      return embedding;
    }

    /** Why {@link #embedding} would throw, without content of the record; empty if it would not. */
    public Optional<String> problem() {
      return Optional.ofNullable(problem).map(each -> String.valueOf(each.getMessage()));
    }

    /** Leaves out the content, so that no log shows it. */
    @Override
    public String toString() {
      String kind = isTombstone() ? "tombstone" : problem == null ? "embedding" : "no embedding";
      return "Entry[" + position + ", " + kind + "]";
    }
  }

  /**
   * Opens a topic, which must exist.
   *
   * @param kafka properties of Kafka's consumer, at least {@code bootstrap.servers}; {@code
   *     isolation.level} is read_committed whatever they say
   * @throws org.apache.kafka.common.errors.UnknownTopicOrPartitionException if there is no such
   *     topic
   * @throws org.apache.kafka.common.KafkaException if Kafka cannot be asked
   */
  public static EmbeddingReader open(Map<String, String> kafka, String topic, Options options) {
    return new EmbeddingReader(new CommittedRecords(kafka, List.of(topic)), options);
  }

  /** Hands over the records since the last call; waits up to the limit if there are none. */
  public void poll(Duration limit, Consumer<Entry> receiver) {
    records.poll(limit, record -> receiver.accept(entry(record)));
  }

  /**
   * As {@link #poll(Duration, Consumer)}, but only the records whose Kafka key is wanted; the
   * others are not decoded.
   */
  public void poll(
      Duration limit, Predicate<byte @Nullable []> isWanted, Consumer<Entry> receiver) {
    records.poll(
        limit,
        record -> {
          if (isWanted.test(record.key())) {
            receiver.accept(entry(record));
          }
        });
  }

  /**
   * Hands over the remaining records that are committed at the time of the call. An open
   * transaction hides what follows it.
   *
   * @throws org.apache.kafka.common.errors.TimeoutException if none comes for a minute
   */
  public void readToEnd(Consumer<Entry> receiver) {
    records.readToEnd(record -> receiver.accept(entry(record)));
  }

  /**
   * Reads to the end, and returns the last record of each key unless it is a tombstone. Records
   * without a key are all returned. They are held in memory, ordered by partition and offset.
   *
   * @param each is handed over each record on the way, tombstones included
   */
  public List<Entry> readLatest(Consumer<Entry> each) {
    var latest = new Latest();
    readToEnd(
        entry -> {
          latest.add(entry);
          each.accept(entry);
        });
    return latest.entries();
  }

  /** How many offsets are still to be read, at most, at the time of the call. */
  public long remaining() {
    return records.remaining();
  }

  /** As {@link #remaining}, as far as Kafka's last answers tell: asks nothing, and never waits. */
  public long lag() {
    return records.lag();
  }

  /**
   * How many offsets before these are still to be read, at most. Unlike {@link #remaining}, this
   * counts records of open transactions.
   *
   * @param ends by partition; those of partitions that are not read count as nothing
   */
  public long remainingBefore(Map<Integer, Long> ends) {
    return records.remainingBefore(ends);
  }

  /** The fields that the records of profiles had so far, under the names that they have there. */
  @API(status = API.Status.INTERNAL)
  public SeenNames seenFields() {
    return decoder.seenFields();
  }

  /** Remembers for the {@code group.id} that what was handed over is done. */
  public void commit() {
    records.commit();
  }

  private Entry entry(ConsumerRecord<byte[], byte[]> record) {
    if (record.value() == null) {
      return new Entry(record, /* embedding= */ null, /* problem= */ null);
    }
    try {
      return new Entry(record, decoder.decode(record, space), /* problem= */ null);
    } catch (RuntimeException e) {
      return new Entry(record, /* embedding= */ null, e);
    }
  }

  @Override
  public void close() {
    records.close();
  }

  /** The last entries by key. In one partition the later one is later. */
  private static final class Latest {
    private static final Comparator<Entry> PLACES =
        Comparator.<Entry>comparingInt(entry -> entry.position.partition())
            .thenComparingLong(entry -> entry.position.offset());

    private final Map<ByteBuffer, Entry> byKey = new LinkedHashMap<>();
    private final List<Entry> withoutKey = new ArrayList<>();

    void add(Entry entry) {
      byte[] key = entry.key();
      if (key == null) {
        withoutKey.add(entry);
      } else {
        byKey.merge(ByteBuffer.wrap(key), entry, Latest::later);
      }
    }

    private static Entry later(Entry one, Entry other) {
      return one.place().isAfter(other.place()) ? one : other;
    }

    List<Entry> entries() {
      List<Entry> entries = new ArrayList<>(withoutKey);
      entries.addAll(byKey.values());
      entries.removeIf(Entry::isTombstone);
      entries.sort(PLACES);
      return entries;
    }
  }
}
