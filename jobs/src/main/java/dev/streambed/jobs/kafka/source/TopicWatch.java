package dev.streambed.jobs.kafka.source;

import dev.streambed.jobs.kafka.TopicLookup;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.SinkOptions;
import dev.streambed.jobs.options.SourceOptions;
import dev.streambed.jobs.options.policy.LostOffsetsPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connector's enumerator, which also looks every second whether each topic of the job is there
 * and still the same. It announces changes of source topics to the readers, which know the
 * positions and decide. Confined to the coordinator's thread, except for {@link #look}, which its
 * worker runs.
 */
final class TopicWatch implements SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> {
  private static final Logger LOG = LoggerFactory.getLogger(TopicWatch.class);

  /** A deleted topic makes consumers log without end until they are told. */
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  /** Looks in vain before a topic counts as deleted: a broker may learn of a new topic late. */
  static final int LOOKS_IN_VAIN = 3;

  /** In place of the id of a topic that is not there. */
  static final String GONE = "";

  /**
   * Tells the readers what was found of the source topics.
   *
   * @param topicIds by name, in Kafka's spelling; {@link #GONE} for a topic that is not there
   */
  record Seen(Map<String, String> topicIds) implements SourceEvent {
    private static final long serialVersionUID = 1L;

    Seen {
      topicIds = Map.copyOf(topicIds);
    }
  }

  private final SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> connector;
  private final SplitEnumeratorContext<KafkaPartitionSplit> context;
  private final SourceOptions options;
  private final SourceTopicSubscriber subscriber;
  private final Set<String> first;
  private final TopicLookup lookup;
  private final SinkWatch sink;
  private volatile boolean closed;
  private @Nullable Seen seen;
  private final Map<String, Integer> looksInVain = new HashMap<>();

  /**
   * @param subscriber the connector's, whose topics are looked at from then on
   * @param restored the topics of the state
   */
  TopicWatch(
      SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> connector,
      SplitEnumeratorContext<KafkaPartitionSplit> context,
      SourceOptions options,
      SinkOptions sink,
      SourceTopicSubscriber subscriber,
      Set<String> restored) {
    this.connector = connector;
    this.context = context;
    this.options = options;
    this.subscriber = subscriber;
    this.first = new HashSet<>(options.topics().names());
    restored.stream().filter(options.topics()::include).forEach(first::add);
    Properties properties = options.consumerProperties();
    properties.setProperty(ConsumerConfig.CLIENT_ID_CONFIG, options.groupId() + "-watch");
    this.lookup = new TopicLookup(properties, AclOperation.READ, () -> closed);
    this.sink = new SinkWatch(sink);
  }

  @Override
  public void start() {
    connector.start();
    long millis = INTERVAL.toMillis();
    context.callAsync(this::look, this::compare, millis, millis);
    context.callAsync(sink::look, sink::compare, millis, millis);
  }

  private Seen look() {
    Set<String> topics = new HashSet<>(first);
    topics.addAll(subscriber.seenTopics());
    Map<String, TopicLookup.Topic> found = lookup.find(topics, Set.of());
    Map<String, String> ids = new HashMap<>();
    for (String name : topics) {
      TopicLookup.Topic topic = found.get(name);
      if (topic == null) {
        ids.put(name, GONE);
      } else if (!topic.isDenied()) { // nothing new is known of a denied one
        ids.put(name, String.valueOf(Objects.requireNonNullElse(topic.id(), Uuid.ZERO_UUID)));
      }
    }
    return new Seen(ids);
  }

  private void compare(Seen found, @Nullable Throwable failure) {
    if (failure != null) {
      LOG.debug("Cannot look at the source topics {}; trying again.", options.topics(), failure);
      return;
    }
    if (!found.equals(seen)) {
      seen = found;
      context.registeredReaders().keySet().forEach(this::tell);
    }
    found
        .topicIds()
        .forEach(
            (topic, id) -> {
              int looks = id.equals(GONE) ? looksInVain.getOrDefault(topic, 0) + 1 : 0;
              looksInVain.put(topic, looks);
              if (looks == LOOKS_IN_VAIN) {
                miss(topic);
              }
            });
  }

  private void miss(String topic) {
    String message =
        "Source topic %s does not exist any more on %s. Its records that the job had not read are lost."
            .formatted(topic, options.bootstrapServers());
    if (options.onLostOffsets() == LostOffsetsPolicy.FAIL) {
      throw new LostOffsetsException(
          message
              + " To embed a new one of that name from its beginning, make it, set %s: %s and start from the last checkpoint."
                  .formatted(JobOptions.SOURCE_ON_LOST_OFFSETS.key(), LostOffsetsPolicy.CONTINUE));
    }
    LOG.warn("{} The job waits for a new one of that name.", message);
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
    if (state.initialDiscoveryFinished()) {
      return state;
    }
    if (subscriber.foundNothing()) {
      // Those of a pattern that come later are new ones.
      return new KafkaSourceEnumState(state.splits(), /* initialDiscoveryFinished= */ true);
    }
    // A restore would look up the first offsets again, when the group has committed others.
    throw new IllegalStateException(
        "The partitions of source topic %s are not known yet. The next checkpoint will have them."
            .formatted(options.topics()));
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
    try (lookup;
        sink) {
      connector.close();
    }
  }
}
