package dev.streambed.jobs;

import java.lang.reflect.Field;
import java.time.Duration;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.kafka.clients.admin.AdminClient;
import org.jspecify.annotations.Nullable;

/**
 * The admin client with which the connector's writer lists open transactions while it is opened,
 * and which it never closes: a thread that keeps the job's class loader in the TaskManager for
 * ever, and that is busy without a pause once Kafka is gone (docs/decisions/0062).
 */
final class WriterAdminClient {
  /** A private field of the connector's ExactlyOnceKafkaWriter. */
  private static final String FIELD = "adminClient";

  private WriterAdminClient() {}

  /**
   * Closes the admin client of a writer that is open, which needs it no more.
   *
   * @throws IllegalStateException if this connector keeps its admin client elsewhere; the writer is
   *     closed then
   */
  static void close(SinkWriter<?> writer) {
    AdminClient client;
    try {
      client = of(writer);
    } catch (ReflectiveOperationException | RuntimeException e) {
      var failure =
          new IllegalStateException(
              "Cannot close the admin client of %s: it has no field '%s' of that type. This job was built for another version of flink-connector-kafka; use the one in its jar."
                  .formatted(writer.getClass().getName(), FIELD),
              e);
      closeAfter(failure, writer);
      throw failure;
    }
    if (client != null) {
      client.close(Duration.ZERO);
    }
  }

  private static @Nullable AdminClient of(SinkWriter<?> writer)
      throws ReflectiveOperationException {
    Field field = writer.getClass().getDeclaredField(FIELD);
    field.setAccessible(true);
    return (AdminClient) field.get(writer);
  }

  private static void closeAfter(IllegalStateException failure, SinkWriter<?> writer) {
    try {
      writer.close();
    } catch (Exception e) {
      failure.addSuppressed(e);
    }
  }
}
