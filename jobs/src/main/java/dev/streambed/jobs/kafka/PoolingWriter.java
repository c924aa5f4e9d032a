package dev.streambed.jobs.kafka;

import static java.lang.invoke.MethodType.methodType;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.time.Duration;
import java.util.Collection;
import java.util.Properties;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.KafkaWriterState;
import org.apache.flink.connector.kafka.sink.TwoPhaseCommittingStatefulSink.PrecommittingStatefulSinkWriter;
import org.apache.flink.connector.kafka.sink.internal.TransactionAbortStrategyImpl;
import org.apache.flink.connector.kafka.sink.internal.TransactionNamingStrategyImpl;
import org.apache.kafka.clients.admin.AdminClient;

/**
 * Opens the connector's writer for transactions of naming POOLING, as {@link
 * KafkaSink#restoreWriter} does, and closes the admin client that it lists open transactions with.
 * The connector never closes that client: its thread keeps the job's class loader in the
 * TaskManager for ever, and spins once Kafka is gone (docs/decisions/0062). The client is closed
 * even if opening fails.
 */
final class PoolingWriter {
  private static final String WRITER = KafkaSink.class.getPackageName() + ".ExactlyOnceKafkaWriter";

  private PoolingWriter() {}

  /**
   * Opens a writer.
   *
   * @param connector made with the same prefix and record writer
   * @throws IllegalStateException if this is another connector than the job was built for
   */
  static PrecommittingStatefulSinkWriter<OutputRecord, KafkaWriterState, KafkaCommittable> open(
      KafkaSink<OutputRecord> connector,
      String transactionalIdPrefix,
      RecordWriter recordWriter,
      WriterInitContext context,
      Collection<KafkaWriterState> recovered) {
    Parts parts = Parts.ofConnector();
    try {
      Object writer =
          parts.constructor.invoke(
              DeliveryGuarantee.EXACTLY_ONCE,
              (Properties) parts.producerProperties.invoke(connector),
              transactionalIdPrefix,
              context,
              recordWriter,
              context.asSerializationSchemaInitializationContext(),
              TransactionAbortStrategyImpl.LISTING,
              TransactionNamingStrategyImpl.POOLING,
              recovered);
      try {
        parts.initialize.invoke(writer);
      } finally {
        var client = (AdminClient) parts.adminClient.invoke(writer);
        if (client != null) {
          client.close(Duration.ZERO);
        }
      }
      @SuppressWarnings("unchecked") // of these types by its arguments
      var opened =
          (PrecommittingStatefulSinkWriter<OutputRecord, KafkaWriterState, KafkaCommittable>)
              writer;
      return opened;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) { // which method handles declare, and the connector does not
      throw new IllegalStateException("Cannot open a writer: " + e, e);
    }
  }

  /** The connector's private parts. */
  record Parts(
      MethodHandle producerProperties,
      MethodHandle constructor,
      MethodHandle initialize,
      MethodHandle adminClient) {

    static Parts ofConnector() {
      try {
        return of(Class.forName(WRITER, false, KafkaSink.class.getClassLoader()));
      } catch (ClassNotFoundException e) {
        throw unknown(e);
      }
    }

    static Parts of(Class<?> writer) {
      try {
        MethodHandles.Lookup lookup = MethodHandles.lookup();
        MethodHandles.Lookup inSink = MethodHandles.privateLookupIn(KafkaSink.class, lookup);
        MethodHandles.Lookup inWriter = MethodHandles.privateLookupIn(writer, lookup);
        return new Parts(
            inSink.findVirtual(
                KafkaSink.class, "getKafkaProducerConfig", methodType(Properties.class)),
            inWriter.findConstructor(
                writer,
                methodType(
                    void.class,
                    DeliveryGuarantee.class,
                    Properties.class,
                    String.class,
                    WriterInitContext.class,
                    KafkaRecordSerializationSchema.class,
                    SerializationSchema.InitializationContext.class,
                    TransactionAbortStrategyImpl.class,
                    TransactionNamingStrategyImpl.class,
                    Collection.class)),
            inWriter.findVirtual(writer, "initialize", methodType(void.class)),
            inWriter.findGetter(writer, "adminClient", AdminClient.class));
      } catch (ReflectiveOperationException e) {
        throw unknown(e);
      }
    }

    private static IllegalStateException unknown(ReflectiveOperationException cause) {
      return new IllegalStateException(
          "Cannot open a writer of flink-connector-kafka: found another version than this job was built for (%s). Use the one in the job's jar."
              .formatted(cause),
          cause);
    }
  }
}
