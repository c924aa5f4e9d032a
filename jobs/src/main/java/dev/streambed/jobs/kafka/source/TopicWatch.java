package dev.streambed.jobs.kafka.source;

import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.SourceOptions;
import dev.streambed.jobs.options.policy.LostOffsetsPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connector's enumerator, which also looks every second whether the source topic is there and
 * still the same. It announces changes to the readers, which know the positions and decide.
 * Confined to the coordinator's thread, except for {@link #look}, which its worker runs.
 */
final class TopicWatch implements SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> {
  private static final Logger LOG = LoggerFactory.getLogger(TopicWatch.class);

  /** A deleted topic makes consumers log without end until they are told. */
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  /** Looks in vain before a topic counts as deleted: a broker may learn of a new topic late. */
  private static final int LOOKS_IN_VAIN = 3;

  /**
   * Tells the readers what was found of the source topic.
   *
   * @param topicId in Kafka's spelling; null if there is no such topic
   */
  record Seen(@Nullable String topicId) implements SourceEvent {
    private static final long serialVersionUID = 1L;
  }

  private final SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> connector;
  private final SplitEnumeratorContext<KafkaPartitionSplit> context;
  private final SourceOptions options;
  private final TopicLookup lookup;
  private volatile boolean closed;
  private @Nullable Seen seen;
  private int looksInVain;

  TopicWatch(
      SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> connector,
      SplitEnumeratorContext<KafkaPartitionSplit> context,
      SourceOptions options) {
    this.connector = connector;
    this.context = context;
    this.options = options;
    this.lookup = new TopicLookup(options, "watch", () -> closed);
  }

  @Override
  public void start() {
    connector.start();
    context.callAsync(this::look, this::compare, INTERVAL.toMillis(), INTERVAL.toMillis());
  }

  private Seen look() {
    TopicLookup.Topic topic = lookup.find(Set.of());
    return new Seen(
        topic == null
            ? null
            : String.valueOf(Objects.requireNonNullElse(topic.id(), Uuid.ZERO_UUID)));
  }

  private void compare(Seen found, @Nullable Throwable failure) {
    if (failure != null) {
      LOG.debug("Cannot look at source topic {}; trying again.", options.topic(), failure);
      return;
    }
    if (!found.equals(seen)) {
      seen = found;
      context.registeredReaders().keySet().forEach(this::tell);
    }
    looksInVain = found.topicId() == null ? looksInVain + 1 : 0;
    if (looksInVain == LOOKS_IN_VAIN) {
      String message =
          "Source topic %s does not exist any more on %s. Its records that the job had not read are lost."
              .formatted(options.topic(), options.bootstrapServers());
      if (options.onLostOffsets() == LostOffsetsPolicy.FAIL) {
        throw new LostOffsetsException(
            message
                + " To wait for a new one of that name, and embed that from its beginning, set %s: %s and start from the last checkpoint."
                    .formatted(
                        JobOptions.SOURCE_ON_LOST_OFFSETS.key(), LostOffsetsPolicy.CONTINUE));
      }
      LOG.warn("{} The job waits for a new one of that name.", message);
    }
  }

  private void tell(int subtask) {
    if (seen != null) {
      context.sendEventToSourceReader(subtask, seen);
    }
  }

  @Override
  public void handleSplitRequest(int subtask, @Nullable String host) {
    connector.handleSplitRequest(subtask, host);
  }

  @Override
  public void handleSourceEvent(int subtask, SourceEvent event) {
    connector.handleSourceEvent(subtask, event);
  }

  @Override
  public void addSplitsBack(List<KafkaPartitionSplit> splits, int subtask) {
    connector.addSplitsBack(splits, subtask);
  }

  @Override
  public void addReader(int subtask) {
    connector.addReader(subtask);
    tell(subtask);
  }

  @Override
  public KafkaSourceEnumState snapshotState(long checkpointId) throws Exception {
    KafkaSourceEnumState state = connector.snapshotState(checkpointId);
    if (!state.initialDiscoveryFinished()) {
      // A restore would look up the first offsets again, when the group has committed others.
      throw new IllegalStateException(
          "The partitions of source topic %s are not known yet. The next checkpoint will have them."
              .formatted(options.topic()));
    }
    return state;
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) throws Exception {
    connector.notifyCheckpointComplete(checkpointId);
  }

  @Override
  public void notifyCheckpointAborted(long checkpointId) throws Exception {
    connector.notifyCheckpointAborted(checkpointId);
  }

  @Override
  public void close() throws IOException {
    this.closed = true;
    try (lookup) {
      connector.close();
    }
  }
}
