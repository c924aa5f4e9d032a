package dev.streambed.cli.demo;

import dev.streambed.cli.local.EmbeddingCounts.Reading;
import dev.streambed.cli.local.ProgressDisplay;
import dev.streambed.embedder.chunk.Boundary;
import dev.streambed.embedder.chunk.Chunk;
import dev.streambed.embedder.chunk.ChunkingOptions;
import dev.streambed.embedder.chunk.TextSplitter;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.query.EmbeddingReader;
import dev.streambed.query.EmbeddingReader.Entry;
import dev.streambed.query.EmbeddingReader.Options;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.json.TextRecordCodec;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Documents that are longer than a chunk and come again: all new, all the same, then some edited
 * and some deleted. Afterwards the topic must hold what the last versions give, and nothing else.
 * Confined to one thread.
 */
final class UpdatesDemo {
  private static final ChunkingOptions CHUNKING =
      new ChunkingOptions(192, /* overlapTokens= */ 0, /* minTokens= */ 32, Boundary.SENTENCE);

  private static final double NANOS_PER_SECOND = 1e9;
  private static final long LOOK_MILLIS = 100;

  private final DemoCluster cluster;
  private final ModelDirectory model;
  private final OnnxTextEmbedder embedder;
  private final TextSplitter splitter;
  private final PrintStream out;
  private final PrintStream err;

  /** The last version of each document that is not deleted. */
  private final Map<String, Article> live = new LinkedHashMap<>();

  /** The number of records that were sent with a text. */
  private long sentTexts;

  /** The number of chunks that must have been deleted. */
  private long surplus;

  /**
   * Runs on a cluster.
   *
   * @param embedder with default options, for what is expected; the caller's
   */
  UpdatesDemo(DemoCluster cluster, OnnxTextEmbedder embedder, PrintStream out, PrintStream err) {
    this.cluster = cluster;
    this.model = embedder.model();
    this.embedder = embedder;
    this.splitter = new TextSplitter(embedder.tokenCounter(/* promptName= */ null), CHUNKING);
    this.out = out;
    this.err = err;
  }

  /**
   * The records of one pass.
   *
   * @param articles new, or other versions
   * @param deleted keys
   */
  private record Load(String name, List<Article> articles, List<String> deleted) {}

  /**
   * Runs all passes, and compares the topic with the documents.
   *
   * @return whether the topic is as it should be
   */
  boolean run(List<Article> articles) throws Exception {
    cluster.submit(
        model,
        Map.of(
            "streambed.source.require-key", "true",
            "streambed.changes.mode", "skip",
            "streambed.chunking.mode", "split",
            "streambed.chunking.max-tokens", Integer.toString(CHUNKING.maxTokens()),
            "streambed.chunking.min-tokens", Integer.toString(CHUNKING.minTokens())));
    List<Article> edited = new ArrayList<>();
    List<String> deleted = new ArrayList<>();
    for (int i = 0; i < articles.size(); i++) {
      if (i % 10 == 0) {
        edited.add(articles.get(i).edited(edited.size()));
      } else if (i % 25 == 1) {
        deleted.add(articles.get(i).key());
      }
    }
    out.printf(
        "%nDocuments of %d paragraphs, split into chunks of at most %d tokens.%n%n",
        Article.PARAGRAPHS, CHUNKING.maxTokens());
    pass(new Load("all new", articles, List.of()));
    pass(new Load("the same again", articles, List.of()));
    pass(
        new Load(
            "%d edited, %d deleted".formatted(edited.size(), deleted.size()), edited, deleted));
    err.println("Stopping the job, then reading its topic from the beginning ...");
    cluster.drainJob();
    return check(edited);
  }

  private void pass(Load load) throws Exception {
    Reading before = cluster.counts();
    long startNanos = System.nanoTime();
    send(load);
    await(load.name);
    double seconds = (System.nanoTime() - startNanos) / NANOS_PER_SECOND;
    Reading after = cluster.counts();
    out.printf(
        Locale.ROOT,
        "%-24s %,d records: %,d documents inferred, %,d skipped; %,d chunks with %,d tokens embedded, %,d deleted; %.1f s%n",
        load.name + ":",
        load.articles.size() + load.deleted.size(),
        after.inferred() - before.inferred(),
        after.skipped() - before.skipped(),
        after.texts() - before.texts(),
        after.tokens() - before.tokens(),
        after.tombstones() - before.tombstones(),
        seconds);
  }

  private void send(Load load) throws Exception {
    var sent = new ArrayList<Future<?>>();
    try (var producer =
        new KafkaProducer<>(
            Map.<String, Object>copyOf(cluster.kafka()),
            new StringSerializer(),
            new ByteArraySerializer())) {
      for (Article article : load.articles) {
        sent.add(producer.send(record(article.key(), article)));
        sentTexts++;
        replace(article.key(), article);
      }
      for (String key : load.deleted) {
        sent.add(producer.send(record(key, /* article= */ null)));
        replace(key, /* article= */ null);
      }
    }
    for (Future<?> future : sent) {
      future.get();
    }
  }

  private static ProducerRecord<String, byte[]> record(String key, @Nullable Article article) {
    byte[] value =
        article == null
            ? null
            : TextRecordCodec.encodeJson(
                new TextRecord(
                    key, article.text(), /* prompt= */ null, Map.of(), TextRecord.NO_EVENT_TIME));
    return new ProducerRecord<>(DemoCluster.TEXTS, key, value);
  }

  private void replace(String key, @Nullable Article article) {
    Article former = article == null ? live.remove(key) : live.put(key, article);
    if (former != null && !former.equals(article)) {
      int left = article == null ? 0 : chunks(article).size();
      surplus += Math.max(0, chunks(former).size() - left);
    }
  }

  /** The texts of the chunks of a document, by their keys. */
  private Map<String, String> chunks(Article article) {
    Map<String, String> chunks = new LinkedHashMap<>();
    String text = article.text();
    for (Chunk chunk : splitter.split(text)) {
      chunks.put(ChunkOfText.key(article.key(), chunks.size()), chunk.of(text));
    }
    return chunks;
  }

  /** Waits until the job has done all that was sent. */
  private void await(String name) throws Exception {
    var display =
        new ProgressDisplay(
            err, ProgressDisplay.Medium.ofThisProcess(), System::nanoTime, "chunks");
    while (true) {
      Reading counts = cluster.counts();
      long done = counts.inferred() + counts.skipped();
      display.update("%s: %,d documents done".formatted(name, done), counts);
      if (done >= sentTexts && counts.tombstones() >= surplus) {
        break;
      }
      cluster.failIfStuck(done + counts.texts() + counts.tombstones());
      Thread.sleep(LOOK_MILLIS);
    }
    display.end();
  }

  private boolean check(List<Article> edited) {
    Map<String, String> expected = new LinkedHashMap<>();
    live.values().forEach(article -> expected.putAll(chunks(article)));
    long[] records = new long[2]; // embeddings, tombstones
    Map<String, EmbeddingRecord> found = new LinkedHashMap<>();
    try (EmbeddingReader reader =
        EmbeddingReader.open(
            cluster.kafka(),
            DemoCluster.EMBEDDINGS,
            Options.DEFAULT.withSpace(model.description().space()))) {
      for (Entry entry : reader.readLatest(each -> records[each.isTombstone() ? 1 : 0]++)) {
        found.put(Objects.requireNonNull(entry.keyText()), entry.embedding());
      }
    }
    int wrong = 0;
    for (Map.Entry<String, String> chunk : expected.entrySet()) {
      EmbeddingRecord embedding = found.get(chunk.getKey());
      if (embedding == null || !chunk.getValue().equals(embedding.text())) {
        wrong++;
      }
    }
    long left = found.keySet().stream().filter(key -> !expected.containsKey(key)).count();
    int otherVectors = otherVectors(edited, found);
    out.printf(
        Locale.ROOT,
        "%nThe topic has %,d embeddings and %,d tombstones. The last of each key: %,d chunks of %,d documents are expected, %,d are missing or have another text, %,d should not be there.%n",
        records[0],
        records[1],
        expected.size(),
        live.size(),
        wrong,
        left);
    out.printf(
        Locale.ROOT,
        "The chunks of the edited documents, embedded once more, each alone: %,d vectors differ in a bit.%n",
        otherVectors);
    return wrong == 0 && left == 0 && otherVectors == 0;
  }

  private int otherVectors(List<Article> articles, Map<String, EmbeddingRecord> found) {
    int others = 0;
    for (Article article : articles) {
      for (Map.Entry<String, String> chunk : chunks(article).entrySet()) {
        EmbeddingRecord embedding = found.get(chunk.getKey());
        float[] alone =
            embedder
                .embed(List.of(embedder.tokenise(chunk.getValue(), /* promptName= */ null)))
                .get(0)
                .vector();
        if (embedding != null && !Arrays.equals(alone, embedding.embedding())) {
          others++;
        }
      }
    }
    return others;
  }
}
