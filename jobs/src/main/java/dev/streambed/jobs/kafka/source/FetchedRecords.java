package dev.streambed.jobs.kafka.source;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.kafka.source.metrics.KafkaSourceReaderMetrics;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Records and position updates per partition, in order. Filled by the fetcher's thread, and then
 * handed to the task thread.
 */
final class FetchedRecords implements RecordsWithSplitIds<ConsumerRecord<byte[], byte[]>> {
  private final KafkaSourceReaderMetrics metrics;
  private final Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> records =
      new LinkedHashMap<>();
  private final Set<String> finished = new HashSet<>();
  private @Nullable Iterator<Map.Entry<TopicPartition, List<ConsumerRecord<byte[], byte[]>>>>
      partitions;
  private @Nullable TopicPartition partition;
  private Iterator<ConsumerRecord<byte[], byte[]>> current = Collections.emptyIterator();

  FetchedRecords(KafkaSourceReaderMetrics metrics) {
    this.metrics = metrics;
  }

  /** The records and {@link PositionUpdate}s of a partition so far, to add to. */
  List<ConsumerRecord<byte[], byte[]>> of(TopicPartition partition) {
    return records.computeIfAbsent(partition, key -> new ArrayList<>());
  }

  /** Marks the end of a partition. */
  void finish(TopicPartition partition) {
    finished.add(KafkaPartitionSplit.toSplitId(partition));
  }

  @Override
  public @Nullable String nextSplit() {
    if (partitions == null) {
      partitions = records.entrySet().iterator();
    }
    if (!partitions.hasNext()) {
      return null;
    }
    Map.Entry<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> next = partitions.next();
    this.partition = next.getKey();
    this.current = next.getValue().iterator();
    return KafkaPartitionSplit.toSplitId(next.getKey());
  }

  @Override
  public @Nullable ConsumerRecord<byte[], byte[]> nextRecordFromSplit() {
    if (!current.hasNext()) {
      return null;
    }
    ConsumerRecord<byte[], byte[]> record = current.next();
    if (!(record instanceof PositionUpdate)) {
      metrics.recordCurrentOffset(partition, record.offset());
    }
    return record;
  }

  @Override
  public Set<String> finishedSplits() {
    return finished;
  }
}
