package dev.streambed.jobs;

import static dev.streambed.jobs.Samples.MODEL;
import static dev.streambed.jobs.Samples.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.Embedding;
import dev.streambed.jobs.EncodeFunction.Form;
import dev.streambed.jobs.format.RecordDecoder;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.jobs.kafka.TopicLimits;
import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.KnownOptions;
import dev.streambed.jobs.options.PipelineFile;
import dev.streambed.jobs.options.SinkOptions;
import dev.streambed.operator.stream.Embedded;
import dev.streambed.schemas.RecordHeader;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.profile.ProfileName;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.ProcessFunctionTestHarnesses;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/**
 * The pipeline file of each profile in the guide, and what it makes of an article and of its
 * deletion: keys, headers and values, byte for byte.
 */
@SuppressWarnings("try") // Flink's close() declares to throw anything
class ProfileExamplesTest {
  private static final Path EXAMPLES = Path.of("../docs/examples/profiles");
  private static final Path GUIDE = Path.of("../docs/output.md");

  private static final SourceRecord ARTICLE =
      record(
          7,
          "article-7",
          "{\"title\":\"Rust\",\"body\":\"Iron and water make rust.\",\"price\":12.5,\"tags\":[\"metal\",\"water\"]}");
  private static final SourceRecord DELETION = record(8, "article-7", null);

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "CANONICAL")
  void becomesWhatTheGuideShows(ProfileName name) throws Exception {
    String pipeline =
        Files.readString(EXAMPLES.resolve(name + ".yaml"))
            .replaceFirst("#.*\n", ""); // where editors find the schema
    Configuration file = PipelineFile.read(EXAMPLES.resolve(name + ".yaml"));
    KnownOptions.check(file);
    EmbedTopicOptions options = EmbedTopicOptions.from(file);
    Path written = Path.of("target", name + ".txt");

    String records = records(options);

    Files.writeString(written, records);
    assertThat(Files.readString(EXAMPLES.resolve(name + ".txt")))
        .as("docs/examples/profiles/%s.txt is what is written; copy jobs/%s", name, written)
        .isEqualTo(records);
    assertThat(options.sink().profile().name()).isEqualTo(name);
    assertThat(Files.readString(GUIDE)).contains(pipeline.indent(4)).contains(records.indent(4));
  }

  /** Pipeline and records, sink, table or index, query, deletes, what to watch out for. */
  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "CANONICAL")
  void answersWhatUsersOfEachStoreAskInOneOrder(ProfileName name) throws Exception {
    String section = Files.readString(GUIDE).split("(?m)^### " + name + "\\b", 2)[1];

    assertThat(section.split("(?m)^##", 2)[0])
        .containsPattern(
            String.join(
                "(?s:.*)",
                "profile: " + name,
                "An article and its deletion become:",
                "(The sink: |A `CREATE TABLE` of Flink)",
                "(The (table|index|collection), made|CREATE TABLE)",
                "( query|SELECT )",
                "\\*\\*Deletes\\*\\*",
                "\\*\\*Watch out\\*\\*"));
  }

  private static String records(EmbedTopicOptions options) throws Exception {
    SinkOptions sink = options.sink();
    var limits =
        new TopicLimits(
            1 << 20, TopicLimits.UNLIMITED, TopicLimits.UNLIMITED, /* requiresKey= */ false);
    var function =
        new EncodeFunction(
            options.source().format(),
            MODEL,
            new Form(
                sink.openProfile(List.of()), sink.includeText(), sink.onRejected(), sink.headers()),
            () -> limits,
            options.onModelChange());
    try (OneInputStreamOperatorTestHarness<Embedded<InputRecord>, OutputRecord> harness =
            ProcessFunctionTestHarnesses.forProcessFunction(function);
        RecordDecoder decoder = options.source().format().open()) {
      harness.processElement(
          Samples.embedded(
              new InputRecord(ARTICLE, decoder.decode(ARTICLE).text()),
              new Embedding(new float[] {0.6f, -0.8f}, 9, /* truncated= */ false)),
          0);
      harness.processElement(Samples.withoutText(new InputRecord(DELETION, null)), 0);
      return harness.extractOutputValues().stream()
          .map(ProfileExamplesTest::shown)
          .collect(Collectors.joining());
    }
  }

  private static String shown(OutputRecord record) {
    String headers =
        record.headers().stream()
            .map(header -> header.key() + "=" + text(header.value()))
            .collect(Collectors.joining(", "));
    return "key      %s\nheaders  %s\nvalue    %s\n"
        .formatted(text(record.key()), headers, text(record.value()));
  }

  private static String text(byte @Nullable [] bytes) {
    return bytes == null ? "null" : new String(bytes, StandardCharsets.UTF_8);
  }

  private static SourceRecord record(long offset, String key, @Nullable String value) {
    return new SourceRecord(
        new SourcePosition("articles", 0, offset),
        1_700_000_000_000L,
        utf8(key),
        utf8(value),
        List.of(new RecordHeader("trace", utf8("1f"))));
  }
}
