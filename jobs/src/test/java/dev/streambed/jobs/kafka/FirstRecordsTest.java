package dev.streambed.jobs.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class FirstRecordsTest {
  private static final TopicPartition A0 = new TopicPartition("a", 0);
  private static final TopicPartition A1 = new TopicPartition("a", 1);
  private static final TopicPartition B0 = new TopicPartition("b", 0);

  private final Topics topics = new Topics();

  @Test
  void beginWithTheEarliestIfTheGroupHasNoOffsets() {
    topics.put(A0, 3, 6); // offsets 3 to 5

    FirstRecords first = read(2, "a");

    assertThat(positions(first)).containsExactly("a-0@3", "a-0@4");
    assertThat(first.begin()).isEqualTo("the earliest record, as group g has committed no offsets");
  }

  @Test
  void beginWhereTheGroupIs() {
    topics.put(A0, 0, 3);
    topics.commit(A0, 2);

    FirstRecords first = read(5, "a");

    assertThat(positions(first)).containsExactly("a-0@2");
    assertThat(first.begin()).isEqualTo("the offsets of group g");
  }

  @Test
  void beginWithTheEarliestWhereTheGroupHasNoOffsetsOrSuchAsKafkaHasDeleted() {
    topics.put(A0, 4, 6);
    topics.put(A1, 0, 2);
    topics.commit(A0, 3);
    topics.commit(A1, 1);

    FirstRecords first = read(5, "a");

    assertThat(positions(first)).containsExactly("a-0@4", "a-0@5", "a-1@1");
    assertThat(first.begin())
        .isEqualTo("the offsets of group g, or the earliest where it has none");
  }

  @Test
  void beginWithTheEarliestIfTheGroupHasReadAll() {
    topics.put(A0, 0, 2);
    topics.commit(A0, 9); // of a topic that was deleted and made anew

    FirstRecords first = read(1, "a");

    assertThat(positions(first)).containsExactly("a-0@0");
    assertThat(first.begin()).isEqualTo("the earliest record, as group g has read all there is");
  }

  @Test
  void areOfEachTopicAsManyAsItHasUpToItsShare() {
    topics.put(A0, 0, 9);
    topics.put(B0, 0, 1);
    topics.put(new TopicPartition("c", 0), 0, 9);

    // A third of 6, rounded up; of 4 that are left the half is 2, but there is 1; so 3 are left.
    assertThat(positions(read(6, "a", "b", "c")))
        .containsExactly("a-0@0", "a-0@1", "b-0@0", "c-0@0", "c-0@1", "c-0@2");
    assertThat(positions(read(1, "a", "b", "c"))).containsExactly("a-0@0");
  }

  @Test
  void doNotWaitForOffsetsThatHaveNoRecord() {
    topics.put(A0, 0, 2);
    topics.end(A0, 4); // such as marks of transactions, which the fake does not skip

    FirstRecords first = read(5, "a");

    assertThat(positions(first)).containsExactly("a-0@0", "a-0@1");
  }

  @Test
  void areNoneOfNoTopic() {
    assertThat(read(5).records()).isEmpty();
    topics.put(A0, 7, 7);
    assertThat(read(5, "a").records()).isEmpty();
  }

  private FirstRecords read(int count, String... names) {
    return new FirstRecords.Reading(topics, "g", Duration.ofMillis(1)).read(List.of(names), count);
  }

  private static List<String> positions(FirstRecords first) {
    return first.records().stream().map(record -> record.position().toString()).toList();
  }

  /** A consumer of topics that hold a record per offset. */
  private static final class Topics extends MockConsumer<byte[], byte[]> {
    private final Map<TopicPartition, List<Long>> offsets = new HashMap<>();
    private final Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
    private final Map<String, List<PartitionInfo>> partitions = new TreeMap<>();

    Topics() {
      super("none");
    }

    void put(TopicPartition partition, long begin, long end) {
      List<Long> all = new ArrayList<>();
      for (long offset = begin; offset < end; offset++) {
        all.add(offset);
      }
      offsets.put(partition, all);
      List<PartitionInfo> ofTopic =
          partitions.computeIfAbsent(partition.topic(), unused -> new ArrayList<>());
      ofTopic.add(new PartitionInfo(partition.topic(), partition.partition(), null, null, null));
      updatePartitions(partition.topic(), ofTopic);
      updateBeginningOffsets(Map.of(partition, begin));
      end(partition, end);
    }

    void end(TopicPartition partition, long end) {
      updateEndOffsets(Map.of(partition, end));
    }

    void commit(TopicPartition partition, long offset) {
      committed.put(partition, new OffsetAndMetadata(offset));
    }

    /** As Kafka's own consumer: null where there is none. */
    @Override
    public synchronized Map<TopicPartition, OffsetAndMetadata> committed(
        Set<TopicPartition> asked, Duration timeout) {
      Map<TopicPartition, OffsetAndMetadata> found = new HashMap<>();
      asked.forEach(partition -> found.put(partition, committed.get(partition)));
      return found;
    }

    @Override
    public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
      Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> found = new HashMap<>();
      for (TopicPartition partition : assignment()) {
        for (long offset : offsets.getOrDefault(partition, List.of())) {
          if (offset >= position(partition)) {
            found
                .computeIfAbsent(partition, unused -> new ArrayList<>())
                .add(
                    new ConsumerRecord<>(
                        partition.topic(), partition.partition(), offset, null, null));
            seek(partition, offset + 1);
          }
        }
      }
      return new ConsumerRecords<>(found, Map.of());
    }
  }
}
