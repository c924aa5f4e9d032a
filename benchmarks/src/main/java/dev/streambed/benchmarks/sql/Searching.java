package dev.streambed.benchmarks.sql;

import dev.streambed.benchmarks.pipeline.Findings;
import dev.streambed.benchmarks.pipeline.PipelineSettings;
import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.report.BenchmarkReport.Chart;
import dev.streambed.benchmarks.report.BenchmarkReport.Section;
import dev.streambed.benchmarks.report.BenchmarkReport.Target;
import dev.streambed.benchmarks.report.Measurement;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.avro.EmbeddingRecordAvro;
import dev.streambed.sql.index.EmbeddingIndex;
import dev.streambed.sql.index.IndexSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** {@code VECTOR_SEARCH} over a topic: through the graph, and by comparing with each vector. */
final class Searching {
  private static final double WANTED_RECALL = 0.95;
  private static final double WANTED_TIMES = 20;
  private static final String TOPIC = "searched-embeddings";
  private static final int PARTITIONS = 4;
  private static final int GRAPH_QUERIES_PER_EXACT_ONE = 40;
  private static final double MILLION = 1e6;
  private static final double MIB = 1 << 20;
  private static final int EXACT = Integer.MAX_VALUE;
  private static final int GRAPH = 0;

  private final PipelineSettings settings;
  private final KafkaBroker broker;
  private final int count;
  private final int queries;

  /**
   * @param count of the vectors
   * @param queries that each exact run answers
   */
  Searching(PipelineSettings settings, KafkaBroker broker, int count, int queries) {
    this.settings = settings;
    this.broker = broker;
    this.count = count;
    this.queries = queries;
  }

  Findings measure(int rounds, Consumer<String> progress) throws Exception {
    progress.accept("embedding %,d texts".formatted(settings.texts().size()));
    SearchedVectors searched = SearchedVectors.of(settings, count);
    progress.accept("filling a topic with %,d vectors".formatted(count));
    fill(searched);
    List<Double> exactRates = new ArrayList<>();
    List<Double> graphRates = new ArrayList<>();
    List<Double> recalls = new ArrayList<>();
    for (int round = 1; round <= rounds; round++) {
      progress.accept("search, round %d of %d: exact".formatted(round, rounds));
      SearchRun.Outcome exact = run(EXACT, searched, queries);
      exactRates.add(exact.queriesPerSecond());
      progress.accept("  %s queries/s".formatted(BenchmarkReport.number(exact.queriesPerSecond())));
      progress.accept("search, round %d of %d: graph".formatted(round, rounds));
      SearchRun.Outcome graph = run(GRAPH, searched, queries * GRAPH_QUERIES_PER_EXACT_ONE);
      graphRates.add(graph.queriesPerSecond());
      recalls.add(recall(exact, graph));
      progress.accept(
          "  %s queries/s, recall %s"
              .formatted(
                  BenchmarkReport.number(graph.queriesPerSecond()),
                  BenchmarkReport.number(recalls.get(round - 1))));
    }
    progress.accept("memory of an index");
    return findings(
        Measurement.of("exact", exactRates),
        Measurement.of("HNSW graph", graphRates),
        Measurement.of("HNSW graph", recalls),
        memory(searched));
  }

  private static Findings findings(
      Measurement exact, Measurement graph, Measurement recall, List<Measurement> memory) {
    return new Findings(
        List.of(
            new Section(
                "VECTOR_SEARCH, top %d, one task".formatted(SearchRun.TOP),
                "queries/s",
                List.of(exact, graph),
                Chart.BARS),
            new Section(
                "Recall@%d against exact".formatted(SearchRun.TOP),
                "of 1",
                List.of(recall),
                Chart.NONE),
            new Section("An index of a million vectors, by this many", "MiB", memory, Chart.NONE)),
        List.of(
            Target.atLeast("VECTOR_SEARCH, recall@10", WANTED_RECALL, recall),
            Target.atLeast(
                "VECTOR_SEARCH, queries/s against exact",
                WANTED_TIMES,
                BenchmarkReport.ratio("", graph, exact))),
        List.of(
            "Vectors: each is that of a paragraph, cut to %d dimensions, moved by noise of norm %s, as there are not so many texts; queries are vectors of other paragraphs."
                .formatted(
                    SearchedVectors.DIMENSIONS, BenchmarkReport.number(SearchedVectors.NOISE)),
            "Queries per second are counted after a tenth of the queries: reading the topic and the warm-up are not in them."));
  }

  private SearchRun.Outcome run(int exactBelow, SearchedVectors searched, int number)
      throws Exception {
    return SearchRun.of(broker.bootstrapServers(), TOPIC, exactBelow, searched.queries(), number);
  }

  /** How much of what exact search finds, the graph finds. */
  private static double recall(SearchRun.Outcome exact, SearchRun.Outcome graph) {
    long found = 0;
    long wanted = 0;
    for (Map.Entry<Integer, Set<String>> query : exact.found().entrySet()) {
      Set<String> ours = graph.found().getOrDefault(query.getKey(), Set.of());
      wanted += query.getValue().size();
      found += query.getValue().stream().filter(ours::contains).count();
    }
    return (double) found / wanted;
  }

  private void fill(SearchedVectors searched) throws Exception {
    broker.createTopic(TOPIC, PARTITIONS);
    try (var producer =
        new KafkaProducer<>(
            Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i < searched.vectors().size(); i++) {
        var unused =
            producer.send(
                new ProducerRecord<>(
                    TOPIC,
                    i % PARTITIONS,
                    ("record-" + i).getBytes(StandardCharsets.UTF_8),
                    EmbeddingRecordAvro.encode(record(searched, i))));
      }
      producer.flush();
    }
  }

  private EmbeddingRecord record(SearchedVectors searched, int number) {
    String text = settings.texts().get(number % settings.texts().size());
    return new EmbeddingRecord(
        "record-" + number,
        text,
        searched.vectors().get(number),
        new Provenance(
            new ModelReference("all-MiniLM-L6-v2", "1", "0".repeat(64), /* precision= */ "fp32"),
            searched.space().toString(),
            /* prompt= */ null,
            /* tokens= */ 100,
            /* truncated= */ false,
            /* unknownTokens= */ 0,
            Provenance.contentHash(text),
            new SourcePosition("texts", 0, number)),
        Map.of(),
        /* eventTimeMillis= */ number);
  }

  /** What an index takes, scaled to a million vectors. */
  private List<Measurement> memory(SearchedVectors searched) throws IOException {
    double scale = MILLION / searched.vectors().size() / MIB;
    long before = usedHeap();
    Path folder = Files.createDirectories(settings.work().resolve("index"));
    try (var index = new EmbeddingIndex(folder, IndexSettings.DEFAULT)) {
      for (int i = 0; i < searched.vectors().size(); i++) {
        byte[] key = ("record-" + i).getBytes(StandardCharsets.UTF_8);
        index.put(key, searched.vectors().get(i), key);
      }
      index.refresh();
      var unused = index.search(searched.queries().get(0), SearchRun.TOP);
      return List.of(
          Measurement.of("heap", List.of(scale * Math.max(0, usedHeap() - before))),
          Measurement.of("disk, without text and metadata", List.of(scale * bytes(folder))));
    }
  }

  private static long usedHeap() {
    Runtime runtime = Runtime.getRuntime();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }

  private static long bytes(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).mapToLong(Searching::size).sum();
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot ask for the size of " + file + ".", e);
    }
  }
}
