package dev.streambed.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** With the connector's writer, in a TaskManager: {@code ResubmissionIT} in e2e-tests. */
class WriterAdminClientTest {
  private static final String CLIENT_ID = "writer-admin-client-test";

  @Test
  void knowsWhereTheConnectorKeepsIt() throws Exception {
    Class<?> writer = Class.forName("org.apache.flink.connector.kafka.sink.ExactlyOnceKafkaWriter");

    assertThat(writer.getDeclaredField("adminClient").getType()).isEqualTo(AdminClient.class);
  }

  @Test
  void closesItAndLeavesTheWriterOpen() {
    // Nobody listens at port 1.
    AdminClient client =
        AdminClient.create(
            Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                "127.0.0.1:1",
                AdminClientConfig.CLIENT_ID_CONFIG,
                CLIENT_ID));
    var writer = new AskingWriter(client);

    WriterAdminClient.close(writer);

    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.contains(CLIENT_ID));
    assertThat(writer.closed).isFalse();
  }

  @Test
  void takesAWriterThatNeededNone() {
    var writer = new AskingWriter(null);

    WriterAdminClient.close(writer);

    assertThat(writer.closed).isFalse();
  }

  @Test
  void failsAndClosesTheWriterOfAConnectorThatKeepsItElsewhere() {
    var writer = new Writer();

    assertThatThrownBy(() -> WriterAdminClient.close(writer))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(
            "Cannot close the admin client of %s: it has no field 'adminClient' of that type."
                .formatted(Writer.class.getName()));
    assertThat(writer.closed).isTrue();
  }

  private static class Writer implements SinkWriter<String> {
    boolean closed;

    @Override
    public void write(String element, Context context) {}

    @Override
    public void flush(boolean endOfInput) {}

    @Override
    public void close() {
      closed = true;
    }
  }

  private static final class AskingWriter extends Writer {
    @SuppressWarnings("UnusedVariable") // read as the connector's is
    private final @Nullable AdminClient adminClient;

    AskingWriter(@Nullable AdminClient adminClient) {
      this.adminClient = adminClient;
    }
  }
}
