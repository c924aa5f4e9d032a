package dev.streambed.jobs;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.jobs.Encoding.Target;
import dev.streambed.jobs.format.RecordDecoder;
import dev.streambed.jobs.format.RecordFormat;
import dev.streambed.jobs.format.RecordMapping;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.operator.change.Documents;
import dev.streambed.operator.change.Fingerprinter;
import dev.streambed.operator.change.written.WrittenTopic;
import dev.streambed.operator.stream.Embedded;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.RecordHeader;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which records of the source are one document, and what has changed of it. Runs on the task thread
 * (docs/decisions/0119).
 */
final class SourceDocuments implements Documents<InputRecord> {
  private static final long serialVersionUID = 1L;

  private static final Logger LOG = LoggerFactory.getLogger(SourceDocuments.class);

  /** Header of a record that is to be embedded again: {@code true}. */
  static final String FORCE = "streambed-force";

  /** The steps behind take in between whatever they take now and after this. */
  private static final Duration TIME_TO_WRITE = Duration.ofMinutes(1);

  private final Target target;
  private final boolean keyIsInValue;
  private final boolean keyHasForms;
  private final int maxCharacters;
  private final String settings;
  private final @Nullable WrittenTopic<InputRecord> written;
  private final @Nullable String unknownTopic;
  private transient @Nullable RecordDecoder decoder;
  private transient @Nullable Encoding encoding;

  /**
   * The documents of a job.
   *
   * @param target where and how they will be written
   * @param embedder how texts are embedded
   * @param written what state is to know of them when it begins; null for nothing
   * @param unknownTopic name of the sink's topic if it has records that state is not to know
   */
  SourceDocuments(
      Target target,
      EmbedderOptions embedder,
      @Nullable WrittenTopic<InputRecord> written,
      @Nullable String unknownTopic) {
    RecordFormat format = target.sourceFormat();
    RecordMapping mapping = format.mapping();
    boolean makesKeys = target.form().profile().makesKeys();
    this.target = target;
    this.written = written;
    this.unknownTopic = unknownTopic;
    this.keyIsInValue = makesKeys && mapping != null && mapping.key() != null;
    this.keyHasForms = makesKeys && format.key().hasForms();
    this.maxCharacters = embedder.maxCharacters();
    String spaces =
        target.model().spaces().stream()
            .map(VectorSpace::toString)
            .collect(Collectors.joining(" "));
    Integer maxTokens = embedder.maxTokens();
    this.settings = maxTokens == null ? spaces : spaces + " rejected beyond " + maxTokens;
  }

  @Override
  public void open() {
    encoding = target.open();
  }

  @Override
  public void beginEmpty() {
    if (unknownTopic != null) {
      LOG.warn(
          "Topic {} has records, and the job begins without a checkpoint, so it does not know of which texts they are. Texts that come again are embedded again; chunks from before stay in the topic, also those of documents that are deleted. To read the topic first, set streambed.changes.bootstrap: topic.",
          unknownTopic);
    }
  }

  /**
   * The key under which embeddings are written: the id where keys are made of ids, of which several
   * Kafka keys may have the same. Records without one keep the order of their partition.
   */
  @Override
  public String key(InputRecord record) {
    SourceRecord source = record.source();
    String id = keyIsInValue ? keyInValue(record) : keyHasForms ? idOfKey(source) : null;
    byte[] key = source.key();
    if (id != null) {
      return "id " + id;
    }
    if (key != null) {
      return "key " + new String(key, StandardCharsets.ISO_8859_1); // a character for each byte
    }
    SourcePosition position = source.position();
    return "partition %s-%d".formatted(position.topic(), position.partition());
  }

  @Override
  public boolean isDocument(InputRecord record) {
    return record.source().key() != null || (keyIsInValue && keyInValue(record) != null);
  }

  /** Null for a key of another format: its record is none, either. */
  private @Nullable String idOfKey(SourceRecord source) {
    try {
      return decoder().keyOfDeleted(source);
    } catch (MalformedRecordException e) {
      return null;
    }
  }

  private @Nullable String keyInValue(InputRecord record) {
    TextRecord text = decoded(record);
    return text == null ? null : text.key();
  }

  /** The text does not travel between tasks, so it is decoded once more. */
  @Override
  public InputRecord prepared(InputRecord record) {
    return record.text() == null ? new InputRecord(record.source(), decoded(record)) : record;
  }

  /** Null also for a record that does not decode: {@link EncodeFunction} finds out why. */
  private @Nullable TextRecord decoded(InputRecord record) {
    try {
      return record.decoded(this::decoder);
    } catch (MalformedRecordException e) {
      return null;
    }
  }

  private RecordDecoder decoder() {
    if (decoder == null) {
      decoder = target.sourceFormat().open();
    }
    return decoder;
  }

  @Override
  public String settings() {
    return settings;
  }

  /** Under one Kafka key there may be values with keys of their own. */
  @Override
  public void addIdentity(InputRecord record, Fingerprinter identity) {
    TextRecord text = record.text();
    identity.add(text == null ? null : text.key());
  }

  /** False for a record from a checkpoint that does not decode, as the format was changed. */
  @Override
  public boolean isDeletion(InputRecord record) {
    try {
      return record.decoded(this::decoder) == null;
    } catch (MalformedRecordException e) {
      return false;
    }
  }

  /**
   * Neither headers nor Kafka's timestamp: a load that sends all again gives each record others.
   * The event time counts where the record has one of its own.
   */
  @Override
  public void addMetadata(InputRecord record, Fingerprinter metadata) {
    TextRecord text = record.text();
    if (text == null) {
      return;
    }
    boolean ownTime = text.eventTimeMillis() != record.source().timestampMillis();
    metadata.add(ownTime ? text.eventTimeMillis() : TextRecord.NO_EVENT_TIME);
    for (Map.Entry<String, @Nullable Object> entry : text.metadata().entrySet()) {
      metadata.add(entry.getKey());
      add(entry.getValue(), metadata);
    }
  }

  private static void add(@Nullable Object value, Fingerprinter metadata) {
    if (value instanceof List<?> list) {
      metadata.add(list.size());
      for (Object element : list) {
        add(element, metadata);
      }
    } else {
      metadata
          .add(value == null ? null : value.getClass().getSimpleName())
          .add(value == null ? null : value.toString());
    }
  }

  /** One that is too long now may have been written before: the embedder rejects it. */
  @Override
  public boolean isForced(InputRecord record) {
    TextRecord text = record.text();
    if (text != null && text.text().length() > maxCharacters) {
      return true;
    }
    for (RecordHeader header : record.source().headers()) {
      byte[] value = header.value();
      if (header.key().equals(FORCE)
          && value != null
          && new String(value, StandardCharsets.UTF_8).equalsIgnoreCase("true")) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean isWritten(Embedded<InputRecord> embedded, long nowMillis) {
    Encoding open = Objects.requireNonNull(encoding, "The documents are not open.");
    OutputRecord record = open.encode(embedded, embedded.input().text(), nowMillis).record();
    return record != null
        && open.takesTimestamp(record.timestampMillis(), nowMillis + TIME_TO_WRITE.toMillis());
  }

  @Override
  public @Nullable WrittenTopic<InputRecord> written() {
    return written;
  }

  @Override
  public void close() {
    RecordDecoder ofRecords = decoder;
    Encoding ofWritten = encoding;
    try (ofRecords;
        ofWritten) {
      // each is closed, even if the other cannot be
    }
  }
}
