package dev.streambed.jobs;

import static dev.streambed.jobs.Samples.HEADER;
import static dev.streambed.jobs.Samples.MODEL;
import static dev.streambed.jobs.Samples.embedded;
import static dev.streambed.jobs.Samples.source;
import static dev.streambed.jobs.Samples.utf8;
import static dev.streambed.jobs.Samples.withoutText;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.jobs.EncodeFunction.Form;
import dev.streambed.jobs.format.KeyFormat;
import dev.streambed.jobs.format.OutputHeaders;
import dev.streambed.jobs.format.RecordFormat;
import dev.streambed.jobs.format.TextFormat;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.jobs.kafka.TopicLimits;
import dev.streambed.jobs.options.policy.ModelChangePolicy;
import dev.streambed.jobs.options.policy.RejectedPolicy;
import dev.streambed.operator.stream.Embedded;
import dev.streambed.operator.stream.TextChunk;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.RecordHeader;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.profile.ProfileName;
import dev.streambed.schemas.profile.ProfileOptions;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.ProcessFunctionTestHarnesses;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Keys, headers and dead letters of profiles; their values are tested in schemas. */
@SuppressWarnings("try") // Flink's close() declares to throw anything
class EncodedProfilesTest {
  private static final RecordHeader SPACE =
      new RecordHeader("streambed-space", utf8(MODEL.space().toString()));
  private static final String KEY_OF_A =
      "{\"schema\":{\"type\":\"struct\",\"optional\":false,\"fields\":[{\"field\":\"id\",\"type\":\"string\",\"optional\":false}]},\"payload\":{\"id\":\"a\"}}";

  @Test
  void keepsTheKeyWhereTheProfileMakesNone() throws Exception {
    try (var harness = harness(ProfileName.FLAT, RejectedPolicy.KEEP)) {
      harness.processElement(embedded(input("a", "a", Map.of()), 1), 0);
      harness.processElement(withoutText(new InputRecord(source(8, "a", null), null)), 0);

      OutputRecord embedding = harness.extractOutputValues().get(0);
      assertThat(embedding.key()).isEqualTo(utf8("a"));
      assertThat(embedding.headers()).containsExactly(HEADER, SPACE);
      assertThat(text(embedding.value())).startsWith("{\"id\":\"a\",\"embedding\":[1.0],");
      assertThat(harness.extractOutputValues().get(1).key()).isEqualTo(utf8("a"));
    }
  }

  @Test
  void givesATombstoneTheKeyOfTheEmbeddingThatItDeletes() throws Exception {
    try (var harness = harness(ProfileName.CONNECT_JSON, RejectedPolicy.KEEP)) {
      harness.processElement(embedded(input("a", "a", Map.of()), 1), 0);
      harness.processElement(withoutText(new InputRecord(source(8, "a", null), null)), 0);

      OutputRecord embedding = harness.extractOutputValues().get(0);
      OutputRecord tombstone = harness.extractOutputValues().get(1);
      assertThat(text(embedding.key())).isEqualTo(KEY_OF_A);
      assertThat(embedding.timestampMillis()).isEqualTo(7);
      assertThat(text(tombstone.key())).isEqualTo(KEY_OF_A);
      assertThat(tombstone.value()).isNull();
      assertThat(tombstone.headers()).containsExactly(HEADER);
    }
  }

  @Test
  void makesADeadLetterOfWhatTheProfileHasNoFormFor() throws Exception {
    try (var harness = harness(ProfileName.CONNECT_JSON, RejectedPolicy.KEEP)) {
      harness.processElement(embedded(input(null, null, Map.of()), 1), 0);
      harness.processElement(embedded(input("a", "b", Map.of()), 1), 0);
      harness.processElement(embedded(input("a", "a", Map.of("kind", "x")), 1), 0);
      harness.processElement(embedded(input("a", "a", Map.of("text", "x")), 1), 0);

      assertThat(harness.extractOutputValues()).isEmpty();
      assertThat(harness.getSideOutput(DeadLetters.TAG))
          .extracting(letter -> letter.getValue().reason())
          .containsExactly("MISSING_KEY", "OTHER_KEY", "UNKNOWN_FIELD", "FIELD_NAME_TAKEN");
    }
  }

  @Test
  void deletesTheEmbeddingOfARejectedRecordUnderTheKeyThatItHas() throws Exception {
    try (var harness = harness(ProfileName.CONNECT_JSON, RejectedPolicy.TOMBSTONE)) {
      harness.processElement(embedded(input("a", "a", Map.of("kind", "x")), 1), 0);

      OutputRecord tombstone = harness.extractOutputValues().get(0);
      assertThat(text(tombstone.key())).isEqualTo(KEY_OF_A);
      assertThat(tombstone.value()).isNull();
      DeadLetter letter = harness.getSideOutput(DeadLetters.TAG).remove().getValue();
      assertThat(letter.reason()).isEqualTo("UNKNOWN_FIELD");
      assertThat(letter.message()).doesNotContain("four score");
    }
  }

  /** Of a document, however many chunks it had. */
  @Test
  void makesADeadLetterOfADeletionThatNobodyCanName() throws Exception {
    try (var harness = harness(ProfileName.CONNECT_JSON, RejectedPolicy.KEEP)) {
      harness.processElement(deletionOfChunk(input(null, null, Map.of()), 1), 0);
      harness.processElement(deletionOfChunk(input(null, null, Map.of()), 2), 0);
      harness.processElement(deletionOfChunk(input(null, "a", Map.of()), 1), 0);
      harness.processElement(deletionOfChunk(input("a", "b", Map.of()), 1), 0);

      assertThat(harness.getSideOutput(DeadLetters.TAG))
          .extracting(letter -> letter.getValue().reason())
          .containsExactly("MISSING_KEY");
      assertThat(harness.extractOutputValues())
          .extracting(tombstone -> text(tombstone.key()))
          .containsOnly(KEY_OF_A.replace("\"a\"", "\"a#1\""))
          .hasSize(2);
    }
  }

  @Test
  void deletesTheEmbeddingOfARejectedTextUnderTheKeyInItsValue() throws Exception {
    try (var harness = harness(ProfileName.CONNECT_JSON, RejectedPolicy.TOMBSTONE)) {
      harness.processElement(withoutText(input(null, "a", Map.of())), 0);
      harness.processElement(withoutText(input(null, null, Map.of())), 0);

      assertThat(harness.extractOutputValues())
          .extracting(tombstone -> text(tombstone.key()))
          .containsExactly(KEY_OF_A);
    }
  }

  private static Embedded<InputRecord> deletionOfChunk(InputRecord input, int chunk) {
    return new Embedded<>(
        input, List.of(), "passage", "tiny", MODEL.digest(), TextChunk.deleted(chunk, 3));
  }

  private static InputRecord input(
      @Nullable String kafkaKey, @Nullable String key, Map<String, @Nullable Object> metadata) {
    return new InputRecord(
        source(7, kafkaKey, utf8("four score")),
        new TextRecord(key, "four score", null, metadata, 42));
  }

  private static String text(byte @Nullable [] bytes) {
    return new String(Objects.requireNonNull(bytes), StandardCharsets.UTF_8);
  }

  private static OneInputStreamOperatorTestHarness<Embedded<InputRecord>, OutputRecord> harness(
      ProfileName profile, RejectedPolicy onRejected) throws Exception {
    var limits =
        new TopicLimits(
            1 << 20, TopicLimits.UNLIMITED, TopicLimits.UNLIMITED, /* requiresKey= */ false);
    return ProcessFunctionTestHarnesses.forProcessFunction(
        new EncodeFunction(
            new RecordFormat(TextFormat.JSON, KeyFormat.STRING, null),
            MODEL,
            new Form(
                new ProfileOptions(profile, Map.of(), Map.of()).open("articles", List.of()),
                /* includesText= */ true,
                onRejected,
                OutputHeaders.DEFAULT),
            () -> limits,
            ModelChangePolicy.FAIL));
  }
}
