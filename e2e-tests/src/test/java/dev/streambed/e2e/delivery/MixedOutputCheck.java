package dev.streambed.e2e.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.e2e.delivery.MixedRecords.Kind;
import dev.streambed.e2e.delivery.MixedRecords.Mixed;
import dev.streambed.e2e.records.JobTopics;
import dev.streambed.e2e.records.OutputCheck;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.json.DeadLetterCodec;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** Checks that a job has delivered {@link MixedRecords}: each of them once, and nothing else. */
final class MixedOutputCheck {
  private final List<Mixed> sent;
  private final Map<Kind, Integer> counts = new EnumMap<>(Kind.class);

  private MixedOutputCheck(List<Mixed> sent) {
    this.sent = sent;
  }

  /** Checks the committed output; returns the number of records of each kind. */
  static Map<Kind, Integer> check(JobTopics topics, List<Mixed> sent, ModelDirectory model) {
    var check = new MixedOutputCheck(sent);
    List<ConsumerRecord<byte[], byte[]>> embeddings = topics.readEmbeddings();
    List<ConsumerRecord<byte[], byte[]>> dead = topics.readDeadLetters();
    OutputCheck.checkEachOnce("outputs", embeddings, sent.size(), number -> !check.isDead(number));
    OutputCheck.checkEachOnce("dead letters", dead, sent.size(), check::isDead);
    VectorSpace space = model.description().space();
    embeddings.forEach(record -> check.checkOrigin(record, record.value() == null ? null : space));
    dead.forEach(record -> check.checkOrigin(record, null));
    check.checkOrderPerKey(embeddings);
    dead.forEach(check::checkDeadLetter);
    try (var embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT)) {
      embeddings.forEach(record -> check.checkEmbedding(record, embedder));
    }
    return check.counts;
  }

  private Mixed sent(ConsumerRecord<byte[], byte[]> record) {
    return sent.get(OutputCheck.number(record));
  }

  private boolean isDead(int number) {
    return sent.get(number).kind().isDead();
  }

  /** Key, headers and timestamp are those of the record that was read; an embedding has a space. */
  private void checkOrigin(ConsumerRecord<byte[], byte[]> record, @Nullable VectorSpace space) {
    Mixed input = sent(record);
    assertThat(record.key()).isEqualTo(input.record().key());
    assertThat(record.timestamp()).isEqualTo(input.record().timestamp());
    OutputCheck.checkHeaders(record, input.record().headers(), space);
    counts.merge(input.kind(), 1, Integer::sum);
  }

  private void checkOrderPerKey(List<ConsumerRecord<byte[], byte[]>> embeddings) {
    Map<String, Integer> last = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> record : embeddings) {
      String key = new String(record.key(), StandardCharsets.UTF_8);
      Integer before = last.put(key, OutputCheck.number(record));
      assertThat(before == null ? -1 : before)
          .as("record of the same key before record %d", OutputCheck.number(record))
          .isLessThan(OutputCheck.number(record));
    }
  }

  private void checkDeadLetter(ConsumerRecord<byte[], byte[]> record) {
    Mixed input = sent(record);
    var letter = DeadLetterCodec.decodeJson(record.value());
    if (input.kind().reason() != null) {
      assertThat(letter.reason()).isEqualTo(input.kind().reason());
    }
    assertThat(letter.record().value())
        .isEqualTo(input.kind().isShortened() ? null : input.record().value());
    assertThat(letter.omissions().isEmpty()).isEqualTo(!input.kind().isShortened());
  }

  /** Each vector is, bit for bit, that of its text embedded alone and without Flink. */
  private void checkEmbedding(ConsumerRecord<byte[], byte[]> record, OnnxTextEmbedder embedder) {
    Mixed input = sent(record);
    String text = input.text();
    if (text == null) {
      assertThat(record.value()).isNull();
      return;
    }
    EmbeddingRecord embedding = EmbeddingRecordCodec.decodeJson(record.value());
    assertThat(embedding.text()).isEqualTo(text);
    assertThat(embedding.embedding())
        .as("vector of record %d", OutputCheck.number(record))
        .isEqualTo(embedder.embed(List.of(embedder.tokenise(text, null))).get(0).vector());
  }
}
