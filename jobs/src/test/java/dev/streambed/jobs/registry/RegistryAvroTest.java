package dev.streambed.jobs.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.streambed.schemas.MalformedRecordException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60) // what should be a dead letter must not wait for ever
class RegistryAvroTest {
  private static final String TEXT =
      "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"text\",\"type\":\"string\"}]}";
  private static final byte[] HELLO = HexFormat.of().parseHex("0000000001" + "0a48656c6c6f");

  @RegisterExtension private final FakeRegistry registry = new FakeRegistry();
  private final ManualClock clock = new ManualClock();

  @Test
  void readsTheSchemaOfAnIdOnce() {
    registry.put(1, TEXT, "[]");
    try (RegistryAvro avro = open(registry.options(), duration -> {}, null)) {
      assertThat(avro.decode(HELLO).get("text").asText()).isEqualTo("Hello");
      assertThat(avro.decode(HELLO).get("text").asText()).isEqualTo("Hello");
    }

    assertThat(registry.asked).containsExactly("/schemas/ids/1");
  }

  @Test
  void readsReferencesFirstAndEachOnce() {
    String used = "{\"type\":\"enum\",\"name\":\"a.E\",\"symbols\":[\"X\"]}";
    String half =
        "{\"type\":\"record\",\"name\":\"a.H\",\"fields\":[{\"name\":\"e\",\"type\":\"a.E\"}]}";
    String whole =
        "{\"type\":\"record\",\"name\":\"a.W\",\"fields\":[{\"name\":\"h\",\"type\":\"a.H\"},{\"name\":\"e\",\"type\":\"a.E\"}]}";
    String toE = "{\"name\":\"a.E\",\"subject\":\"a/e e\",\"version\":1}";
    registry.put(1, whole, "[{\"name\":\"a.H\",\"subject\":\"h\",\"version\":2}," + toE + "]");
    registry.put(-1, half, "[" + toE + "]");
    registry.answers.put("/subjects/h/versions/2", registry.answers.get("/schemas/ids/-1"));
    registry.put(-2, used, "[]");
    registry.answers.put("/subjects/a%2Fe%20e/versions/1", registry.answers.get("/schemas/ids/-2"));
    try (RegistryAvro avro = open(registry.options(), duration -> {}, null)) {
      assertThat(avro.decode(HexFormat.of().parseHex("00000000010000")).toString())
          .isEqualTo("{\"h\":{\"e\":\"X\"},\"e\":\"X\"}");
    }

    assertThat(registry.asked)
        .containsExactly(
            "/schemas/ids/1", "/subjects/h/versions/2", "/subjects/a%2Fe%20e/versions/1");
  }

  @Test
  void readsWithTheSchemaOfTheFile() {
    registry.put(1, TEXT, "[]");
    String reader =
        "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"title\",\"type\":\"string\",\"aliases\":[\"text\"]},{\"name\":\"language\",\"type\":\"string\",\"default\":\"en\"}]}";
    try (RegistryAvro avro = open(registry.options(), duration -> {}, reader)) {
      assertThat(avro.decode(HELLO).toString())
          .isEqualTo("{\"title\":\"Hello\",\"language\":\"en\"}");
    }
  }

  @Test
  void asksAgainForAnUnknownIdAfterAWhile() {
    try (RegistryAvro avro = open(registry.options(), duration -> {}, null)) {
      assertThatThrownBy(() -> avro.decode(HELLO))
          .isInstanceOfSatisfying(
              MalformedRecordException.class,
              e -> assertThat(e.reason().name()).isEqualTo("UNKNOWN_SCHEMA"))
          .hasMessageContaining("the registry does not know its schema 1");
      assertThatThrownBy(() -> avro.decode(HELLO)).isInstanceOf(MalformedRecordException.class);
      assertThat(registry.asked).hasSize(1);

      registry.put(1, TEXT, "[]");
      clock.nowMillis += 10_000;

      assertThat(avro.decode(HELLO).get("text").asText()).isEqualTo("Hello");
    }
  }

  @Test
  void refusesWhatIsNotItsFormat() {
    registry.answers.put(
        "/schemas/ids/1",
        new FakeRegistry.Answer(200, "{\"schema\":\"message M {}\",\"schemaType\":\"PROTOBUF\"}"));
    registry.put(2, "{\"type\":\"nonsense\"}", "[]");
    try (RegistryAvro avro = open(registry.options(), duration -> {}, null)) {
      assertThatThrownBy(() -> avro.decode(HELLO))
          .hasMessageContaining("its schema 1 is of type PROTOBUF in the registry, not AVRO");
      assertThatThrownBy(() -> avro.decode(HexFormat.of().parseHex("000000000200")))
          .hasMessageContaining("its schema 2 in the registry, or one that it refers to, is no");
      assertThatThrownBy(() -> avro.decode(HexFormat.of().parseHex("00ffffffff00")))
          .hasMessageContaining("the id of its schema is negative");
      assertThatThrownBy(() -> avro.decode("{\"text\":1}".getBytes(StandardCharsets.UTF_8)))
          .hasMessageContaining("it begins like JSON: set streambed.source.format: json");
      assertThatThrownBy(() -> avro.decode(HexFormat.of().parseHex("c301010203040506070800")))
          .hasMessageContaining("begins like Avro's single-object encoding");
    }
  }

  /** No answer, one of a proxy, and a refused login: the record waits through all of them. */
  @Test
  void waitsWhileTheRegistryDoesNotAnswer() {
    List<FakeRegistry.Answer> outages =
        List.of(
            new FakeRegistry.Answer(503, "{\"error_code\":50003}"),
            new FakeRegistry.Answer(404, "<html>no such page</html>"),
            new FakeRegistry.Answer(500, ""),
            new FakeRegistry.Answer(401, "{\"error_code\":401}"),
            new FakeRegistry.Answer(429, "{}"));
    int[] pauses = {0};
    PatientRegistry.Pause pause =
        duration -> {
          assertThat(RegistryOutage.longestMillis()).isNotNegative();
          assertThat(duration).isBetween(Duration.ofMillis(100), Duration.ofSeconds(5));
          clock.nowMillis += duration.toMillis();
          if (pauses[0] < outages.size()) {
            registry.answers.put("/schemas/ids/1", outages.get(pauses[0]));
          } else if (pauses[0] == 30) {
            registry.put(1, TEXT, "[]");
          }
          pauses[0]++;
        };
    registry.answers.put("/schemas/ids/1", outages.get(0));

    try (RegistryAvro avro = open(registry.options(), pause, null)) {
      assertThat(avro.decode(HELLO).get("text").asText()).isEqualTo("Hello");
    }

    assertThat(pauses[0]).isEqualTo(31);
    assertThat(RegistryOutage.longestMillis()).isZero();
  }

  @Test
  void endsItsWaitWhenTheTaskIsCancelled() throws Exception {
    var waiting = new CountDownLatch(1);
    PatientRegistry.Pause pause =
        duration -> {
          waiting.countDown();
          Thread.sleep(Duration.ofDays(1).toMillis());
        };
    var options = new RegistryOptions(List.of("http://127.0.0.1:1"), null, null, Map.of());
    Throwable[] failure = new Throwable[1];
    Thread task =
        new Thread(
            () -> {
              try (RegistryAvro avro = open(options, pause, null)) {
                failure[0] = catchThrowable(() -> avro.decode(HELLO));
              }
            });
    task.start();
    waiting.await();
    assertThat(RegistryOutage.longestMillis()).isPositive();

    task.interrupt();
    task.join();

    assertThat(failure[0])
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Interrupted while waiting for the schema registry.");
    assertThat(RegistryOutage.longestMillis()).isZero();
  }

  private RegistryAvro open(
      RegistryOptions options, PatientRegistry.Pause pause, @Nullable String reader) {
    return new RegistryAvro(
        new AvroSchemas(new RegistryClient(options), clock, reader, "record"),
        new PatientRegistry(clock, pause));
  }
}
