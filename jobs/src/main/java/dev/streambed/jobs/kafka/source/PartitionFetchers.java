package dev.streambed.jobs.kafka.source;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.source.reader.fetcher.SingleThreadFetcherManager;
import org.apache.flink.connector.base.source.reader.fetcher.SplitFetcher;
import org.apache.flink.connector.base.source.reader.fetcher.SplitFetcherTask;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetCommitCallback;
import org.apache.kafka.common.TopicPartition;

/** The fetcher's thread of a reader, with a {@link PartitionFetcher}. Used by the task thread. */
final class PartitionFetchers
    extends SingleThreadFetcherManager<ConsumerRecord<byte[], byte[]>, KafkaPartitionSplit> {
  private final FetchSession session;

  PartitionFetchers(
      FetchSession session,
      Supplier<SplitReader<ConsumerRecord<byte[], byte[]>, KafkaPartitionSplit>> fetchers,
      Configuration configuration) {
    super(fetchers, configuration);
    this.session = session;
  }

  /**
   * Has the fetcher's thread commit the offsets. If it ends before Kafka has them, as it may after
   * the last checkpoint of a bounded job, it commits them when it closes: hence the session keeps
   * them. Kafka refuses the very first commit to a broker while it makes the topic for them.
   */
  void commitOffsets(
      Map<TopicPartition, OffsetAndMetadata> offsets, OffsetCommitCallback callback) {
    session.commit(offsets, callback);
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
