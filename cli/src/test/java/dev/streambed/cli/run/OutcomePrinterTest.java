package dev.streambed.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.jobs.InputRecord;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.DeadLetter.Stage;
import dev.streambed.schemas.RecordHeader;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OutcomePrinterTest {
  private final StringWriter out = new StringWriter();
  private final OutcomePrinter printer =
      printer(
          Map.of(
              "streambed.sink.on-rejected", "tombstone", "streambed.sink.profile", "connect-json"));

  private OutcomePrinter printer(Map<String, String> more) {
    Map<String, String> all =
        new HashMap<>(
            Map.of(
                "streambed.source.bootstrap-servers", "localhost:9092",
                "streambed.source.topic", "texts",
                "streambed.sink.topic", "embeddings",
                "streambed.sink.dead-letter-topic", "dead-letters",
                "streambed.model.directory", "m"));
    all.putAll(more);
    EmbedTopicOptions options = EmbedTopicOptions.from(Configuration.fromMap(all));
    return new OutcomePrinter(new PrintWriter(out), options, options.sink().openProfile(List.of()));
  }

  @Test
  void letsNoControlCharacterOfARecordThrough() {
    // Escape, delete, the one-character control sequence introducer, a line separator, right to
    // left.
    String evil = "a\u001B[2J\u007F\u009B2J\u2028\u202Eb\nc";
    TextRecord text = text(evil, evil, Map.of(evil, evil));

    printer.print(
        new Outcome(source(evil), new InputRecord(source(evil), text), List.of(), letter(evil)));

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

    printer.print(new Outcome(source(null), record, List.of(), letter("x")));

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

    printer.print(
        new Outcome(source, new InputRecord(source.withoutValue(), null), List.of(), null));

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
            List.of(),
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
    var tombstone =
        new Outcome(source, new InputRecord(source.withoutValue(), null), List.of(), null);
    var skipped = new Outcome(source, null, List.of(), null);

    printer.print(tombstone);
    printer.print(skipped);
    var rejected = new Outcome(source, null, List.of(), letter("x"));
    var rejectedWithoutKey = new Outcome(source(null), null, List.of(), letter("x"));
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
        new Outcome(
            source, new InputRecord(source, text("k", "four", Map.of())), List.of(written), null));

    assertThat(printed())
        .contains("              4 characters\n")
        .contains("  written key \"{\\\"id\\\":\\\"k\\\"}\"\n")
        .endsWith("  embedding   %d bytes of connect-json: %s\n".formatted(value.length(), value));
  }

  @Test
  void showsEachChunkOfADocumentAsItIsWritten() {
    SourceRecord source = source("k");
    String document = "\uD83D\uDC36 barks. The cat runs.";
    var split =
        printer(Map.of("streambed.chunking.mode", "split", "streambed.source.require-key", "true"));
    var update =
        new Outcome(
            source,
            new InputRecord(source, text("k", document, Map.of())),
            List.of(chunk("k#0", 0, 9, 5), chunk("k#1", 10, 23, 7), deleted("k#2")),
            null);
    var deletion =
        new Outcome(
            source,
            new InputRecord(source.withoutValue(), null),
            List.of(deleted("k#0"), deleted("k#1")),
            null);

    split.print(update);
    split.print(deletion);
    split.printCounts(List.of(update, deletion));

    assertThat(printed())
        .isEqualTo(
            """
            texts-0@7
              Kafka key   "k"
              key         "k"
              text        "\uD83D\uDC36 barks. The cat runs."
                          22 characters, 2 chunks
              metadata    none
              event time  none
              chunk       "k#0", from 0 to 9: 8 characters, 5 tokens
              embedding   48 bytes of json: {"chunk":{"startChar":0,"endChar":9},"tokens":5}
              chunk       "k#1", from 10 to 23: 13 characters, 7 tokens
              embedding   50 bytes of json: {"chunk":{"startChar":10,"endChar":23},"tokens":7}
              deleted     the chunk "k#2"
            texts-0@7
              Kafka key   "k"
              deleted     the chunk "k#0"
              deleted     the chunk "k#1"
              tombstone   deletes the chunks under the Kafka key that the job has written
            Records 2: 2 chunks of 1 document, tombstones 1 (deleted chunks 3), dead letters 0, skipped 0. Nothing was written.
            """);
  }

  private static OutputRecord chunk(String key, int start, int end, int tokens) {
    String value =
        "{\"chunk\":{\"startChar\":%d,\"endChar\":%d},\"tokens\":%d}".formatted(start, end, tokens);
    return written(key, value.getBytes(StandardCharsets.UTF_8));
  }

  private static OutputRecord deleted(String key) {
    return written(key, null);
  }

  private static OutputRecord written(String key, byte @Nullable [] value) {
    byte[] document = {'k'};
    return new OutputRecord(
        key.getBytes(StandardCharsets.UTF_8),
        value,
        List.of(),
        -1,
        new SourcePosition("texts", 0, 7),
        document);
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
