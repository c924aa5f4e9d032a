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
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
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
      sendChunk(producer, "a#1", 0, chunk("one", 0, 2));
      sendChunk(producer, "a#1", 1, chunk("two", 1, 2));
      sendChunk(producer, "a#1", 2, null);
      sendChunk(producer, "a#1", 3, chunk("three", 1, 2));
      send(producer, "whole", PlaneEmbeddings.of("whole", PlaneEmbeddings.DIGEST, null));
      send(producer, "whole#07", null);
      producer.commitTransaction();
    }

    open(ProfileName.CANONICAL, /* splits= */ true).read(receiver());

    assertThat(seen)
        .containsExactlyInAnyOrder(
            "a#1: " + Provenance.contentHash("one") + " none #0 of 2, 0 to 3",
            "a#1: " + Provenance.contentHash("two") + " none #1 of 2, 0 to 3",
            "a#1 deleted #2",
            "a#1 other #3");
  }

  /** Those that a job wrote before it split texts, under keys that look like those of chunks. */
  @Test
  void takesNoWholeTextForAChunk() throws Exception {
    try (var producer = producer("60 s")) {
      producer.beginTransaction();
      byte[] whole = PlaneEmbeddings.of("one", PlaneEmbeddings.DIGEST, null);
      sendChunk(producer, "order", 20241130, whole);
      sendChunk(producer, "order", 20241201, "no embedding".getBytes(UTF_8));
      sendChunk(producer, "order", 20241202, chunk("two", 0, 1));
      sendChunk(producer, "order", 3, whole);
      sendChunk(producer, "order", 4, "no embedding".getBytes(UTF_8));
      sendChunk(producer, "order", 20241203, chunk("a book", 20241203, 20241204));
      producer.commitTransaction();
    }

    open(ProfileName.CANONICAL, /* splits= */ true).read(receiver());

    assertThat(seen)
        .containsExactly(
            "order deleted #20241130",
            "order deleted #20241201",
            "order deleted #20241202",
            "order deleted #3",
            "order other #4",
            "order: "
                + Provenance.contentHash("a book")
                + " none #20241203 of 20241204, 0 to 6");
  }

  /** As they are when the topic was given more partitions. */
  @Test
  void takesNothingOfAPartitionThatIsNotTheKeysForTheLatest() throws Exception {
    try (var producer = producer("60 s")) {
      producer.beginTransaction();
      for (boolean isFormer : new boolean[] {true, false}) {
        byte[] value =
            PlaneEmbeddings.of(isFormer ? "old" : "new", PlaneEmbeddings.DIGEST, null);
        for (String key : List.of("a", "b", "c", "d")) {
          int partition = BuiltInPartitioner.partitionForKey(key.getBytes(UTF_8), 2);
          int other = isFormer ? 1 - partition : partition;
          var unused =
              producer.send(new ProducerRecord<>(topic, other, key.getBytes(UTF_8), value));
        }
      }
      producer.commitTransaction();
    }

    open(ProfileName.CANONICAL, /* splits= */ false).read(receiver());

    String latest = ": " + Provenance.contentHash("new") + " none";
    assertThat(seen)
        .containsExactlyInAnyOrder("a" + latest, "b" + latest, "c" + latest, "d" + latest);
  }

  @Test
  void mayHaveTheChunksOfAnotherPartition() throws Exception {
    int partition = BuiltInPartitioner.partitionForKey("a".getBytes(UTF_8), 2);
    try (var producer = producer("60 s")) {
      producer.beginTransaction();
      send(producer, 1 - partition, "a#0", chunk("one", 0, 2));
      send(producer, 1 - partition, "a#1", chunk("two", 1, 2));
      send(producer, 1 - partition, "a#2", null);
      send(producer, 1 - partition, "a#20241130", "no embedding".getBytes(UTF_8));
      producer.commitTransaction();
    }

    open(ProfileName.CANONICAL, /* splits= */ true).read(receiver());

    assertThat(seen).containsExactly("a may have #0", "a may have #1");
  }

  @Test
  void aTextThatTheJobWouldRejectIsNotKnown() throws Exception {
    try (var producer = producer("60 s")) {
      producer.beginTransaction();
      send(producer, "a", PlaneEmbeddings.of("three tokens", PlaneEmbeddings.DIGEST, null));
      producer.commitTransaction();
    }

    String[] reject = {
      "streambed.chunking.mode", "reject", "streambed.chunking.max-tokens", "2"
    };
    open(ProfileName.CANONICAL, /* splits= */ false, reject).read(receiver());
    reject[3] = "3";
    open(ProfileName.CANONICAL, /* splits= */ false, reject).read(receiver());

    assertThat(seen)
        .containsExactly("a other", "a: " + Provenance.contentHash("three tokens") + " none");
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
    EmbedTopicOptions options = EmbedTopicOptions.from(file);
    SinkOptions sink = options.sink();
    var opened =
        EmbeddingsTopic.upToNow(
            sink,
            new WrittenDocuments<>(
                new WrittenKeys(profile, sink.openProfile(List.of()), splits),
                PlaneEmbeddings.DIGEST,
                PlaneEmbeddings.SPACES,
                options.embedder().maxTokens(),
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
      public void mayHave(Document document, int chunk) {
        seen.add(key(document) + " may have #" + chunk);
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

  private static byte[] chunk(String text, int index, int count) {
    var chunk = new ChunkOfText(index, count, 0, text.length());
    return PlaneEmbeddings.of(text, PlaneEmbeddings.DIGEST, chunk);
  }

  /** To the partition of its document, as the job does. */
  private void sendChunk(
      KafkaProducer<byte[], byte[]> producer, String document, int chunk, byte @Nullable [] value) {
    int partition = BuiltInPartitioner.partitionForKey(document.getBytes(UTF_8), 2);
    send(producer, partition, ChunkOfText.key(document, chunk), value);
  }

  private void send(
      KafkaProducer<byte[], byte[]> producer,
      int partition,
      String key,
      byte @Nullable [] value) {
    var unused =
        producer.send(new ProducerRecord<>(topic, partition, key.getBytes(UTF_8), value));
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
