package dev.streambed.jobs.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** With real brokers: {@code LostTransactionIT} in e2e-tests. */
class RefusedCommitTest {
  private static final long PRODUCER = 7;
  private static final short EPOCH = 40;
  private static final Duration TIMEOUT = Duration.ofMinutes(15);
  private static final Instant NOW = Instant.ofEpochSecond(1_800_000_000);

  /** The possible histories of an id since epoch 40, and its state and epoch afterwards. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        // transaction.version 2: an epoch per transaction
        "committed                            | 2 | COMPLETE_COMMIT | 41 | 1  | true  | true",
        "committed after an earlier restore   | 2 | COMPLETE_COMMIT | 40 | 1  | true  | true",
        "commit on its way                    | 2 | PREPARE_COMMIT  | 41 | 1  | true  | true",
        "timed out                            | 2 | COMPLETE_ABORT  | 41 | 15 | false | false",
        "timed out, whatever the clocks say   | 2 | COMPLETE_ABORT  | 41 | 0  | false | false",
        "timed out in Kafka 4.0               | 2 | COMPLETE_ABORT  | 42 | 15 | false | false",
        "timing out                           | 2 | PREPARE_ABORT   | 41 | 15 | false | false",
        "being fenced                         | 2 | PREPARE_EPOCH_FENCE | 41 | 15 | false | false",
        "aborted by its own producer          | 2 | COMPLETE_ABORT  | 40 | 1  | false | false",
        "reused                               | 2 | EMPTY           | 42 | 0  | true  | false",
        "reused, with data                    | 2 | ONGOING         | 42 | 1  | true  | false",
        "reused and aborted                   | 2 | COMPLETE_ABORT  | 43 | 1  | true  | false",
        "reused and timed out                 | 2 | COMPLETE_ABORT  | 43 | 15 | true  | false",
        "reused after a restore and aborted   | 2 | COMPLETE_ABORT  | 42 | 1  | true  | false",
        "reused and committed                 | 2 | COMPLETE_COMMIT | 43 | 1  | true  | true",
        "not known to this client             | 2 | UNKNOWN         | 41 | 1  | false | false",
        // before: an epoch per producer
        "committed, version 1                 | 1 | COMPLETE_COMMIT | 40 | 1  | true  | true",
        "timed out, version 1                 | 1 | COMPLETE_ABORT  | 41 | 15 | false | false",
        "reused, version 1                    | 1 | EMPTY           | 41 | 0  | true  | false",
        "reused, with data, version 1         | 1 | ONGOING         | 41 | 1  | true  | false",
        "reused and aborted, version 1        | 1 | COMPLETE_ABORT  | 41 | 1  | true  | false",
        "reused and timed out, version 1      | 1 | COMPLETE_ABORT  | 42 | 15 | true  | false",
      })
  void tellsACommittedTransactionFromALostOne(
      String history,
      int transactionVersion,
      TransactionState state,
      int epoch,
      long minutesSinceStart,
      boolean committedIfPooling,
      boolean committedIfIncrementing) {
    var refused =
        new RefusedCommit(
            new KafkaCommittable(PRODUCER, EPOCH, "id", /* producer= */ null),
            found(state, PRODUCER, epoch, Duration.ofMinutes(minutesSinceStart)),
            /* epochPerTransaction= */ transactionVersion >= 2,
            NOW);

    assertThat(refused.wasCommitted(TransactionNamingStrategy.POOLING, TIMEOUT))
        .as(history)
        .isEqualTo(committedIfPooling);
    assertThat(refused.wasCommitted(TransactionNamingStrategy.INCREMENTING, TIMEOUT))
        .as(history)
        .isEqualTo(committedIfIncrementing);
  }

  @Test
  void takesATransactionAsLostIfKafkaHasForgottenItsProducer() {
    var refused =
        new RefusedCommit(
            new KafkaCommittable(PRODUCER, EPOCH, "id", /* producer= */ null),
            found(TransactionState.COMPLETE_COMMIT, PRODUCER + 1, EPOCH + 1, Duration.ZERO),
            /* epochPerTransaction= */ true,
            NOW);

    assertThat(refused.wasCommitted(TransactionNamingStrategy.POOLING, TIMEOUT)).isFalse();
  }

  private static TransactionDescription found(
      TransactionState state, long producer, int epoch, Duration sinceStart) {
    return new TransactionDescription(
        /* coordinatorId= */ 1,
        state,
        producer,
        epoch,
        TIMEOUT.toMillis(),
        state == TransactionState.EMPTY
            ? OptionalLong.empty()
            : OptionalLong.of(NOW.minus(sinceStart).toEpochMilli()),
        Set.of());
  }
}
