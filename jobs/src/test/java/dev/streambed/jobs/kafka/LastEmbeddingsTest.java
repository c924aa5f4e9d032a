package dev.streambed.jobs.kafka;

import static dev.streambed.jobs.Samples.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.VectorSpace;
import dev.streambed.jobs.format.EmbeddingFormat;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.VectorEncoding;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** With a broker: {@code RunIT} in e2e-tests. */
class LastEmbeddingsTest {
  private static final VectorSpace SPACE = new VectorSpace("tiny", "0123456789ab", "mean", 3);
  private static final VectorSpace SHORTER = SPACE.withDimensions(2);
  private static final VectorSpace OTHER = new VectorSpace("other", "cdcdcdcdcdcd", "mean", 3);
  private static final String DIGEST = "ab".repeat(32);

  @Test
  void saysNothingOfVectorsOfTheSameSpace() {
    assertThat(
            others(
                List.of(
                    record(1, json(SPACE)), record(2, avro(SPACE)), record(3, version1(DIGEST)))))
        .isEmpty();
  }

  @Test
  void saysNothingOfWhatIsNoEmbedding() {
    assertThat(
            others(
                List.of(
                    record(1, null),
                    record(2, new byte[0]),
                    record(3, utf8("four score")),
                    record(4, utf8("{\"a\":1}")))))
        .isEmpty();
  }

  @Test
  void namesEachOtherSpaceOnceWhateverTheFormat() {
    List<String> messages =
        others(
            List.of(
                record(1, json(SPACE)),
                record(2, json(SHORTER)),
                record(3, avro(OTHER)),
                record(4, json(OTHER))));

    assertThat(messages)
        .containsExactly(
            "Topic embeddings already has vectors of"
                + " streambed://text-embedding@1/other@cdcdcdcdcdcd?dimensions=3, such as that at"
                + " embeddings-0@3; this job writes those of"
                + " streambed://text-embedding@1/tiny@0123456789ab?dimensions=3. They do not"
                + " compare: give each model a topic of its own, or embed all again"
                + " (docs/operations.md).",
            "Topic embeddings already has vectors of"
                + " streambed://text-embedding@1/tiny@0123456789ab?dimensions=2, such as that at"
                + " embeddings-0@2; this job writes those of"
                + " streambed://text-embedding@1/tiny@0123456789ab?dimensions=3. They do not"
                + " compare: give each model a topic of its own, or embed all again"
                + " (docs/operations.md).");
  }

  @Test
  void goesByTheHeaderWhateverTheProfile() {
    ConsumerRecord<byte[], byte[]> same = record(1, utf8("{\"id\":1}"));
    same.headers().add("streambed-space", utf8(SPACE.toString()));
    ConsumerRecord<byte[], byte[]> other = record(2, utf8("{\"id\":1}"));
    other.headers().add("streambed-space", utf8(OTHER.toString()));

    assertThat(others(List.of(same))).isEmpty();
    assertThat(others(List.of(same, other)))
        .singleElement()
        .asString()
        .startsWith(
            "Topic embeddings already has vectors of "
                + OTHER
                + ", such as that at embeddings-0@2");
  }

  @Test
  void namesTheModelOfARecordThatDoesNotSayItsSpace() {
    assertThat(others(List.of(record(5, version1("cd".repeat(32))))))
        .singleElement()
        .asString()
        .startsWith(
            "Topic embeddings already has vectors of tiny (digest "
                + "cd".repeat(32)
                + ") with 3 dimensions, such as that at embeddings-0@5; this job writes those of "
                + SPACE
                + ". Unless both are made of the same weights, and are equally long, they do not"
                + " compare: ");
  }

  private static List<String> others(List<ConsumerRecord<byte[], byte[]>> records) {
    return LastEmbeddings.others(records, SPACE, DIGEST);
  }

  private static ConsumerRecord<byte[], byte[]> record(long offset, byte @Nullable [] value) {
    return new ConsumerRecord<>("embeddings", 0, offset, null, value);
  }

  private static byte[] json(VectorSpace space) {
    return EmbeddingFormat.JSON.with(VectorEncoding.FLOAT32).value(embedding(space, DIGEST));
  }

  private static byte[] avro(VectorSpace space) {
    return EmbeddingFormat.AVRO.with(VectorEncoding.FLOAT32).value(embedding(space, DIGEST));
  }

  private static byte[] version1(String digest) {
    return new String(
            EmbeddingFormat.JSON.with(VectorEncoding.FLOAT32).value(embedding(SPACE, digest)),
            StandardCharsets.UTF_8)
        .replace("\"schemaVersion\":2", "\"schemaVersion\":1")
        .replace("\"space\":\"" + SPACE + "\",", "")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static EmbeddingRecord embedding(VectorSpace space, String digest) {
    return new EmbeddingRecord(
        "key",
        "four score",
        new float[space.dimensions()],
        new Provenance(
            new ModelReference(space.model(), "1", digest, "fp32"),
            space.toString(),
            "passage",
            3,
            /* truncated= */ false,
            /* unknownTokens= */ 0,
            Provenance.contentHash("four score"),
            new SourcePosition("texts", 0, 7)),
        Map.of(),
        42);
  }
}
