package dev.streambed.jobs.kafka.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplitSerializer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class IdentifiedSplitSerializerTest {
  private static final TopicPartition PARTITION = new TopicPartition("texts", 3);
  private final IdentifiedSplitSerializer serializer = new IdentifiedSplitSerializer();
  private final KafkaPartitionSplitSerializer connector = new KafkaPartitionSplitSerializer();

  @Test
  void keepsTheTopicIdAndTheLeaderEpoch() throws IOException {
    var split = new IdentifiedSplit(PARTITION, 7, 9, new Uuid(5, 6), 4);

    assertThat(serializer.deserialize(serializer.getVersion(), serializer.serialize(split)))
        .isEqualTo(split);
  }

  @Test
  void keepsThatThereIsNeither() throws IOException {
    var split =
        new IdentifiedSplit(
            PARTITION,
            7,
            KafkaPartitionSplit.NO_STOPPING_OFFSET,
            /* topicId= */ null,
            /* leaderEpoch= */ null);

    assertThat(serializer.deserialize(serializer.getVersion(), serializer.serialize(split)))
        .isEqualTo(split);
  }

  @Test
  void readsWhatTheConnectorWrote() throws IOException {
    byte[] bytes = connector.serialize(new KafkaPartitionSplit(PARTITION, -3));

    assertThat(serializer.deserialize(connector.getVersion(), bytes))
        .isEqualTo(
            new IdentifiedSplit(PARTITION, -3, KafkaPartitionSplit.NO_STOPPING_OFFSET, null, null));
  }

  @Test
  void readsWhatVersionOneWrote() throws IOException {
    byte[] split = connector.serialize(new KafkaPartitionSplit(PARTITION, 7, 9));
    byte[] bytes = ByteBuffer.allocate(split.length + 16).put(split).putLong(5).putLong(6).array();

    assertThat(serializer.deserialize(1, bytes))
        .isEqualTo(new IdentifiedSplit(PARTITION, 7, 9, new Uuid(5, 6), null));
  }

  @Test
  void writesWhatVersionOneReads() throws IOException {
    byte[] bytes = serializer.serialize(new IdentifiedSplit(PARTITION, 7, 9, new Uuid(5, 6), 4));

    assertThat(serializer.deserialize(1, bytes)) // as it looks for the id
        .isEqualTo(new IdentifiedSplit(PARTITION, 7, 9, new Uuid(5, 6), null));
  }

  @Test
  void writesWhatTheConnectorReads() throws IOException {
    byte[] bytes = serializer.serialize(new IdentifiedSplit(PARTITION, 7, 9, new Uuid(5, 6), 4));

    assertThat(connector.deserialize(serializer.getVersion(), bytes))
        .isEqualTo(new KafkaPartitionSplit(PARTITION, 7, 9));
  }
}
