package dev.streambed.jobs.kafka.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer.PartitionOffsetsRetriever;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class FirstOffsetsTest {
  private static final TopicPartition READ = new TopicPartition("texts", 0);
  private static final TopicPartition UNREAD = new TopicPartition("texts", 1);

  @Test
  void areThoseOfTheGroupElseTheEarliestAndAlwaysNumbers() {
    var offsets = new FirstOffsets(Set.of());

    Map<TopicPartition, Long> found =
        offsets.getPartitionOffsets(Map.of(READ, 1, UNREAD, 1).keySet(), new Kafka());

    assertThat(found).containsExactlyInAnyOrderEntriesOf(Map.of(READ, 9L, UNREAD, 4L));
  }

  @Test
  void readAFurtherPartitionOfAKnownTopicFromItsBeginning() {
    var offsets = new FirstOffsets(Set.of("texts"));
    var named = new TopicPartition("named-anew", 0);

    Map<TopicPartition, Long> found =
        offsets.getPartitionOffsets(List.of(UNREAD, named), new Kafka());

    assertThat(found)
        .containsEntry(UNREAD, KafkaPartitionSplit.EARLIEST_OFFSET)
        .containsEntry(named, 4L);
  }

  /** Has partitions that begin with offset 4, of which the group has read one up to 9. */
  private static final class Kafka implements PartitionOffsetsRetriever {
    @Override
    public Map<TopicPartition, Long> committedOffsets(Collection<TopicPartition> partitions) {
      return Map.of(READ, 9L);
    }

    @Override
    public Map<TopicPartition, Long> beginningOffsets(Collection<TopicPartition> partitions) {
      return partitions.stream().collect(Collectors.toMap(partition -> partition, each -> 4L));
    }

    @Override
    public Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Map<TopicPartition, OffsetAndTimestamp> offsetsForTimes(
        Map<TopicPartition, Long> timestamps) {
      throw new UnsupportedOperationException();
    }
  }
}
