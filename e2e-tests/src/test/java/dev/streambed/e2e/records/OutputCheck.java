package dev.streambed.e2e.records;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.json.DeadLetterCodec;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/**
 * Checks that a job has delivered {@link TestTexts}: each record once, in order per key, with its
 * key, headers and timestamp, each vector bit for bit that of its text embedded alone and without
 * Flink; and nothing else.
 */
public final class OutputCheck {
  private static final TestTexts TEXTS = new TestTexts();
  private static final int SHOWN = 20;

  private final String modelDigest;
  private final VectorSpace space;
  private final Map<String, float[]> vectors = new HashMap<>();

  public OutputCheck(ModelDirectory model) {
    this.modelDigest = model.digest();
    this.space = model.description().space();
    try (var embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT)) {
      for (String text : TEXTS.distinct()) {
        vectors.put(text, embedder.embed(List.of(embedder.tokenise(text, null))).get(0).vector());
      }
    }
  }

  /** The number of an input or output record. */
  public static int number(ConsumerRecord<byte[], byte[]> record) {
    byte[] value = record.headers().lastHeader(TestTexts.NUMBER).value();
    return Integer.parseInt(new String(value, StandardCharsets.UTF_8));
  }

  /** Checks the committed records in a job's topics, for the records 0 to {@code records}. */
  public void check(JobTopics topics, int records) {
    checkInOrderFrom(0, topics, records);
  }

  /** As {@link #check}, but the order per key only of the records {@code first} and later. */
  public void checkInOrderFrom(int first, JobTopics topics, int records) {
    List<ConsumerRecord<byte[], byte[]>> embeddings = topics.readEmbeddings();
    List<ConsumerRecord<byte[], byte[]>> dead = topics.readDeadLetters();

    checkEachOnce("embeddings", embeddings, records, number -> !TestTexts.isDead(number));
    checkEachOnce("dead letters", dead, records, TestTexts::isDead);
    embeddings.forEach(OutputCheck::checkKeyAndTimestamp);
    embeddings.forEach(record -> checkHeaders(record, sentHeaders(record), space));
    dead.forEach(OutputCheck::checkKeyAndTimestamp);
    dead.forEach(record -> checkHeaders(record, sentHeaders(record), null));
    dead.forEach(OutputCheck::checkReason);
    embeddings.forEach(this::checkVector);
    checkOrderPerKey(embeddings.stream().filter(record -> number(record) >= first).toList());
  }

  /** Checks that records of a topic are those of the numbers below a limit that are expected. */
  public static void checkEachOnce(
      String name,
      List<ConsumerRecord<byte[], byte[]>> found,
      int records,
      IntPredicate isExpected) {
    Map<Integer, Long> times =
        found.stream().collect(Collectors.groupingBy(OutputCheck::number, Collectors.counting()));
    List<Integer> lost = new ArrayList<>();
    IntStream.range(0, records)
        .filter(isExpected.and(number -> !times.containsKey(number)))
        .forEach(lost::add);
    List<Integer> tooMany =
        times.entrySet().stream()
            .filter(
                entry ->
                    entry.getValue() > 1
                        || entry.getKey() >= records
                        || !isExpected.test(entry.getKey()))
            .map(Map.Entry::getKey)
            .sorted()
            .toList();
    assertThat(lost.isEmpty() && tooMany.isEmpty())
        .as(
            "%s of %d records: %d lost %s, %d twice or unexpected %s",
            name, records, lost.size(), first(lost), tooMany.size(), first(tooMany))
        .isTrue();
  }

  private static List<Integer> first(List<Integer> numbers) {
    return numbers.subList(0, Math.min(SHOWN, numbers.size()));
  }

  private static void checkOrderPerKey(List<ConsumerRecord<byte[], byte[]>> records) {
    Map<String, Integer> last = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      String key = new String(record.key(), StandardCharsets.UTF_8);
      Integer before = last.put(key, number(record));
      assertThat(before == null || before < number(record))
          .as("%s: record %d after %s", key, number(record), before)
          .isTrue();
    }
  }

  private static void checkKeyAndTimestamp(ConsumerRecord<byte[], byte[]> record) {
    int number = number(record);
    assertThat(record.key()).isEqualTo(TEXTS.record("any", number).key());
    assertThat(record.timestamp()).isEqualTo(TestTexts.FIRST_TIMESTAMP + number);
  }

  /** Checks that a record has the headers of the one that was read, and its space if embedded. */
  public static void checkHeaders(
      ConsumerRecord<byte[], byte[]> record, Headers sent, @Nullable VectorSpace space) {
    List<Header> expected = new ArrayList<>(List.of(sent.toArray()));
    if (space != null) {
      byte[] address = space.toString().getBytes(StandardCharsets.UTF_8);
      expected.add(new RecordHeader("streambed-space", address));
    }
    assertThat(record.headers().toArray()).isEqualTo(expected.toArray());
  }

  private static Headers sentHeaders(ConsumerRecord<byte[], byte[]> record) {
    return TEXTS.record("any", number(record)).headers();
  }

  private static void checkReason(ConsumerRecord<byte[], byte[]> record) {
    DeadLetter letter = DeadLetterCodec.decodeJson(record.value());
    assertThat(letter.reason())
        .isEqualTo(TestTexts.isBroken(number(record)) ? "INVALID_JSON" : "BLANK");
    assertThat(letter.record().value()).isEqualTo(TEXTS.record("any", number(record)).value());
  }

  private void checkVector(ConsumerRecord<byte[], byte[]> record) {
    EmbeddingRecord embedding = EmbeddingRecordCodec.decodeJson(record.value());
    String text = TEXTS.text(number(record));
    assertThat(embedding.text()).as("text of record %d", number(record)).isEqualTo(text);
    assertThat(embedding.embedding())
        .as("vector of record %d", number(record))
        .isEqualTo(vectors.get(text));
    assertThat(embedding.provenance().model().digest()).isEqualTo(modelDigest);
    assertThat(embedding.provenance().space()).isEqualTo(space.toString());
  }
}
