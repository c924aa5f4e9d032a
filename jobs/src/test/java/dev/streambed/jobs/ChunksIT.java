package dev.streambed.jobs;

import static dev.streambed.jobs.Samples.source;
import static dev.streambed.jobs.Samples.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.jobs.EmbedTopicJobIT.Written;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.json.DeadLetterCodec;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.apache.flink.runtime.client.JobExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The job between source and sinks if it splits texts, with a real session and tokeniser. */
class ChunksIT {
  private static final String[] SPLIT = {
    "streambed.chunking.mode", "split", "streambed.source.require-key", "true"
  };

  /** Two of these do not fit into the tiny model's 16 tokens. */
  private static final String SENTENCE = "The dog bites man %d, the man bites dog.";

  @Test
  void embedsEachChunkUnderAKeyOfItsOwn() throws Exception {
    String text = sentences(1, 2, 3);

    Written written =
        run(
            List.of(
                source(7, "a", json(text, "\"price\":\"1\"")),
                source(8, "b", json("the dog", null))));

    assertThat(written.deadLetters()).isEmpty();
    assertThat(keys(written)).containsExactly("a#0", "a#1", "a#2", "b#0");
    assertThat(written.embeddings())
        .extracting(record -> string(record.partitionKey()))
        .containsExactly("a", "a", "a", "b");
    int end = 0;
    for (int i = 0; i < 3; i++) {
      EmbeddingRecord embedding = read(written.embeddings().get(i));
      ChunkOfText chunk = Objects.requireNonNull(embedding.chunk());
      String part = SENTENCE.formatted(i + 1);
      assertThat(embedding.key()).isEqualTo("a");
      assertThat(embedding.text()).isEqualTo(part);
      assertThat(embedding.provenance().contentHash()).isEqualTo(Provenance.contentHash(part));
      assertThat(embedding.provenance().truncated()).isFalse();
      assertThat(embedding.provenance().tokens()).isLessThanOrEqualTo(16);
      assertThat(embedding.provenance().source().offset()).isEqualTo(7);
      assertThat(embedding.metadata()).containsEntry("price", "1");
      assertThat(chunk.index()).isEqualTo(i);
      assertThat(chunk.count()).isEqualTo(3);
      assertThat(text.substring(chunk.startChar(), chunk.endChar())).isEqualTo(part);
      assertThat(chunk.startChar()).isGreaterThanOrEqualTo(end);
      end = chunk.endChar();
    }
    assertThat(read(written.embeddings().get(3)).chunk()).isEqualTo(new ChunkOfText(0, 1, 0, 7));
  }

  @Test
  void givesAChunkTheVectorThatItHasAlone() throws Exception {
    Written split = run(List.of(source(0, "a", json(sentences(1, 2), null))));
    Written alone = EmbedTopicJobIT.run(List.of(source(0, "a", json(SENTENCE.formatted(2), null))));

    assertThat(read(split.embeddings().get(1)).embedding())
        .isEqualTo(read(alone.embeddings().get(0)).embedding());
  }

  @Test
  void deletesChunksThatAreLeftOver() throws Exception {
    Written written =
        run(
            List.of(
                source(0, "a", json(sentences(1, 2, 3, 4), null)),
                source(1, "b", json(sentences(1, 2), null)),
                source(2, "a", json(sentences(5, 6), null)),
                source(3, "a", json(sentences(5, 6, 7), null)),
                source(4, "b", null),
                source(5, "b", null),
                source(6, "c", null),
                source(7, "a", null)));

    assertThat(log(written))
        .containsExactly(
            "0 a#0", "0 a#1", "0 a#2", "0 a#3", "1 b#0", "1 b#1", "2 a#0", "2 a#1", "2 -a#2",
            "2 -a#3", "3 a#0", "3 a#1", "3 a#2", "4 -b#0", "4 -b#1", "7 -a#0", "7 -a#1", "7 -a#2");
    assertThat(written.embeddings())
        .allSatisfy(
            record ->
                assertThat(string(record.key())).startsWith(string(record.partitionKey()) + "#"));
  }

  @Test
  void deletesChunksOfARejectedVersionIfItIsTo() throws Exception {
    List<SourceRecord> records =
        List.of(
            source(0, "a", json(sentences(1, 2), null)),
            source(1, "a", utf8("{\"text\":")), // does not decode
            source(2, "a", json(sentences(1, 2), null)),
            source(3, "a", json(" \\u0000 ", null)), // is blank
            source(4, "a", json(sentences(1), null)));

    Written kept = run(records);
    Written deleted = run(records, "streambed.sink.on-rejected", "tombstone");

    assertThat(log(kept)).containsExactly("0 a#0", "0 a#1", "2 a#0", "2 a#1", "4 a#0", "4 -a#1");
    assertThat(log(deleted))
        .containsExactly(
            "0 a#0", "0 a#1", "1 -a#0", "1 -a#1", "2 a#0", "2 a#1", "3 -a#0", "3 -a#1", "4 a#0");
    assertThat(kept.deadLetters()).hasSize(2);
    assertThat(deleted.deadLetters()).hasSize(2);
  }

  @Test
  void writesOnlyChunksThatChanged() throws Exception {
    Written written =
        run(
            List.of(
                source(0, "a", json(sentences(1, 2, 3), null)),
                source(1, "a", json(sentences(1, 2, 3), null)),
                source(2, "a", json(sentences(1, 4, 3), null)),
                source(3, "a", json(sentences(1, 4, 3, 5), null)),
                source(4, "a", json(sentences(1), null)),
                source(5, "a", json(sentences(1, 4), null))),
            "streambed.changes.mode",
            "skip");

    assertThat(log(written))
        .containsExactly(
            "0 a#0", "0 a#1", "0 a#2", "2 a#1", "3 a#3", "4 -a#1", "4 -a#2", "4 -a#3", "5 a#1");
  }

  @Test
  void writesMovedChunksAgainWithTheirVectors() throws Exception {
    Written written =
        run(
            List.of(
                source(0, "a", json(sentences(1, 2), null)),
                source(1, "a", json(sentences(3, 1, 2), null)),
                source(2, "a", json(sentences(3, 1, 2), "\"price\":\"2\""))),
            "streambed.changes.mode",
            "metadata-only");

    assertThat(log(written))
        .containsExactly("0 a#0", "0 a#1", "1 a#0", "1 a#1", "1 a#2", "2 a#0", "2 a#1", "2 a#2");
    assertThat(read(written.embeddings().get(4)).embedding())
        .isEqualTo(read(written.embeddings().get(1)).embedding());
    assertThat(read(written.embeddings().get(7)).metadata()).containsEntry("price", "2");
  }

  @Test
  void makesOneDeadLetterOfADocumentThatTheTopicRefuses() throws Exception {
    String large = "\"note\":\"" + "x".repeat(2_000_000) + '"';

    Written written =
        run(
            List.of(
                source(0, "a", json(sentences(1, 2, 3), null)),
                source(1, "a", json(sentences(5, 6), large)),
                source(2, "a", json(sentences(1, 2), null)),
                source(3, "b", json(sentences(1, 2), large))),
            "streambed.changes.mode",
            "skip");

    assertThat(log(written)).containsExactly("0 a#0", "0 a#1", "0 a#2", "1 -a#2", "2 a#0", "2 a#1");
    assertThat(written.deadLetters())
        .extracting(
            record -> DeadLetterCodec.decodeJson(Objects.requireNonNull(record.value())).reason())
        .containsExactly("TOO_LARGE", "TOO_LARGE");
  }

  @Test
  void rejectsTextsOfMoreTokens() throws Exception {
    Written written =
        EmbedTopicJobIT.run(
            List.of(
                source(0, "a", json(sentences(1, 2), null)), source(1, "b", json("the dog", null))),
            "streambed.chunking.mode",
            "reject");

    assertThat(keys(written)).containsExactly("b");
    assertThat(
            DeadLetterCodec.decodeJson(
                Objects.requireNonNull(written.deadLetters().get(0).value())))
        .satisfies(
            letter -> {
              assertThat(letter.reason()).isEqualTo("TOO_MANY_TOKENS");
              assertThat(letter.message())
                  .matches(
                      "The text has \\d+ tokens with prompt and special tokens \\(\\d+ characters\\); the limit is 16\\. Cut texts .*");
            });
  }

  @Test
  void refusesChunksWithoutRoomForAText() {
    assertThatThrownBy(
            () ->
                run(
                    List.of(source(0, "a", json("the dog", null))),
                    "streambed.chunking.max-tokens",
                    "10"))
        .isInstanceOf(JobExecutionException.class)
        .hasStackTraceContaining("Cannot split texts for model")
        .hasStackTraceContaining("Chunks of at most 10 tokens (max-tokens) are too small: ");
  }

  static Written run(List<SourceRecord> records, String... more) throws Exception {
    List<String> all = new ArrayList<>(Arrays.asList(SPLIT));
    all.addAll(Arrays.asList(more));
    return EmbedTopicJobIT.run(records, all.toArray(String[]::new));
  }

  static String sentences(int... numbers) {
    return String.join(
        "  ", IntStream.of(numbers).mapToObj(SENTENCE::formatted).toArray(String[]::new));
  }

  private static List<String> keys(Written written) {
    return written.embeddings().stream().map(record -> string(record.key())).toList();
  }

  /** Offset and key of each record, with a dash for a tombstone. */
  private static List<String> log(Written written) {
    return written.embeddings().stream()
        .map(
            record ->
                record.timestampMillis()
                    + (record.value() == null ? " -" : " ")
                    + string(record.key()))
        .toList();
  }

  static String string(byte @Nullable [] bytes) {
    return new String(Objects.requireNonNull(bytes), StandardCharsets.UTF_8);
  }

  private static EmbeddingRecord read(OutputRecord record) {
    return EmbeddingRecordCodec.decodeJson(Objects.requireNonNull(record.value()));
  }

  static byte[] json(String text, @Nullable String metadata) {
    return Objects.requireNonNull(
        utf8(
            "{\"text\":\"%s\"%s}"
                .formatted(text, metadata == null ? "" : ",\"metadata\":{" + metadata + "}")));
  }
}
