package dev.streambed.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.jobs.InputRecord;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.SinkOptions;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.DeadLetter.Stage;
import dev.streambed.schemas.RecordHeader;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OutcomePrinterTest {
  private final StringWriter out = new StringWriter();
  private final OutcomePrinter printer = printer();

  private OutcomePrinter printer() {
    SinkOptions sink =
        EmbedTopicOptions.from(
                Configuration.fromMap(
                    Map.of(
                        "streambed.source.bootstrap-servers", "localhost:9092",
                        "streambed.source.topic", "texts",
                        "streambed.sink.topic", "embeddings",
                        "streambed.sink.dead-letter-topic", "dead-letters",
                        "streambed.sink.on-rejected", "tombstone",
                        "streambed.sink.profile", "connect-json",
                        "streambed.model.directory", "m")))
            .sink();
    return new OutcomePrinter(new PrintWriter(out), sink, sink.openProfile(List.of()));
  }

  @Test
  void letsNoControlCharacterOfARecordThrough() {
    // Escape, delete, the one-character control sequence introducer, a line separator, right to
    // left.
    String evil = "a\u001B[2J\u007F\u009B2J\u2028\u202Eb\nc";
    TextRecord text = text(evil, evil, Map.of(evil, evil));

    printer.print(
        new Outcome(source(evil), new InputRecord(source(evil), text), null, letter(evil)));

    assertThat(printed())
        .doesNotContainPattern("[\\p{Cc}\\p{Zl}\\p{Zp}\\u202E&&[^\\n]]")
        .contains("\"a\\u001B[2J\\u007F\\u009B2J\\u2028\\u202Eb\\nc\"")
        .contains("reason REJECTED: a\\u001B[2J\\u007F\\u009B2J\\u2028\\u202Eb\\nc\n")
        .contains("Kafka key   \"base64:")
        .endsWith("  and         a tombstone, which deletes the embedding under the Kafka key\n");
    assertThat(printed().lines()).hasSize(9);
  }

  @Test
  void escapesWhatCannotBeSeen() {
    // Zero-width space and joiner, byte order mark, soft hyphen, Hangul filler, a tag.
    String unseen = "a\u200Bb\u200Dc\uFEFFd\u00ADe\u3164f\uDB40\uDC41g";
    var record = new InputRecord(source(null), text(null, unseen, Map.of()));

    printer.print(new Outcome(source(null), record, null, letter("x")));

    assertThat(printed())
        .contains("\"a\\u200Bb\\u200Dc\\uFEFFd\\u00ADe\\u3164f\\uDB40\\uDC41g\"\n");
  }

  @Test
  void namesHeadersWithoutTheirValues() {
    var source =
        new SourceRecord(
            new SourcePosition("texts", 0, 7),
            -1,
            null,
            new byte[1],
            List.of(
                new RecordHeader("trace", "canary".getBytes(StandardCharsets.UTF_8)),
                new RecordHeader("\u001Bempty", new byte[0]),
                new RecordHeader("nothing", null),
                new RecordHeader("__TypeId__", new byte[] {'T'})));

    printer.print(new Outcome(source, new InputRecord(source.withoutValue(), null), null, null));

    assertThat(printed())
        .contains(
            "  headers     \"trace\" 6 bytes, \"\\u001Bempty\" 0 bytes, \"nothing\" null; left out: \"__TypeId__\" 1 byte\n")
        .doesNotContain("canary");
  }

  @Test
  void shortensTextsAndSaysWhatIsAbsent() {
    String text = "ä" + "\uD83D\uDC36".repeat(200); // dogs, of two chars each

    printer.print(
        new Outcome(
            source(null),
            new InputRecord(source(null), text(null, text, Map.of())),
            null,
            letter("too long")));

    assertThat(printed())
        .isEqualTo(
            """
            texts-0@7
              Kafka key   none
              key         none
              text        "ä%s…"
                          201 characters
              metadata    none
              event time  none
              dead letter EMBED, reason REJECTED: too long
            """
                .formatted("\uD83D\uDC36".repeat(199)));
  }

  @Test
  void countsWhatBecameOfTheRecords() {
    SourceRecord source = source("k");
    var tombstone = new Outcome(source, new InputRecord(source.withoutValue(), null), null, null);
    var skipped = new Outcome(source, null, null, null);

    printer.print(tombstone);
    printer.print(skipped);
    var rejected = new Outcome(source, null, null, letter("x"));
    var rejectedWithoutKey = new Outcome(source(null), null, null, letter("x"));
    printer.printCounts(List.of(tombstone, skipped, skipped, rejected, rejectedWithoutKey));

    assertThat(printed())
        .contains("  tombstone   deletes the embedding under the Kafka key\n")
        .contains("  skipped     tells about the source, not about a text; nothing is written\n")
        .endsWith(
            "Records 5: embeddings 0, tombstones 1, dead letters 2 (with a tombstone 1), skipped 2. Nothing was written.\n");
  }

  @Test
  void showsTheKeyAndTheValueOfAProfile() {
    SourceRecord source = source("k");
    String value = "{\"schema\":{},\"payload\":{\"id\":\"k\",\"embedding\":[0.5]}}";
    var written =
        new OutputRecord(
            "{\"id\":\"k\"}".getBytes(StandardCharsets.UTF_8),
            value.getBytes(StandardCharsets.UTF_8),
            List.of(),
            -1,
            source.position());

    printer.print(
        new Outcome(source, new InputRecord(source, text("k", "four", Map.of())), written, null));

    assertThat(printed())
        .contains("              4 characters\n")
        .contains("  written key \"{\\\"id\\\":\\\"k\\\"}\"\n")
        .endsWith("  embedding   %d bytes of connect-json: %s\n".formatted(value.length(), value));
  }

  private String printed() {
    return out.toString().replace(System.lineSeparator(), "\n");
  }

  private static SourceRecord source(@Nullable String key) {
    return new SourceRecord(
        new SourcePosition("texts", 0, 7),
        -1,
        key == null ? null : key.getBytes(StandardCharsets.UTF_8),
        new byte[1],
        List.of());
  }

  private static TextRecord text(
      @Nullable String key, String text, Map<String, @Nullable Object> metadata) {
    return new TextRecord(key, text, null, metadata, TextRecord.NO_EVENT_TIME);
  }

  private static DeadLetter letter(String message) {
    return new DeadLetter(Stage.EMBED, "REJECTED", message, source(null), List.of());
  }
}
