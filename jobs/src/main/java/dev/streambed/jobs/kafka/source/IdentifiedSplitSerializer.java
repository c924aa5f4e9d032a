package dev.streambed.jobs.kafka.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplitSerializer;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Writes the connector's bytes, then the leader's epoch, then the topic's id. The connector ignores
 * bytes after its own, and version 1 looks for the id at the end, so that earlier versions can read
 * these, too.
 */
final class IdentifiedSplitSerializer implements SimpleVersionedSerializer<KafkaPartitionSplit> {
  private static final int WITH_TOPIC_ID = 1;
  private static final int WITH_LEADER_EPOCH = 2;

  private static final int TOPIC_ID_BYTES = 2 * Long.BYTES;

  /** In place of an epoch that is not known. */
  private static final int NO_EPOCH = -1;

  private final KafkaPartitionSplitSerializer connector = new KafkaPartitionSplitSerializer();

  @Override
  public int getVersion() {
    return WITH_LEADER_EPOCH;
  }

  @Override
  public byte[] serialize(KafkaPartitionSplit split) throws IOException {
    byte[] bytes = connector.serialize(split);
    Integer leaderEpoch = IdentifiedSplit.leaderEpoch(split);
    Uuid topicId = IdentifiedSplit.topicId(split);
    Uuid written = topicId == null ? Uuid.ZERO_UUID : topicId;
    return ByteBuffer.allocate(bytes.length + Integer.BYTES + TOPIC_ID_BYTES)
        .put(bytes)
        .putInt(leaderEpoch == null ? NO_EPOCH : leaderEpoch)
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
        version < WITH_TOPIC_ID ? null : readTopicId(serialized),
        version < WITH_LEADER_EPOCH ? null : readLeaderEpoch(serialized));
  }

  private static @Nullable Uuid readTopicId(byte[] serialized) {
    int offset = serialized.length - TOPIC_ID_BYTES;
    ByteBuffer bytes = ByteBuffer.wrap(serialized).position(offset);
    var topicId = new Uuid(bytes.getLong(), bytes.getLong());
    return topicId.equals(Uuid.ZERO_UUID) ? null : topicId;
  }

  private static @Nullable Integer readLeaderEpoch(byte[] serialized) {
    int offset = serialized.length - TOPIC_ID_BYTES - Integer.BYTES;
    int epoch = ByteBuffer.wrap(serialized).getInt(offset);
    return epoch == NO_EPOCH ? null : epoch;
  }
}
