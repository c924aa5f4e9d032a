package dev.streambed.e2e.changes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.jobs.kafka.written.EmbeddingsTopic;
import dev.streambed.jobs.kafka.written.WrittenDocuments.Document;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.profile.ProfileName;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** Against a real broker: what a task that begins to look for changes reads, and waits for. */
class EmbeddingsTopicIT implements FormerRecordsTests {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static KafkaBroker broker;

  private String topic = "";
  private TopicReading reading;

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
    reading = new TopicReading(broker, topic);
  }

  @Override
  public TopicReading reading() {
    return reading;
  }

  @Test
  void readsWhatIsCommittedBeforeItWasOpened() throws Exception {
    try (var producer = reading.producer("60 s")) {
      producer.beginTransaction();
      reading.send(producer, "a", PlaneEmbeddings.of("one", PlaneEmbeddings.DIGEST, null));
      reading.send(producer, "b", PlaneEmbeddings.of("two", PlaneEmbeddings.DIGEST, null));
      producer.commitTransaction();
      producer.beginTransaction();
      reading.send(producer, "a", PlaneEmbeddings.of("aborted", PlaneEmbeddings.DIGEST, null));
      producer.flush();
      producer.abortTransaction();
      producer.beginTransaction();
      reading.send(producer, "b", null);
      reading.send(producer, "c", PlaneEmbeddings.of("of another model", "ef".repeat(32), null));
      reading.send(producer, "d", "no embedding".getBytes(UTF_8));
      reading.send(
          producer,
          "e",
          PlaneEmbeddings.of("a chunk", PlaneEmbeddings.DIGEST, new ChunkOfText(0, 1, 0, 7)));
      reading.send(producer, null, PlaneEmbeddings.of("without key", PlaneEmbeddings.DIGEST, null));
      producer.commitTransaction();
      EmbeddingsTopic<Document> opened = reading.open(ProfileName.CANONICAL, /* splits= */ false);
      producer.beginTransaction();
      reading.send(producer, "a", PlaneEmbeddings.of("too late", PlaneEmbeddings.DIGEST, null));
      producer.commitTransaction();

      opened.read(reading.receiver());
      List<String> first = List.copyOf(reading.seen());
      reading.seen().clear();
      opened.read(reading.receiver());

      assertThat(first)
          .containsExactlyInAnyOrder(
              "a: " + Provenance.contentHash("one") + " none",
              "b: " + Provenance.contentHash("two") + " none",
              "b deleted",
              "c other",
              "d other",
              "e other")
          .containsSubsequence("b: " + Provenance.contentHash("two") + " none", "b deleted");
      assertThat(reading.seen()).as("the same again").containsExactlyInAnyOrderElementsOf(first);
    }
  }

  @Test
  void knowsTheDocumentsOfChunks() throws Exception {
    try (var producer = reading.producer("60 s")) {
      producer.beginTransaction();
      reading.sendChunk(producer, "a#1", 0, TopicReading.chunk("one", 0, 2));
      reading.sendChunk(producer, "a#1", 1, TopicReading.chunk("two", 1, 2));
      reading.sendChunk(producer, "a#1", 2, null);
      reading.sendChunk(producer, "a#1", 3, TopicReading.chunk("three", 1, 2));
      reading.send(producer, "whole", PlaneEmbeddings.of("whole", PlaneEmbeddings.DIGEST, null));
      reading.send(producer, "whole#07", null);
      producer.commitTransaction();
    }

    reading.open(ProfileName.CANONICAL, /* splits= */ true).read(reading.receiver());

    assertThat(reading.seen())
        .containsExactlyInAnyOrder(
            "a#1: " + Provenance.contentHash("one") + " none #0 of 2, 0 to 3",
            "a#1: " + Provenance.contentHash("two") + " none #1 of 2, 0 to 3",
            "a#1 deleted #2",
            "a#1 other #3");
  }

  /** As the savepoint's, which the sink commits while this reads. */
  @Test
  void waitsForTransactionsThatAreOpenButForNoneThatBeginsLater() throws Exception {
    try (var former = reading.producer("60 s");
        var later = reading.producer("60 s")) {
      former.beginTransaction();
      reading.send(former, "a", PlaneEmbeddings.of("one", PlaneEmbeddings.DIGEST, null));
      former.flush();
      EmbeddingsTopic<Document> opened = reading.open(ProfileName.CANONICAL, /* splits= */ false);
      later.beginTransaction();
      reading.send(later, "b", PlaneEmbeddings.of("two", PlaneEmbeddings.DIGEST, null));
      later.flush();
      Thread task = new Thread(() -> read(opened, new AtomicReference<>()));
      task.start();

      task.join(2_000);
      assertThat(task.isAlive()).as("it waits").isTrue();
      assertThat(reading.seen()).isEmpty();
      former.commitTransaction();
      task.join(LIMIT.toMillis());

      assertThat(reading.seen()).containsExactly("a: " + Provenance.contentHash("one") + " none");
      later.abortTransaction();
    }
  }

  @Test
  void aCancelledTaskDoesNotWait() throws Exception {
    try (var former = reading.producer("60 s")) {
      former.beginTransaction();
      reading.send(former, "a", PlaneEmbeddings.of("one", PlaneEmbeddings.DIGEST, null));
      former.flush();
      EmbeddingsTopic<Document> opened = reading.open(ProfileName.CANONICAL, /* splits= */ false);
      var failure = new AtomicReference<@Nullable Exception>();
      Thread task = new Thread(() -> read(opened, failure));
      task.start();
      await("a client that waits").atMost(LIMIT).until(() -> task.getState() != Thread.State.NEW);

      task.interrupt();
      task.join(LIMIT.toMillis());

      assertThat(failure.get()).isInstanceOf(InterruptedException.class);
      former.abortTransaction();
    }
  }

  /** A little longer than transactions of the sink may last. */
  @Test
  void saysWhatToDoAboutATransactionThatDoesNotEnd() throws Exception {
    try (var former = reading.producer("600 s")) {
      former.beginTransaction();
      reading.send(former, "a", PlaneEmbeddings.of("one", PlaneEmbeddings.DIGEST, null));
      former.flush();
      EmbeddingsTopic<Document> opened =
          reading.open(
              ProfileName.CANONICAL,
              /* splits= */ false,
              "streambed.sink.transaction-timeout",
              "1 s");

      assertThatThrownBy(() -> opened.read(reading.receiver()))
          .hasMessageContaining("No record of topic " + topic + " came for 16 s")
          .hasMessageContaining("1 offsets")
          .hasMessageContaining("streambed.changes.bootstrap");
      former.abortTransaction();
    }
  }

  private void read(
      EmbeddingsTopic<Document> opened, AtomicReference<@Nullable Exception> failure) {
    try {
      opened.read(reading.receiver());
    } catch (Exception e) {
      failure.set(e);
    }
  }
}
