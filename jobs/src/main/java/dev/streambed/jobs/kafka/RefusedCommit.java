package dev.streambed.jobs.kafka;

import java.time.Duration;
import java.time.Instant;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionState;

/**
 * A commit that Kafka has refused to a job that was restored, and the facts that show whether the
 * transaction had been committed before. After a restore Flink commits the checkpoint's
 * transactions once more. So most refusals are good news: the commit came through, the job died
 * before its next checkpoint, and Kafka has raised the epoch of the id since. Kafka keeps no
 * history; the epoch and the state of the id are all there is (docs/decisions/0024).
 *
 * @param committable the transaction in the checkpoint
 * @param found the id in Kafka now
 * @param epochPerTransaction whether Kafka raises the epoch with each transaction
 *     (transaction.version 2), or only with a new producer or a timeout
 * @param now for the age of the transaction found
 */
record RefusedCommit(
    KafkaCommittable committable,
    TransactionDescription found,
    boolean epochPerTransaction,
    Instant now) {

  /**
   * True if the transaction was committed, false if it may have been aborted.
   *
   * @param timeout of the sink's transactions
   */
  boolean wasCommitted(TransactionNamingStrategy naming, Duration timeout) {
    int raised = found.producerEpoch() - committable.getEpoch();
    if (found.producerId() != committable.getProducerId() || raised < 0) {
      return false;
    }
    // With POOLING a writer takes an id again only after its last transaction was committed.
    boolean isReused = naming == TransactionNamingStrategy.POOLING;
    return switch (found.state()) {
      case COMPLETE_COMMIT, PREPARE_COMMIT -> true;
      case EMPTY, ONGOING -> isReused && raised > 0;
      case COMPLETE_ABORT, PREPARE_ABORT, PREPARE_EPOCH_FENCE ->
          isReused && !isAbortOfThisOne(raised, timeout);
      case UNKNOWN -> false;
    };
  }

  /** True if an ongoing transaction of the reused id is left over, which nobody will commit. */
  boolean leftATransactionOpen() {
    return found.state() == TransactionState.ONGOING;
  }

  /**
   * Whether Kafka may have aborted this transaction, not a later one of the same id. A timeout
   * raises the epoch by 1, or by 2 in Kafka 4.0 and 4.1 with transaction.version 2; reuse by 1 for
   * the new producer and, with transaction.version 2, by 1 for each commit and abort.
   */
  private boolean isAbortOfThisOne(int raised, Duration timeout) {
    return switch (raised) {
      case 0 -> true;
      case 1 -> epochPerTransaction || isOldEnough(timeout);
      case 2 -> epochPerTransaction && isOldEnough(timeout);
      default -> false;
    };
  }

  /**
   * Old enough to have timed out: half the timeout, so that clocks that differ cannot hide a loss.
   */
  private boolean isOldEnough(Duration timeout) {
    return found.transactionStartTimeMs().isEmpty()
        || now.toEpochMilli() - found.transactionStartTimeMs().getAsLong()
            >= timeout.toMillis() / 2;
  }
}
