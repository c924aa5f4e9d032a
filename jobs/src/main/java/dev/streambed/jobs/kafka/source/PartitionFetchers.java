package dev.streambed.jobs.kafka.source;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.flink.connector.base.source.reader.fetcher.SplitFetcher;
import org.apache.flink.connector.base.source.reader.fetcher.SplitFetcherTask;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;
import org.apache.flink.connector.base.source.reader.synchronization.FutureCompletingBlockingQueue;
import org.apache.flink.connector.kafka.source.reader.fetcher.KafkaSourceFetcherManager;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetCommitCallback;
import org.apache.kafka.common.TopicPartition;

/** The fetcher's thread of a reader, with a {@link PartitionFetcher}. Used by the task thread. */
final class PartitionFetchers extends KafkaSourceFetcherManager {
  private final FetchSession session;
  private final Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();

  PartitionFetchers(
      FetchSession session,
      Supplier<SplitReader<ConsumerRecord<byte[], byte[]>, KafkaPartitionSplit>> fetchers) {
    super(new FutureCompletingBlockingQueue<>(), fetchers, finished -> {});
    this.session = session;
  }

  /** Remembers the epochs of the positions in a checkpoint, which is committed next. */
  void remember(List<KafkaPartitionSplit> checkpointed) {
    positions.clear();
    for (KafkaPartitionSplit split : checkpointed) {
      if (split.getStartingOffset() >= 0) {
        positions.put(split.getTopicPartition(), IdentifiedSplit.position(split));
      }
    }
  }

  /**
   * The offsets with their epochs, so that whoever goes on there notices a log that was cut off.
   */
  private Map<TopicPartition, OffsetAndMetadata> withEpochs(
      Map<TopicPartition, OffsetAndMetadata> offsets) {
    Map<TopicPartition, OffsetAndMetadata> complete = new HashMap<>(offsets);
    complete.replaceAll(
        (partition, offset) -> {
          OffsetAndMetadata position = positions.get(partition);
          return position != null && position.offset() == offset.offset() ? position : offset;
        });
    return complete;
  }

  /**
   * Has the fetcher's thread commit the offsets. If it ends before Kafka has them, as it may after
   * the last checkpoint of a bounded job, it commits them when it closes: hence the session keeps
   * them. Kafka refuses the very first commit to a broker while it makes the topic for them.
   */
  @Override
  public void commitOffsets(
      Map<TopicPartition, OffsetAndMetadata> offsets, OffsetCommitCallback callback) {
    if (offsets.isEmpty()) {
      return;
    }
    session.commit(withEpochs(offsets), callback);
    SplitFetcher<ConsumerRecord<byte[], byte[]>, KafkaPartitionSplit> running = getRunningFetcher();
    var fetcher = running == null ? createSplitFetcher() : running;
    fetcher.enqueueTask(commit((PartitionFetcher) fetcher.getSplitReader()));
    if (running == null) {
      startFetcher(fetcher);
    }
  }

  private static SplitFetcherTask commit(PartitionFetcher reader) {
    return new SplitFetcherTask() {
      @Override
      public boolean run() {
        reader.commit();
        return true;
      }

      @Override
      public void wakeUp() {}
    };
  }

  /** Makes the fetcher look at the session's messages, even while it waits for records. */
  void wakeUp() {
    addSplits(List.of());
  }
}
