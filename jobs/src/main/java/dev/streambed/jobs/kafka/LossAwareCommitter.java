package dev.streambed.jobs.kafka;

import dev.streambed.embedder.Requirements;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.SinkOptions;
import dev.streambed.jobs.options.policy.LostTransactionPolicy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.common.errors.InvalidPidMappingException;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits through the connector, and finds out what became of each transaction that Kafka refuses
 * to commit. The connector would count all of those as failed, and only log them; here Flink's
 * counter failedCommittables counts only those that are lost. Confined to the task thread; owned by
 * Flink's committer operator.
 */
@SuppressWarnings("try") // close throws what the connector throws
final class LossAwareCommitter implements Committer<KafkaCommittable> {
  private static final Logger LOG = LoggerFactory.getLogger(LossAwareCommitter.class);

  private final Committer<KafkaCommittable> connector;
  private final SinkOptions options;
  private final String topic;
  private final OptionalLong restoredCheckpoint;

  LossAwareCommitter(
      Committer<KafkaCommittable> connector,
      SinkOptions options,
      String topic,
      OptionalLong restoredCheckpoint) {
    this.connector = connector;
    this.options = options;
    this.topic = topic;
    this.restoredCheckpoint = restoredCheckpoint;
  }

  @Override
  public void commit(Collection<CommitRequest<KafkaCommittable>> requests)
      throws IOException, InterruptedException {
    List<Refusal> refusals = new ArrayList<>();
    List<CommitRequest<KafkaCommittable>> watched = new ArrayList<>(requests.size());
    for (CommitRequest<KafkaCommittable> request : requests) {
      watched.add(new WatchedRequest(request, refusals::add));
    }
    connector.commit(watched);
    if (!refusals.isEmpty()) {
      examine(refusals);
    }
  }

  /** A transaction that Kafka did not commit, and Kafka's reason. */
  private record Refusal(CommitRequest<KafkaCommittable> request, Throwable reason) {}

  private void examine(List<Refusal> refusals) throws IOException, InterruptedException {
    List<LostTransactionException> losses = new ArrayList<>();
    try (var transactions = new KafkaTransactions(options)) {
      for (Refusal refusal : refusals) {
        KafkaCommittable committable = refusal.request.getCommittable();
        // A producer that is still ours has done nothing since: then no commit came before this.
        if (committable.getProducer().isEmpty() && wasCommitted(transactions, committable)) {
          refusal.request.signalAlreadyCommitted();
        } else {
          refusal.request.signalFailedWithKnownReason(refusal.reason);
          losses.add(loss(committable, refusal.reason));
        }
      }
    }
    if (losses.isEmpty()) {
      return;
    }
    if (options.onLostTransaction() == LostTransactionPolicy.IGNORE) {
      losses.forEach(loss -> LOG.error("{} The job goes on.", loss.getMessage()));
      return;
    }
    LostTransactionException first = losses.get(0);
    losses.subList(1, losses.size()).forEach(first::addSuppressed);
    throw first;
  }

  private boolean wasCommitted(KafkaTransactions transactions, KafkaCommittable committable)
      throws IOException, InterruptedException {
    String id = committable.getTransactionalId();
    try {
      RefusedCommit refused = transactions.examine(committable);
      TransactionDescription found = refused.found();
      LOG.info(
          "Kafka refuses to commit transaction {} (producer {}, epoch {}) after a restore. It has producer {}, epoch {}, state {}.",
          id,
          committable.getProducerId(),
          committable.getEpoch(),
          found.producerId(),
          found.producerEpoch(),
          found.state());
      if (!refused.wasCommitted(options.transactionNaming(), options.transactionTimeout())) {
        return false;
      }
      LOG.info("Transaction {} was committed before the restore: nothing is lost.", id);
      if (refused.leftATransactionOpen()) {
        transactions.abort(id);
      }
      return true;
    } catch (ExecutionException e) {
      // Kafka before 3.0 cannot be asked, but knows no POOLING and takes repeated commits.
      if (e.getCause() instanceof TransactionalIdNotFoundException
          || e.getCause() instanceof UnsupportedVersionException) {
        return false;
      }
      throw new IOException(
          "Cannot find out whether Kafka has committed transaction %s at %s: %s."
              .formatted(id, options.bootstrapServers(), e.getCause()),
          e.getCause());
    }
  }

  private LostTransactionException loss(KafkaCommittable committable, Throwable reason) {
    String until =
        committable.getProducer().isEmpty() && restoredCheckpoint.isPresent()
            ? "checkpoint " + restoredCheckpoint.getAsLong()
            : "the last checkpoint";
    return new LostTransactionException(
        String.format(
            Locale.ROOT,
            "Lost transaction %s: Kafka has aborted it before the job could commit it. Its records in topic %s from before %s are missing."
                + " Most likely the job or Kafka was away for longer than %s (%s), or another job has the same %s."
                + " To write them again, start the job from an earlier checkpoint or savepoint; everything else that was committed since will be there twice."
                + " To go on without them, set %s: %s and start from the last checkpoint. Then raise the timeout above the longest outage.",
            committable.getTransactionalId(),
            topic,
            until,
            JobOptions.SINK_TRANSACTION_TIMEOUT.key(),
            Requirements.written(options.transactionTimeout()),
            JobOptions.SINK_TRANSACTIONAL_ID_PREFIX.key(),
            JobOptions.SINK_ON_LOST_TRANSACTION.key(),
            LostTransactionPolicy.IGNORE),
        reason);
  }

  @Override
  public void close() throws Exception {
    connector.close();
  }

  /** A request that reports refusals here instead of to Flink, which would only count them. */
  private static final class WatchedRequest implements CommitRequest<KafkaCommittable> {
    private final CommitRequest<KafkaCommittable> request;
    private final Consumer<Refusal> refusals;

    WatchedRequest(CommitRequest<KafkaCommittable> request, Consumer<Refusal> refusals) {
      this.request = request;
      this.refusals = refusals;
    }

    @Override
    public KafkaCommittable getCommittable() {
      return request.getCommittable();
    }

    @Override
    public int getNumberOfRetries() {
      return request.getNumberOfRetries();
    }

    @Override
    public void signalFailedWithKnownReason(Throwable reason) {
      refusals.accept(new Refusal(request, reason));
    }

    @Override
    public void signalFailedWithUnknownReason(Throwable reason) {
      // Kafka has forgotten the id (transactional.id.expiration.ms): trying again would not help.
      if (reason instanceof InvalidPidMappingException) {
        refusals.accept(new Refusal(request, reason));
      } else {
        request.signalFailedWithUnknownReason(reason);
      }
    }

    @Override
    public void retryLater() {
      request.retryLater();
    }

    @Override
    public void updateAndRetryLater(KafkaCommittable committable) {
      request.updateAndRetryLater(committable);
    }

    @Override
    public void signalAlreadyCommitted() {
      request.signalAlreadyCommitted();
    }

    @Override
    public String toString() {
      return request.toString();
    }
  }
}
