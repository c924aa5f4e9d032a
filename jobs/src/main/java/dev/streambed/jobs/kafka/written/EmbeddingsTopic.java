package dev.streambed.jobs.kafka.written;

import static java.util.Objects.requireNonNull;

import dev.streambed.jobs.kafka.LastEmbeddings;
import dev.streambed.jobs.kafka.written.WrittenKeys.Place;
import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.SinkOptions;
import dev.streambed.operator.change.written.WrittenText;
import dev.streambed.operator.change.written.WrittenTopic;
import dev.streambed.query.EmbeddingReader;
import dev.streambed.query.EmbeddingReader.Entry;
import dev.streambed.schemas.EmbeddingRecord;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.annotation.Internal;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The embeddings in the sink's topic up to where it ended when the job was started: what the job
 * writes itself lies behind, so no task waits for the transaction of another, which would wait for
 * it (docs/decisions/0124). Travels with the job graph; each task reads with a client of its own.
 *
 * @param <T> type of the job's records
 */
@Internal
public final class EmbeddingsTopic<T> implements WrittenTopic<T> {
  private static final long serialVersionUID = 1L;

  private static final Logger LOG = LoggerFactory.getLogger(EmbeddingsTopic.class);

  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration BETWEEN_REPORTS = Duration.ofSeconds(10);

  /** Kafka looks for transactions that are over their time every 10 s. */
  private static final Duration BEYOND_TRANSACTIONS = Duration.ofSeconds(15);

  /** So that large records fit into the heap, as the source has it. */
  private static final Map<String, String> FETCH =
      Map.of(
          ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
          "100",
          ConsumerConfig.FETCH_MAX_BYTES_CONFIG,
          Integer.toString(8 << 20));

  private final HashMap<String, String> kafka;
  private final String topic;
  private final HashMap<String, String> fields;
  private final HashMap<Integer, Long> ends;
  private final Duration stallLimit;
  private final WrittenDocuments<T> documents;

  private EmbeddingsTopic(
      SinkOptions sink, Map<Integer, Long> ends, WrittenDocuments<T> documents) {
    this.kafka = new HashMap<>(LastEmbeddings.consumerProperties(sink));
    FETCH.forEach(kafka::putIfAbsent);
    this.topic = sink.topic();
    this.fields = new HashMap<>(sink.profile().fields());
    this.ends = new HashMap<>(ends);
    this.stallLimit = sink.transactionTimeout().plus(BEYOND_TRANSACTIONS);
    this.documents = documents;
  }

  /**
   * The topic up to its end now, open transactions included.
   *
   * @param documents what its records are of
   * @throws InvalidPipelineException if Kafka does not say where it ends
   */
  public static <T> EmbeddingsTopic<T> upToNow(
      SinkOptions sink, WrittenDocuments<T> documents, Duration timeout) {
    Map<String, Object> properties = new HashMap<>(LastEmbeddings.consumerProperties(sink));
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_uncommitted");
    try (var consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(sink.topic(), timeout).stream()
              .map(each -> new TopicPartition(sink.topic(), each.partition()))
              .toList();
      Map<Integer, Long> ends = new HashMap<>();
      consumer
          .endOffsets(partitions, timeout)
          .forEach((partition, end) -> ends.put(partition.partition(), end));
      return new EmbeddingsTopic<>(sink, ends, documents);
    } catch (AuthorizationException e) {
      throw new InvalidPipelineException(
          "Not allowed to read topic %s, which streambed.changes.bootstrap: topic needs. Grant READ on it to the job's user."
              .formatted(sink.topic()),
          e);
    } catch (KafkaException e) {
      throw new InvalidPipelineException(
          "Cannot ask for the end of topic %s, which streambed.changes.bootstrap: topic needs: %s."
              .formatted(sink.topic(), e.getMessage()),
          e);
    }
  }

  @Override
  public void read(Receiver<T> receiver) throws Exception {
    try (EmbeddingReader reader =
        EmbeddingReader.open(kafka, topic, EmbeddingReader.Options.DEFAULT.withFields(fields))) {
      new Reading(reader, receiver).toEnd();
    } catch (InterruptException e) {
      Thread.currentThread().interrupt();
      throw interrupted(e);
    }
  }

  private InterruptedException interrupted(@Nullable Throwable cause) {
    var interrupted =
        new InterruptedException("Cancelled while it read topic %s.".formatted(topic));
    interrupted.initCause(cause);
    return interrupted;
  }

  /** One pass. Confined to the task thread. */
  private final class Reading {
    private final EmbeddingReader reader;
    private final Receiver<T> receiver;
    private final List<Entry> polled = new ArrayList<>();
    private long embeddings;
    private long tombstones;
    private long ofOthers;
    private long undecodable;
    private long ofOtherPartitions;
    private @Nullable String firstProblem;

    Reading(EmbeddingReader reader, Receiver<T> receiver) {
      this.reader = reader;
      this.receiver = receiver;
    }

    void toEnd() throws Exception {
      long startNanos = System.nanoTime();
      long progressNanos = startNanos;
      long reportNanos = startNanos;
      long left = reader.remainingBefore(ends);
      LOG.info("Reading {} offsets of topic {} to know its documents.", left, topic);
      while (left > 0) {
        reader.poll(POLL, this::isWanted, polled::add);
        for (Entry entry : polled) {
          take(entry);
        }
        polled.clear();
        if (Thread.interrupted()) {
          throw interrupted(/* cause= */ null);
        }
        long now = System.nanoTime();
        long before = left;
        left = reader.remainingBefore(ends);
        if (left < before) {
          progressNanos = now;
        } else if (now - progressNanos > stallLimit.toNanos()) {
          throw stalled(left);
        }
        if (now - reportNanos > BETWEEN_REPORTS.toNanos()) {
          reportNanos = now;
          report(left, now - progressNanos);
        }
      }
      LOG.info(
          "Read topic {} in {} ms: of this task's documents {} embeddings and {} tombstones, {} embeddings of another model, space or form, {} that do not decode; {} records in partitions that their keys had before there were more.",
          topic,
          Duration.ofNanos(System.nanoTime() - startNanos).toMillis(),
          embeddings,
          tombstones,
          ofOthers,
          undecodable,
          ofOtherPartitions);
      if (ofOthers + undecodable > 0) {
        LOG.warn(
            "Of topic {}, {} embeddings are of another model, space or form, and {} do not decode: their texts are embedded again when they come{}",
            topic,
            ofOthers,
            undecodable,
            firstProblem == null ? "." : ". The first that does not decode: " + firstProblem);
      }
    }

    private void report(long left, long nanosWithoutProgress) {
      if (nanosWithoutProgress > BETWEEN_REPORTS.toNanos()) {
        LOG.warn(
            "No record of topic {} came for {} s, though {} offsets are still to be read: Kafka does not answer, or a transaction in the topic is open. Waiting for at most {} s more.",
            topic,
            Duration.ofNanos(nanosWithoutProgress).toSeconds(),
            left,
            stallLimit.minusNanos(nanosWithoutProgress).toSeconds());
      } else {
        LOG.info("Reading topic {}: {} offsets are left.", topic, left);
      }
    }

    private IOException stalled(long left) {
      return new IOException(
          "No record of topic %s came for %d s, though %d offsets are to be read for streambed.changes.bootstrap: topic. Kafka may be away, or a transaction in it open: end the job that writes there, or abort the transaction with Kafka's kafka-transactions.sh; or set streambed.changes.bootstrap: off."
              .formatted(topic, stallLimit.toSeconds(), left));
    }

    private boolean isWanted(byte @Nullable [] key) {
      Place place = documents.keys().place(key);
      return place != null && receiver.takes(documents.document(place));
    }

    private void take(Entry entry) throws Exception {
      Place place = documents.keys().place(entry.key());
      Long end = ends.get(entry.position().partition());
      if (place == null || end == null || entry.position().offset() >= end) {
        return;
      }
      T document = documents.document(place);
      Integer chunk = place.chunk();
      if (!isInItsPartition(entry, place)) {
        takeFormer(entry, chunk, document);
      } else if (entry.isTombstone()) {
        tombstones++;
        receiver.deleted(document, chunk);
      } else if (chunk != null && !WrittenDocuments.isChunk(entry, chunk)) {
        ofOthers++;
        receiver.deleted(document, chunk); // another document's whole text is in its place
      } else if (entry.problem().isPresent()) {
        undecodable++;
        firstProblem = firstProblem == null ? entry.problem().get() : firstProblem;
        receiver.other(document, chunk);
      } else {
        take(entry, place, document);
      }
    }

    private boolean isInItsPartition(Entry entry, Place place) {
      byte[] key = requireNonNull(entry.key());
      return documents.keys().partition(place, key, ends.size()) == entry.position().partition();
    }

    /**
     * What was written before the topic was given more partitions is older than all that has the
     * same key since, but may be read later. A whole text is embedded once more.
     */
    private void takeFormer(Entry entry, @Nullable Integer chunk, T document) throws Exception {
      ofOtherPartitions++;
      if (chunk != null && !entry.isTombstone() && WrittenDocuments.isChunk(entry, chunk)) {
        receiver.mayHave(document, chunk);
      }
    }

    private void take(Entry entry, Place place, T identity) throws Exception {
      EmbeddingRecord embedding = entry.embedding();
      WrittenText text = documents.text(entry, place);
      if (text == null) {
        ofOthers++;
        receiver.other(identity, place.chunk());
      } else {
        embeddings++;
        receiver.written(documents.document(place, entry, embedding), text);
      }
    }
  }
}
