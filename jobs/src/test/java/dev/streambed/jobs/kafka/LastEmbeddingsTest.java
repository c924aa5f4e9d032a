package dev.streambed.jobs.kafka;

import static dev.streambed.jobs.Samples.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.jobs.format.EmbeddingFormat;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.SourcePosition;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** With a broker: {@code RunIT} in e2e-tests. */
class LastEmbeddingsTest {
  private static final ModelReference MODEL = new ModelReference("tiny", "1", "ab".repeat(32));
  private static final ModelReference OTHER = new ModelReference("other", "1", "cd".repeat(32));

  @Test
  void saysNothingOfVectorsOfTheSameModel() {
    assertThat(others(List.of(record(1, json(MODEL, 3)), record(2, avro(MODEL, 3))))).isEmpty();
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
  void namesEachOtherKindOfVectorsOnceWhateverItsFormat() {
    List<String> messages =
        others(
            List.of(
                record(1, json(MODEL, 3)),
                record(2, json(MODEL, 2)),
                record(3, avro(OTHER, 3)),
                record(4, json(OTHER, 3))));

    assertThat(messages)
        .hasSize(2)
        .anySatisfy(
            message ->
                assertThat(message)
                    .startsWith(
                        "Topic embeddings already has vectors of other (digest "
                            + "cd".repeat(32)
                            + ") with 3 dimensions, such as that at embeddings-0@3; this job writes"
                            + " those of tiny (digest "
                            + "ab".repeat(32)
                            + ") with 3."))
        .anySatisfy(message -> assertThat(message).contains("with 2 dimensions", "embeddings-0@2"));
  }

  private static List<String> others(List<ConsumerRecord<byte[], byte[]>> records) {
    return LastEmbeddings.others(records, MODEL, 3);
  }

  private static ConsumerRecord<byte[], byte[]> record(long offset, byte @Nullable [] value) {
    return new ConsumerRecord<>("embeddings", 0, offset, null, value);
  }

  private static byte[] json(ModelReference model, int dimensions) {
    return EmbeddingFormat.JSON.encode(embedding(model, dimensions));
  }

  private static byte[] avro(ModelReference model, int dimensions) {
    return EmbeddingFormat.AVRO.encode(embedding(model, dimensions));
  }

  private static EmbeddingRecord embedding(ModelReference model, int dimensions) {
    return new EmbeddingRecord(
        "key",
        "four score",
        new float[dimensions],
        new Provenance(
            model,
            "passage",
            3,
            /* truncated= */ false,
            Provenance.contentHash("four score"),
            new SourcePosition("texts", 0, 7)),
        Map.of(),
        42);
  }
}
