package dev.streambed.jobs;

import static dev.streambed.jobs.Samples.source;
import static dev.streambed.jobs.Samples.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streambed.jobs.EmbedTopicJobIT.Written;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.json.DeadLetterCodec;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import dev.streambed.schemas.profile.ProfileName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

/** The job with texts that are Markdown, with a real session and tokeniser. */
class HeadingsIT {
  /** The tiny model takes 16 tokens, with special tokens. */
  private static final String TEXT =
      "# Dog\\n\\nThe dog bites the man.\\n\\n## Man\\n\\nThe man bites the dog. The dog bites the man.";

  @Test
  void putsTheHeadingsAboveAChunkIntoItsMetadata() throws Exception {
    List<EmbeddingRecord> embeddings = embeddings(run(json(TEXT, "\"price\":\"1\"")));

    assertThat(embeddings)
        .extracting(EmbeddingRecord::text)
        .containsExactly(
            "# Dog\n\nThe dog bites the man.",
            "## Man\n\nThe man bites the dog.",
            "The dog bites the man.");
    assertThat(embeddings)
        .extracting(embedding -> embedding.metadata().get("headings"))
        .containsExactly(List.of("Dog"), List.of("Dog", "Man"), List.of("Dog", "Man"));
    assertThat(embeddings)
        .allSatisfy(embedding -> assertThat(embedding.metadata()).containsEntry("price", "1"));
  }

  @Test
  void putsThemBeforeTheTextIfAsked() throws Exception {
    EmbeddingRecord last =
        embeddings(run(json(TEXT, null), "streambed.chunking.headings-in-text", "true")).get(2);
    String text = "Dog > Man\n\nThe dog bites the man.";
    EmbeddingRecord alone =
        embeddings(
                EmbedTopicJobIT.run(List.of(source(0, "a", json(text.replace("\n", "\\n"), null)))))
            .get(0);

    assertThat(last.text()).isEqualTo(text);
    assertThat(last.provenance().contentHash()).isEqualTo(Provenance.contentHash(text));
    assertThat(last.provenance().tokens()).isEqualTo(alone.provenance().tokens());
    assertThat(last.embedding()).isEqualTo(alone.embedding());
    ChunkOfText chunk = Objects.requireNonNull(last.chunk());
    assertThat(TEXT.replace("\\n", "\n").substring(chunk.startChar(), chunk.endChar()))
        .isEqualTo("The dog bites the man.");
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "CANONICAL")
  void reachEachProfile(ProfileName profile) throws Exception {
    Written written = run(json(TEXT, null), "streambed.sink.profile", profile.toString());

    assertThat(written.deadLetters()).isEmpty();
    JsonNode value = new ObjectMapper().readTree(written.embeddings().get(2).value());
    JsonNode payload = value.has("payload") ? value.get("payload") : value;
    assertThat(payload.findValue("headings").toString()).isEqualTo("[\"Dog\",\"Man\"]");
  }

  /** Whether there are headings above its chunks or not. */
  @ParameterizedTest
  @ValueSource(strings = {"\"3\"", "\"\""})
  void rejectsMetadataThatHasTheirName(String value) throws Exception {
    Written written = run(json(TEXT, "\"headings\":" + value));
    Written plain = run(json("The dog bites the man.", "\"headings\":" + value));

    assertThat(plain.embeddings()).isEmpty();
    assertThat(plain.deadLetters()).hasSize(1);

    assertThat(written.embeddings()).isEmpty();
    assertThat(written.deadLetters())
        .extracting(
            record -> DeadLetterCodec.decodeJson(Objects.requireNonNull(record.value())).reason())
        .containsExactly("FIELD_NAME_TAKEN");
  }

  private static Written run(byte[] value, String... more) throws Exception {
    List<String> all =
        new ArrayList<>(
            List.of(
                "streambed.chunking.mode", "split",
                "streambed.chunking.headings", "markdown",
                "streambed.source.require-key", "true"));
    all.addAll(Arrays.asList(more));
    List<SourceRecord> records = List.of(source(0, "a", value));
    return EmbedTopicJobIT.run(records, all.toArray(String[]::new));
  }

  private static List<EmbeddingRecord> embeddings(Written written) {
    assertThat(written.deadLetters()).isEmpty();
    return written.embeddings().stream().map(HeadingsIT::read).toList();
  }

  private static EmbeddingRecord read(OutputRecord record) {
    return EmbeddingRecordCodec.decodeJson(Objects.requireNonNull(record.value()));
  }

  private static byte[] json(String text, @Nullable String metadata) {
    return Objects.requireNonNull(
        utf8(
            "{\"text\":\"%s\"%s}"
                .formatted(text, metadata == null ? "" : ",\"metadata\":{" + metadata + "}")));
  }
}
