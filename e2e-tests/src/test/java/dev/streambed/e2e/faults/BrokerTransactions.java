package dev.streambed.e2e.faults;

import static org.awaitility.Awaitility.await;

import dev.streambed.broker.KafkaBroker;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The transactions that a test's broker knows. */
final class BrokerTransactions {
  private BrokerTransactions() {}

  /** Starts a producer as the job has them; one that had the id before is shut out. */
  static KafkaProducer<byte[], byte[]> producer(KafkaBroker broker, String transactionalId) {
    var producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                broker.bootstrapServers(),
                "transactional.id",
                transactionalId,
                "transaction.timeout.ms",
                "900000"),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    producer.initTransactions();
    return producer;
  }

  /** How many transactional ids start with a prefix. */
  static long count(KafkaBroker broker, String prefix) throws Exception {
    try (Admin admin = admin(broker)) {
      return admin.listTransactions().all().get().stream()
          .filter(listing -> listing.transactionalId().startsWith(prefix))
          .count();
    }
  }

  /** Waits until the broker has aborted a transaction of a topic, and none of it is open. */
  static void awaitAbort(KafkaBroker broker, String topic, Duration limit) {
    try (Admin admin = admin(broker)) {
      await("abort by Kafka")
          .atMost(limit)
          .until(
              () -> {
                var states =
                    admin.listTransactions().all().get().stream()
                        .filter(listing -> listing.transactionalId().contains(topic))
                        .map(TransactionListing::state)
                        .toList();
                return states.contains(TransactionState.COMPLETE_ABORT)
                    && !states.contains(TransactionState.ONGOING)
                    && !states.contains(TransactionState.PREPARE_ABORT);
              });
    }
  }

  private static Admin admin(KafkaBroker broker) {
    return Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
  }
}
