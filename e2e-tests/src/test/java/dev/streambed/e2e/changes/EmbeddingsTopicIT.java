package dev.streambed.e2e.changes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.awaitility.Awaitility.await;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.jobs.kafka.written.EmbeddingsTopic;
import dev.streambed.jobs.kafka.written.WrittenDocuments;
import dev.streambed.jobs.kafka.written.WrittenDocuments.Document;
import dev.streambed.jobs.kafka.written.WrittenKeys;
import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.SinkOptions;
import dev.streambed.operator.change.written.WrittenText;
import dev.streambed.operator.change.written.WrittenTopic;
import dev.streambed.operator.stream.TextChunk;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.profile.ProfileName;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.util.InstantiationUtil;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** Against a real broker: what a task that begins to look for changes reads, and waits for. */
class EmbeddingsTopicIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static KafkaBroker broker;

  private final List<String> seen = new CopyOnWriteArrayList<>();
  private String topic = "";
  private int producers;

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
  void readsWhatIsCommittedBeforeItWasOpened() throws Exception {
    try (var producer = producer("60 s")) {
      producer.beginTransaction();
      send(producer, "a", PlaneEmbeddings.of("one", PlaneEmbeddings.DIGEST, null));
      send(producer, "b", PlaneEmbeddings.of("two", PlaneEmbeddings.DIGEST, null));
      producer.commitTransaction();
      producer.beginTransaction();
      send(producer, "a", PlaneEmbeddings.of("aborted", PlaneEmbeddings.DIGEST, null));
      producer.flush();
      producer.abortTransaction();
      producer.beginTransaction();
      send(producer, "b", null);
      send(producer, "c", PlaneEmbeddings.of("of another model", "ef".repeat(32), null));
      send(producer, "d", "no embedding".getBytes(UTF_8));
      send(
          producer,
          "e",
          PlaneEmbeddings.of("a chunk", PlaneEmbeddings.DIGEST, new ChunkOfText(0, 1, 0, 7)));
      send(producer, null, PlaneEmbeddings.of("without key", PlaneEmbeddings.DIGEST, null));
      producer.commitTransaction();
      EmbeddingsTopic<Document> opened = open(ProfileName.CANONICAL, /* splits= */ false);
      producer.beginTransaction();
      send(producer, "a", PlaneEmbeddings.of("too late", PlaneEmbeddings.DIGEST, null));
      producer.commitTransaction();

      opened.read(receiver());
      List<String> first = List.copyOf(seen);
      seen.clear();
      opened.read(receiver());

      assertThat(first)
          .containsExactlyInAnyOrder(
              "a: " + Provenance.contentHash("one") + " none",
              "b: " + Provenance.contentHash("two") + " none",
              "b deleted",
              "c other",
              "d other",
              "e other")
          .containsSubsequence("b: " + Provenance.contentHash("two") + " none", "b deleted");
      assertThat(seen).as("the same again").containsExactlyInAnyOrderElementsOf(first);
    }
  }

  @Test
  void knowsTheDocumentsOfChunks() throws Exception {
    try (var producer = producer("60 s")) {
      producer.beginTransaction();
      send(
          producer,
          "a#1#0",
          PlaneEmbeddings.of("one", PlaneEmbeddings.DIGEST, new ChunkOfText(0, 2, 0, 3)));
      send(
          producer,
          "a#1#1",
          PlaneEmbeddings.of("two", PlaneEmbeddings.DIGEST, new ChunkOfText(1, 2, 4, 7)));
      send(producer, "a#1#2", null);
      send(
          producer,
          "a#1#3",
          PlaneEmbeddings.of("three", PlaneEmbeddings.DIGEST, new ChunkOfText(1, 2, 4, 9)));
      send(producer, "whole", PlaneEmbeddings.of("whole", PlaneEmbeddings.DIGEST, null));
      send(producer, "whole#07", null);
      producer.commitTransaction();
    }

    open(ProfileName.CANONICAL, /* splits= */ true).read(receiver());

    assertThat(seen)
        .containsExactlyInAnyOrder(
            "a#1: " + Provenance.contentHash("one") + " none #0 of 2, 0 to 3",
            "a#1: " + Provenance.contentHash("two") + " none #1 of 2, 4 to 7",
            "a#1 deleted #2",
            "a#1 other #3");
  }

  /** As the savepoint's, which the sink commits while this reads. */
  @Test
  void waitsForTransactionsThatAreOpenButForNoneThatBeginsLater() throws Exception {
    try (var former = producer("60 s");
        var later = producer("60 s")) {
      former.beginTransaction();
      send(former, "a", PlaneEmbeddings.of("one", PlaneEmbeddings.DIGEST, null));
      former.flush();
      EmbeddingsTopic<Document> opened = open(ProfileName.CANONICAL, /* splits= */ false);
      later.beginTransaction();
      send(later, "b", PlaneEmbeddings.of("two", PlaneEmbeddings.DIGEST, null));
      later.flush();
      Thread reading = new Thread(() -> read(opened, new AtomicReference<>()));
      reading.start();

      reading.join(2_000);
      assertThat(reading.isAlive()).as("it waits").isTrue();
      assertThat(seen).isEmpty();
      former.commitTransaction();
      reading.join(LIMIT.toMillis());

      assertThat(seen).containsExactly("a: " + Provenance.contentHash("one") + " none");
      later.abortTransaction();
    }
  }

  @Test
  void aCancelledTaskDoesNotWait() throws Exception {
    try (var former = producer("60 s")) {
      former.beginTransaction();
      send(former, "a", PlaneEmbeddings.of("one", PlaneEmbeddings.DIGEST, null));
      former.flush();
      EmbeddingsTopic<Document> opened = open(ProfileName.CANONICAL, /* splits= */ false);
      var failure = new AtomicReference<@Nullable Exception>();
      Thread reading = new Thread(() -> read(opened, failure));
      reading.start();
      await("a client that waits")
          .atMost(LIMIT)
          .until(() -> reading.getState() != Thread.State.NEW);

      reading.interrupt();
      reading.join(LIMIT.toMillis());

      assertThat(failure.get()).isInstanceOf(InterruptedException.class);
      former.abortTransaction();
    }
  }

  /** A little longer than transactions of the sink may last. */
  @Test
  void saysWhatToDoAboutATransactionThatDoesNotEnd() throws Exception {
    try (var former = producer("600 s")) {
      former.beginTransaction();
      send(former, "a", PlaneEmbeddings.of("one", PlaneEmbeddings.DIGEST, null));
      former.flush();
      EmbeddingsTopic<Document> opened =
          open(
              ProfileName.CANONICAL,
              /* splits= */ false,
              "streambed.sink.transaction-timeout",
              "1 s");

      assertThatThrownBy(() -> opened.read(receiver()))
          .hasMessageContaining("No record of topic " + topic + " came for 16 s")
          .hasMessageContaining("1 offsets")
          .hasMessageContaining("streambed.changes.bootstrap");
      former.abortTransaction();
    }
  }

  private void read(
      EmbeddingsTopic<Document> opened, AtomicReference<@Nullable Exception> failure) {
    try {
      opened.read(receiver());
    } catch (Exception e) {
      failure.set(e);
    }
  }

  private EmbeddingsTopic<Document> open(ProfileName profile, boolean splits, String... more)
      throws Exception {
    var file = new Configuration();
    file.setString("streambed.source.bootstrap-servers", broker.bootstrapServers());
    file.setString("streambed.source.topic", "texts");
    file.setString("streambed.sink.topic", topic);
    file.setString("streambed.sink.dead-letter-topic", "dead-letters");
    file.setString("streambed.model.directory", "/models/m");
    for (int i = 0; i < more.length; i += 2) {
      file.setString(more[i], more[i + 1]);
    }
    SinkOptions sink = EmbedTopicOptions.from(file).sink();
    var opened =
        EmbeddingsTopic.upToNow(
            sink,
            new WrittenDocuments<>(
                new WrittenKeys(profile, splits),
                PlaneEmbeddings.DIGEST,
                PlaneEmbeddings.SPACES,
                /* headings= */ splits,
                document -> document),
            Duration.ofSeconds(10));
    return InstantiationUtil.clone(opened); // as Flink sends it to the tasks
  }

  private WrittenTopic.Receiver<Document> receiver() {
    return new WrittenTopic.Receiver<>() {
      @Override
      public boolean takes(Document document) {
        return true;
      }

      @Override
      public void written(Document document, WrittenText text) {
        assertThat(text.embedding().vector()).containsExactly(0.5f, -0.25f, 1.1f);
        assertThat(text.embedding().others()).containsExactly(new float[] {0.1f, 0.2f});
        assertThat(document.text().metadata()).containsExactly(entry("n", 1L));
        TextChunk part = text.chunk();
        assertThat(part == null || part.headings().equals(PlaneEmbeddings.HEADINGS)).isTrue();
        String chunk =
            part == null
                ? ""
                : " #%d of %d, %d to %d"
                    .formatted(part.index(), part.count(), part.startChar(), part.endChar());
        seen.add(key(document) + ": " + text.contentHash() + " " + text.promptName() + chunk);
      }

      @Override
      public void other(Document document, @Nullable Integer chunk) {
        seen.add(key(document) + " other" + (chunk == null ? "" : " #" + chunk));
      }

      @Override
      public void deleted(Document document, @Nullable Integer chunk) {
        seen.add(key(document) + " deleted" + (chunk == null ? "" : " #" + chunk));
      }
    };
  }

  private static String key(Document document) {
    return new String(Objects.requireNonNull(document.record().key()), UTF_8);
  }

  private void send(
      KafkaProducer<byte[], byte[]> producer, @Nullable String key, byte @Nullable [] value) {
    var unused =
        producer.send(new ProducerRecord<>(topic, key == null ? null : key.getBytes(UTF_8), value));
  }

  private KafkaProducer<byte[], byte[]> producer(String timeout) {
    Map<String, Object> properties = new HashMap<>();
    properties.put("bootstrap.servers", broker.bootstrapServers());
    properties.put("transactional.id", topic + "-" + producers++);
    properties.put("transaction.timeout.ms", Integer.parseInt(timeout.replace(" s", "")) * 1000);
    var producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    producer.initTransactions();
    return producer;
  }
}
