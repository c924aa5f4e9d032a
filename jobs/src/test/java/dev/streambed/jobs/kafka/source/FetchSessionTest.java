package dev.streambed.jobs.kafka.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which fetcher commits when, seen by Kafka's own consumer for tests. */
@Timeout(60)
class FetchSessionTest {
  private static final TopicPartition PARTITION = new TopicPartition("texts", 0);

  private final FetchSession session = new FetchSession();
  private final ExecutorService first = Executors.newSingleThreadExecutor();
  private final ExecutorService second = Executors.newSingleThreadExecutor();

  @AfterEach
  void stop() {
    first.shutdownNow();
    second.shutdownNow();
  }

  @Test
  void letsTheNextFetcherCommitOnlyWhenNothingOfTheOneBeforeIsOnItsWay() throws Exception {
    commit(1);
    assertThat(first.submit(session::takeCommits).get()).hasSize(1); // sent, not answered
    commit(31); // the last of a bounded job, for a new fetcher, as the first one is closing

    Future<List<FetchSession.Commit>> next = second.submit(session::takeCommits);

    assertThat(next).as("commits while the first is open").failsWithin(Duration.ofMillis(300));
    var consumer = new Recording();
    Future<?> closed = first.submit(() -> session.end(consumer, UnaryOperator.identity()));
    assertThat(next.get(30, TimeUnit.SECONDS)).hasSize(1);
    closed.get(30, TimeUnit.SECONDS);
    assertThat(consumer.closed()).isTrue();
  }

  @Test
  void commitsTheLastOffsetsThatNobodyHasConfirmed() throws Exception {
    commit(1);
    commit(31);
    var consumer = new Recording();

    first.submit(() -> session.end(consumer, UnaryOperator.identity())).get();

    assertThat(consumer.committed).isEqualTo(31);
  }

  @Test
  void commitsNothingMoreIfKafkaHasIt() throws Exception {
    commit(31);
    FetchSession.Commit taken = first.submit(session::takeCommits).get().get(0);
    taken.onComplete(taken.offsets(), null);
    var consumer = new Recording();

    first.submit(() -> session.end(consumer, UnaryOperator.identity())).get();

    assertThat(consumer.committed).isEqualTo(-1);
    assertThat(consumer.closed()).isTrue();
  }

  private void commit(long offset) {
    session.commit(Map.of(PARTITION, new OffsetAndMetadata(offset)), (offsets, failure) -> {});
  }

  private static final class Recording extends MockConsumer<byte[], byte[]> {
    private long committed = -1;

    Recording() {
      super("earliest");
      assign(Set.of(PARTITION));
    }

    @Override
    public synchronized void commitSync(
        Map<TopicPartition, OffsetAndMetadata> offsets, Duration limit) {
      committed = Objects.requireNonNull(offsets.get(PARTITION)).offset();
    }
  }
}
