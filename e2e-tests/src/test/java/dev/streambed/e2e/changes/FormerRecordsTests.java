package dev.streambed.e2e.changes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.profile.ProfileName;
import java.util.List;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.junit.jupiter.api.Test;

/** What of a topic with other things in it is taken for the job's; in {@link EmbeddingsTopicIT}. */
interface FormerRecordsTests {

  /** A topic of its own for each test. */
  TopicReading reading();

  /** Those that a job wrote before it split texts, under keys that look like those of chunks. */
  @Test
  default void takesNoWholeTextForAChunk() throws Exception {
    try (var producer = reading().producer("60 s")) {
      producer.beginTransaction();
      byte[] whole = PlaneEmbeddings.of("one", PlaneEmbeddings.DIGEST, null);
      reading().sendChunk(producer, "order", 20241130, whole);
      reading().sendChunk(producer, "order", 20241201, "no embedding".getBytes(UTF_8));
      reading().sendChunk(producer, "order", 20241202, TopicReading.chunk("two", 0, 1));
      reading().sendChunk(producer, "order", 3, whole);
      reading().sendChunk(producer, "order", 4, "no embedding".getBytes(UTF_8));
      reading()
          .sendChunk(producer, "order", 20241203, TopicReading.chunk("a book", 20241203, 20241204));
      producer.commitTransaction();
    }

    reading().open(ProfileName.CANONICAL, /* splits= */ true).read(reading().receiver());

    assertThat(reading().seen())
        .containsExactly(
            "order deleted #20241130",
            "order deleted #20241201",
            "order deleted #20241202",
            "order deleted #3",
            "order other #4",
            "order: " + Provenance.contentHash("a book") + " none #20241203 of 20241204, 0 to 6");
  }

  /** As they are when the topic was given more partitions. */
  @Test
  default void takesNothingOfAPartitionThatIsNotTheKeysForTheLatest() throws Exception {
    try (var producer = reading().producer("60 s")) {
      producer.beginTransaction();
      for (boolean isFormer : new boolean[] {true, false}) {
        byte[] value = PlaneEmbeddings.of(isFormer ? "old" : "new", PlaneEmbeddings.DIGEST, null);
        for (String key : List.of("a", "b", "c", "d")) {
          int partition = BuiltInPartitioner.partitionForKey(key.getBytes(UTF_8), 2);
          int other = isFormer ? 1 - partition : partition;
          reading().send(producer, other, key, value);
        }
      }
      producer.commitTransaction();
    }

    reading().open(ProfileName.CANONICAL, /* splits= */ false).read(reading().receiver());

    String latest = ": " + Provenance.contentHash("new") + " none";
    assertThat(reading().seen())
        .containsExactlyInAnyOrder("a" + latest, "b" + latest, "c" + latest, "d" + latest);
  }

  @Test
  default void mayHaveTheChunksOfAnotherPartition() throws Exception {
    int partition = BuiltInPartitioner.partitionForKey("a".getBytes(UTF_8), 2);
    try (var producer = reading().producer("60 s")) {
      producer.beginTransaction();
      reading().send(producer, 1 - partition, "a#0", TopicReading.chunk("one", 0, 2));
      reading().send(producer, 1 - partition, "a#1", TopicReading.chunk("two", 1, 2));
      reading().send(producer, 1 - partition, "a#2", null);
      reading().send(producer, 1 - partition, "a#20241130", "no embedding".getBytes(UTF_8));
      producer.commitTransaction();
    }

    reading().open(ProfileName.CANONICAL, /* splits= */ true).read(reading().receiver());

    assertThat(reading().seen()).containsExactly("a may have #0", "a may have #1");
  }

  @Test
  default void aTextThatTheJobWouldRejectIsNotKnown() throws Exception {
    try (var producer = reading().producer("60 s")) {
      producer.beginTransaction();
      reading()
          .send(producer, "a", PlaneEmbeddings.of("three tokens", PlaneEmbeddings.DIGEST, null));
      producer.commitTransaction();
    }

    String[] reject = {"streambed.chunking.mode", "reject", "streambed.chunking.max-tokens", "2"};
    reading().open(ProfileName.CANONICAL, /* splits= */ false, reject).read(reading().receiver());
    reject[3] = "3";
    reading().open(ProfileName.CANONICAL, /* splits= */ false, reject).read(reading().receiver());

    assertThat(reading().seen())
        .containsExactly("a other", "a: " + Provenance.contentHash("three tokens") + " none");
  }
}
