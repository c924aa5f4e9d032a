package dev.streambed.jobs.kafka;

import dev.streambed.jobs.options.SinkOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FinalizedVersionRange;
import org.apache.kafka.clients.admin.TransactionDescription;

/** Looks at the transactional ids of a sink. Confined to one task thread, and closed by it. */
final class KafkaTransactions implements AutoCloseable {
  private static final String TRANSACTION_VERSION = "transaction.version";

  /** From this version on, each transaction has an epoch of its own (KIP-890). */
  private static final int EPOCH_PER_TRANSACTION = 2;

  private final Admin admin;

  KafkaTransactions(SinkOptions options) {
    this.admin = Admin.create(options.adminProperties());
  }

  /** The present state, in Kafka, of the id of a transaction that it does not commit. */
  RefusedCommit examine(KafkaCommittable committable)
      throws ExecutionException, InterruptedException {
    String id = committable.getTransactionalId();
    TransactionDescription found = admin.describeTransactions(List.of(id)).description(id).get();
    Map<String, FinalizedVersionRange> features =
        admin.describeFeatures().featureMetadata().get().finalizedFeatures();
    FinalizedVersionRange version = features.get(TRANSACTION_VERSION);
    return new RefusedCommit(
        committable,
        found,
        version != null && version.maxVersionLevel() >= EPOCH_PER_TRANSACTION,
        Instant.now());
  }

  /** Aborts the open transaction of an id, so that consumers do not wait for its timeout. */
  void abort(String transactionalId) throws ExecutionException, InterruptedException {
    admin.fenceProducers(List.of(transactionalId)).all().get();
  }

  @Override
  public void close() {
    admin.close(Duration.ZERO);
  }
}
