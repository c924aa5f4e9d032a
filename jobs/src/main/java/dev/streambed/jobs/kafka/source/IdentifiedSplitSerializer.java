package dev.streambed.jobs.kafka.source;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplitSerializer;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Writes the connector's bytes, then the topic's id. The connector ignores bytes after its own, so
 * versions that know no ids can read these, too.
 */
final class IdentifiedSplitSerializer implements SimpleVersionedSerializer<KafkaPartitionSplit> {
  private static final int WITH_TOPIC_ID = 1;

  private final KafkaPartitionSplitSerializer connector = new KafkaPartitionSplitSerializer();

  @Override
  public int getVersion() {
    return WITH_TOPIC_ID;
  }

  @Override
  public byte[] serialize(KafkaPartitionSplit split) throws IOException {
    byte[] bytes = connector.serialize(split);
    Uuid topicId = IdentifiedSplit.topicId(split);
    Uuid written = topicId == null ? Uuid.ZERO_UUID : topicId;
    return ByteBuffer.allocate(bytes.length + 2 * Long.BYTES)
        .put(bytes)
        .putLong(written.getMostSignificantBits())
        .putLong(written.getLeastSignificantBits())
        .array();
  }

  @Override
  public KafkaPartitionSplit deserialize(int version, byte[] serialized) throws IOException {
    KafkaPartitionSplit split = connector.deserialize(version, serialized);
    return new IdentifiedSplit(
        split.getTopicPartition(),
        split.getStartingOffset(),
        IdentifiedSplit.stoppingOffset(split),
        version < WITH_TOPIC_ID ? null : readTopicId(serialized));
  }

  private static @Nullable Uuid readTopicId(byte[] serialized) throws IOException {
    int offset = serialized.length - 2 * Long.BYTES;
    try (var in =
        new DataInputStream(new ByteArrayInputStream(serialized, offset, 2 * Long.BYTES))) {
      var topicId = new Uuid(in.readLong(), in.readLong());
      return topicId.equals(Uuid.ZERO_UUID) ? null : topicId;
    }
  }
}
