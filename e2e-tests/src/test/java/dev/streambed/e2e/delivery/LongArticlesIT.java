package dev.streambed.e2e.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.defaultmodel.DefaultModel;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.chunk.Boundary;
import dev.streambed.embedder.chunk.Chunk;
import dev.streambed.embedder.chunk.ChunkingOptions;
import dev.streambed.embedder.chunk.TextSplitter;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * docs/examples/long-articles.yaml: articles of several chunks are written, edited, cut short and
 * deleted, while a TaskManager is lost.
 */
class LongArticlesIT {
  private static final int ARTICLES = 60;

  @TempDir private Path directory;

  private final Map<String, List<String>> written = new HashMap<>();

  @Test
  void keepsTheChunksOfEachArticleAsItIsNow() throws Exception {
    ModelDirectory model = DefaultModel.open();
    try (KafkaBroker broker = KafkaBroker.start();
        var embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT)) {
      var splitter =
          new TextSplitter(
              embedder.tokenCounter(null), new ChunkingOptions(128, 24, 32, Boundary.SENTENCE));
      var example = new ExamplePipeline("long-articles.yaml", broker, model, directory);
      for (int id = 0; id < ARTICLES; id++) {
        send(example, splitter, id, 6, /* edited= */ -1);
      }
      for (int id = 0; id < ARTICLES; id++) {
        switch (id % 4) {
          case 0 -> send(example, splitter, id, 6, /* edited= */ 3);
          case 1 -> send(example, splitter, id, 2, /* edited= */ -1);
          case 2 -> send(example, splitter, id, 6, /* edited= */ -1); // nothing changed
          default -> delete(example, id);
        }
      }

      List<EmbeddingRecord> embeddings = example.run();

      assertThat(embeddings)
          .allSatisfy(
              embedding -> {
                ChunkOfText chunk = Objects.requireNonNull(embedding.chunk());
                assertThat(chunk.index()).isLessThan(chunk.count());
                assertThat(embedding.provenance().tokens()).isLessThanOrEqualTo(128);
                assertThat(embedding.metadata()).containsKey("section");
              });
      assertThat(example.output()).allSatisfy(LongArticlesIT::liesWithItsDocument);
      liveChunks(example.output())
          .forEach(
              (key, count) ->
                  assertThat(count).as(key).isEqualTo(written.getOrDefault(key, List.of()).size()));
    }
  }

  private static void liesWithItsDocument(ConsumerRecord<byte[], byte[]> record) {
    byte[] document = document(record).getBytes(StandardCharsets.UTF_8);
    assertThat(record.partition())
        .isEqualTo(Utils.toPositive(Utils.murmur2(document)) % ExamplePipeline.PARTITIONS);
  }

  private static String document(ConsumerRecord<byte[], byte[]> record) {
    String key = new String(record.key(), StandardCharsets.UTF_8);
    return key.substring(0, key.lastIndexOf('#'));
  }

  /** Chunks of each article that a reader of the topic ends up with. */
  private static Map<String, Integer> liveChunks(List<ConsumerRecord<byte[], byte[]>> records) {
    Map<String, Boolean> last = new HashMap<>();
    Map<String, Integer> live = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      boolean isThere = record.value() != null;
      boolean was =
          Boolean.TRUE.equals(last.put(new String(record.key(), StandardCharsets.UTF_8), isThere));
      live.merge(document(record), (isThere ? 1 : 0) - (was ? 1 : 0), Integer::sum);
    }
    return live;
  }

  private void send(
      ExamplePipeline example, TextSplitter splitter, int id, int paragraphs, int edited) {
    String title = "Article " + id;
    List<String> body = new ArrayList<>();
    for (int i = 0; i < paragraphs; i++) {
      String paragraph =
          "Paragraph %d of article %d tells about rivers, bridges and the people beside them. It has a second sentence, which is as plain as the first one and somewhat longer. And it ends here."
              .formatted(i, id);
      body.add(i == edited ? paragraph.replace("rivers", "mountains") : paragraph);
    }
    String text = title + "\n\n" + String.join("\n\n", body);
    example.send(
        "a" + id,
        "{\"title\":\"%s\",\"body\":\"%s\",\"section\":\"travel\"}"
            .formatted(title, String.join("\\n\\n", body)));
    List<Chunk> chunks = splitter.split(text);
    assertThat(chunks).hasSizeGreaterThan(paragraphs / 4);
    replace(example, "a" + id, chunks.stream().map(chunk -> chunk.of(text)).toList());
  }

  private void delete(ExamplePipeline example, int id) {
    example.send("a" + id, (String) null);
    replace(example, "a" + id, List.of());
  }

  /** Chunks that changed are written, those that are left over are deleted. */
  private void replace(ExamplePipeline example, String key, List<String> chunks) {
    List<String> former = written.getOrDefault(key, List.of());
    for (int i = 0; i < Math.max(chunks.size(), former.size()); i++) {
      boolean isNew = i >= former.size() || i >= chunks.size();
      if (isNew || !former.get(i).equals(chunks.get(i))) {
        example.expect(key + "#" + i, i < chunks.size() ? chunks.get(i) : null);
      }
    }
    written.put(key, chunks);
  }
}
