package dev.streambed.e2e.query;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.records.Topics;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.query.EmbeddingReader;
import dev.streambed.query.EmbeddingReader.Entry;
import dev.streambed.query.EmbeddingReader.Options;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** Against a real broker, with records that a job would not write. */
class EmbeddingReaderIT {
  private static KafkaBroker broker;

  private String topic;

  @BeforeAll
  static void startBroker() throws Exception {
    broker = KafkaBroker.start();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @BeforeEach
  void createTopic(TestInfo test) throws Exception {
    topic = test.getTestMethod().orElseThrow().getName();
    broker.createTopic(topic, 2);
  }

  @Test
  void readsWhatIsCommittedAndNothingElse() throws Exception {
    List<String> seen = new ArrayList<>();
    try (var producer = transactional()) {
      producer.beginTransaction();
      send(producer, "a", 1);
      producer.commitTransaction();
      producer.beginTransaction();
      send(producer, "aborted", 2);
      producer.flush();
      producer.abortTransaction();
      producer.beginTransaction();
      send(producer, "b", 3);
      producer.commitTransaction();
      producer.beginTransaction();
      send(producer, "open", 4);
      producer.flush();

      try (EmbeddingReader reader = open(Options.DEFAULT)) {
        assertThat(reader.remaining()).isPositive();
        reader.readToEnd(entry -> seen.add(entry.keyText()));
        assertThat(seen).containsExactlyInAnyOrder("a", "b");
        assertThat(reader.remaining()).isZero();

        producer.commitTransaction();
        for (int i = 0; i < 600 && seen.size() < 3; i++) {
          reader.poll(Duration.ofMillis(100), entry -> seen.add(entry.keyText()));
        }
        assertThat(seen).as("after a commit").contains("open").hasSize(3);
      }
    }
  }

  @Test
  void theLatestOfAKeyCountsAndATombstoneDeletesIt() throws Exception {
    Topics.send(
        broker,
        List.of(
            record("a", 1),
            record("b", 2),
            record("a", 3),
            record("c", 4),
            new ProducerRecord<>(topic, 0, "b".getBytes(UTF_8), null),
            new ProducerRecord<>(topic, 0, null, value(5)),
            new ProducerRecord<>(topic, 0, null, value(6)),
            new ProducerRecord<>(topic, 0, "c".getBytes(UTF_8), null),
            record("c", 7)));
    var all = new ArrayList<Entry>();

    try (EmbeddingReader reader = open(Options.DEFAULT)) {
      List<Entry> latest = reader.readLatest(all::add);

      assertThat(latest)
          .extracting(entry -> entry.embedding().provenance().source().offset())
          .containsExactly(3L, 5L, 6L, 7L);
    }
    assertThat(all).hasSize(9);
    assertThat(all.stream().filter(Entry::isTombstone)).hasSize(2);
    assertThatThrownBy(() -> all.get(4).embedding())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is a tombstone");
  }

  /** Timestamps order what two partitions have of a key, whichever is read first. */
  @Test
  void aKeyOfTwoPartitionsHasItsLaterRecord() throws Exception {
    byte[] key = {'k'};
    byte[] gone = {'g'};
    Topics.send(
        broker,
        List.of(
            new ProducerRecord<>(topic, 0, 2_000L, key, value(1)),
            new ProducerRecord<>(topic, 1, 1_000L, key, value(2)),
            new ProducerRecord<>(topic, 0, 1_000L, gone, value(3)),
            new ProducerRecord<>(topic, 1, 2_000L, gone, (byte[]) null)));

    try (EmbeddingReader reader = open(Options.DEFAULT)) {
      assertThat(reader.readLatest(entry -> {}))
          .extracting(entry -> entry.embedding().provenance().source().offset())
          .containsExactly(1L);
    }
  }

  @Test
  void whatIsNoEmbeddingOrOfAnotherSpaceIsHandedOverAndThrows() throws Exception {
    byte[] garbage = {(byte) 0xff, 1, 2};
    Topics.send(
        broker,
        List.of(
            record("good", 1),
            new ProducerRecord<>(topic, 0, "bad".getBytes(UTF_8), garbage),
            new ProducerRecord<>(topic, 0, "empty".getBytes(UTF_8), new byte[0])));
    VectorSpace other = Embeddings.SPACE.withDimensions(4);

    try (EmbeddingReader reader = open(Options.DEFAULT.withSpace(Embeddings.SPACE))) {
      var entries = reader.readLatest(entry -> {});
      assertThat(entries).hasSize(3);
      assertThat(entries.get(0).embedding().dimensions()).isEqualTo(2);
      assertThatThrownBy(() -> entries.get(1).embedding())
          .isInstanceOf(MalformedRecordException.class)
          .hasMessageContaining(topic + "-0@1");
      assertThat(entries.get(2).problem())
          .hasValueSatisfying(it -> assertThat(it).contains("no bytes"));
    }
    try (EmbeddingReader reader = open(Options.DEFAULT.withSpace(other))) {
      assertThatThrownBy(() -> reader.readLatest(entry -> {}).get(0).embedding())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(Embeddings.SPACE.toString())
          .hasMessageContaining(other.toString());
    }
  }

  @Test
  void goesOnWhereItsGroupHasLeftOff() throws Exception {
    Map<String, String> kafka = new HashMap<>(kafka());
    kafka.put("group.id", topic);
    List<String> seen = new ArrayList<>();
    for (String key : List.of("a", "b")) {
      Topics.send(broker, List.of(record(key, 1)));
      try (EmbeddingReader reader = EmbeddingReader.open(kafka, topic, Options.DEFAULT)) {
        reader.readToEnd(entry -> seen.add(entry.keyText()));
        reader.commit();
      }
    }

    assertThat(seen).containsExactly("a", "b");
  }

  @Test
  void saysThatThereIsNoTopicAndMakesNone() {
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> EmbeddingReader.open(kafka(), "not-there", Options.DEFAULT))
          .isInstanceOf(UnknownTopicOrPartitionException.class)
          .hasMessageContaining("not-there");
    }
    Map<String, String> nobody =
        Map.of("bootstrap.servers", "127.0.0.1:1", "default.api.timeout.ms", "1000");
    assertThatThrownBy(() -> EmbeddingReader.open(nobody, topic, Options.DEFAULT))
        .isInstanceOf(TimeoutException.class);
  }

  private EmbeddingReader open(Options options) {
    return EmbeddingReader.open(kafka(), topic, options);
  }

  private static Map<String, String> kafka() {
    // Kafka's own default is overruled, and so is this.
    return Map.of(
        "bootstrap.servers", broker.bootstrapServers(), "isolation.level", "read_uncommitted");
  }

  private KafkaProducer<byte[], byte[]> transactional() {
    var producer =
        new KafkaProducer<>(
            Map.<String, Object>of(
                "bootstrap.servers", broker.bootstrapServers(), "transactional.id", topic),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    producer.initTransactions();
    return producer;
  }

  private void send(KafkaProducer<byte[], byte[]> producer, String key, int offset) {
    var unused = producer.send(record(key, offset));
  }

  private ProducerRecord<byte[], byte[]> record(String key, int offset) {
    return new ProducerRecord<>(topic, 0, key.getBytes(UTF_8), value(offset));
  }

  private static byte[] value(int offset) {
    return EmbeddingRecordCodec.encodeJson(Embeddings.of("text " + offset, offset, 0.6f, -0.8f));
  }
}
