package dev.streambed.jobs;

import static dev.streambed.jobs.Samples.source;
import static dev.streambed.jobs.Samples.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.jobs.EmbedTopicJobIT.Written;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.RecordHeader;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The job between source and sinks if it looks for changes, with a real session. */
class ChangesIT {
  private static final String MODE = "streambed.changes.mode";

  @Test
  void writesADocumentOnceHoweverOftenItComes() throws Exception {
    List<SourceRecord> records = new ArrayList<>();
    for (int load = 0; load < 3; load++) {
      for (int document = 0; document < 50; document++) {
        String text = "the dog bites man " + document + (load == 2 && document < 5 ? " again" : "");
        records.add(
            source(
                records.size(), "key-" + document, json(text, "\"load\":\"" + load + '"', null)));
      }
    }

    Written written = EmbedTopicJobIT.run(records, MODE, "skip");

    assertThat(written.deadLetters()).isEmpty();
    assertThat(offsets(written)).hasSize(55).doesNotContain(50L, 99L, 105L).contains(0L, 49L, 100L);
  }

  @Test
  void writesOtherMetadataWithTheSameVector() throws Exception {
    List<SourceRecord> records =
        List.of(
            source(0, "a", json("the dog", "\"price\":\"1\"", null)),
            source(1, "a", json("the dog", "\"price\":\"2\"", null)),
            source(2, "a", json("the dog", "\"price\":\"2\"", null)),
            source(3, "a", json("the dog", "\"price\":\"2\"", 1_700_000_000_000L)));

    Written written = EmbedTopicJobIT.run(records, MODE, "metadata-only");

    assertThat(offsets(written)).containsExactly(0L, 1L, 3L);
    List<EmbeddingRecord> embeddings = written.embeddings().stream().map(ChangesIT::read).toList();
    assertThat(embeddings.get(1).metadata()).containsEntry("price", "2");
    assertThat(embeddings.get(1).embedding()).isEqualTo(embeddings.get(0).embedding());
    assertThat(embeddings.get(1).provenance().tokens())
        .isEqualTo(embeddings.get(0).provenance().tokens());
    assertThat(embeddings.get(1).provenance().source().offset()).isEqualTo(1);
  }

  /** A record that the topic refused is no reason to skip the next. */
  @Test
  void embedsAgainWhatTheTopicRefused() throws Exception {
    String large = "\"note\":\"" + "x".repeat(2_000_000) + '"';
    List<SourceRecord> records =
        List.of(
            source(0, "a", json("the dog", large, null)),
            source(1, "a", json("the dog", "\"note\":\"\"", null)),
            source(2, "a", json("the dog", "\"note\":\"\"", null)));

    Written written = EmbedTopicJobIT.run(records, MODE, "skip");

    assertThat(offsets(written)).containsExactly(1L);
    assertThat(written.deadLetters()).hasSize(1);
  }

  @Test
  void embedsAgainWhatARejectedUpdateDeleted() throws Exception {
    List<SourceRecord> records =
        List.of(
            source(0, "a", json("the dog", null, null)),
            source(1, "a", utf8("{\"text\":")), // does not decode
            source(2, "a", json("the dog", null, null)),
            source(3, "a", json(" \\u0000 ", null, null)), // is blank
            source(4, "a", json("the dog", null, null)),
            source(5, "a", json("the dog", null, null)),
            source(6, "a", null),
            source(7, "a", json("the dog", null, null)));

    Written written =
        EmbedTopicJobIT.run(records, MODE, "skip", "streambed.sink.on-rejected", "tombstone");

    assertThat(offsets(written)).containsExactly(0L, 1L, 2L, 3L, 4L, 6L, 7L);
    assertThat(written.embeddings())
        .filteredOn(record -> record.value() == null)
        .extracting(OutputRecord::timestampMillis)
        .containsExactly(1L, 3L, 6L);
    assertThat(written.deadLetters()).hasSize(2);
  }

  @Test
  void embedsAgainWhatAHeaderForces() throws Exception {
    List<SourceRecord> records =
        List.of(
            source(0, "a", json("the dog", null, null)),
            new SourceRecord(
                new SourcePosition("texts", 0, 1),
                1,
                utf8("a"),
                json("the dog", null, null),
                List.of(new RecordHeader(SourceDocuments.FORCE, utf8("true")))),
            source(2, "a", json("the dog", null, null)));

    Written written = EmbedTopicJobIT.run(records, MODE, "skip");

    assertThat(offsets(written)).containsExactly(0L, 1L);
  }

  @Test
  void embedsAgainWhatHasAnotherPrompt() throws Exception {
    List<SourceRecord> records =
        List.of(
            source(0, "a", json("the dog", null, null)),
            source(1, "a", utf8("{\"text\":\"the dog\",\"prompt\":\"none\"}")),
            source(2, "a", utf8("{\"text\":\"the dog\",\"prompt\":\"none\"}")));

    Written written = EmbedTopicJobIT.run(records, MODE, "skip");

    assertThat(offsets(written)).containsExactly(0L, 1L);
  }

  @Test
  void embedsAllRecordsWithoutAKeyInTheirOrder() throws Exception {
    List<SourceRecord> records = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      records.add(source(i, null, json("the dog bites " + i % 3, null, null)));
    }

    Written written = EmbedTopicJobIT.run(records, MODE, "skip");

    assertThat(offsets(written)).hasSize(100).isSorted();
  }

  /** Against a reference that takes one record after the other. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void writesOfARandomMixWhatAReferenceWrites(long seed) throws Exception {
    Random random = new Random(seed);
    List<SourceRecord> records = new ArrayList<>();
    Map<String, String> texts = new HashMap<>();
    List<Long> expected = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      String key = "key-" + random.nextInt(40);
      String text = random.nextInt(20) == 0 ? null : "the fox jumps " + random.nextInt(2);
      records.add(source(i, key, text == null ? null : json(text, null, null)));
      if (text == null || !text.equals(texts.put(key, text))) {
        expected.add((long) i);
      }
      if (text == null) {
        texts.remove(key);
      }
    }

    Written written = EmbedTopicJobIT.run(records, MODE, "skip");

    assertThat(offsets(written)).as("seed %d", seed).isEqualTo(expected);
  }

  @Test
  void keepsTheUidsThatSavepointsKnow() {
    var environment = StreamExecutionEnvironment.createLocalEnvironment(1);
    EmbedTopicJobIT.connect(environment, List.of(source(0, "a", null)), MODE, "skip");

    List<String> uids = new ArrayList<>();
    for (StreamNode node : environment.getStreamGraph().getStreamNodes()) {
      if (!node.getOperatorName().startsWith("Source") && node.getTransformationUID() != null) {
        uids.add(node.getTransformationUID());
      }
    }

    // "embed" takes over what a job without changes had in flight.
    assertThat(uids)
        .containsExactlyInAnyOrder(
            "decode", "embed", "embed-changes", "encode", "rejected", "encode-dead-letters");
  }

  /** Their offsets, which are the timestamps of the records. */
  private static List<Long> offsets(Written written) {
    return written.embeddings().stream().map(OutputRecord::timestampMillis).toList();
  }

  private static EmbeddingRecord read(OutputRecord record) {
    return EmbeddingRecordCodec.decodeJson(Objects.requireNonNull(record.value()));
  }

  private static byte[] json(String text, @Nullable String metadata, @Nullable Long eventTime) {
    return Objects.requireNonNull(
        utf8(
            "{\"text\":\"%s\"%s%s}"
                .formatted(
                    text,
                    metadata == null ? "" : ",\"metadata\":{" + metadata + "}",
                    eventTime == null ? "" : ",\"eventTimeMillis\":" + eventTime)));
  }
}
