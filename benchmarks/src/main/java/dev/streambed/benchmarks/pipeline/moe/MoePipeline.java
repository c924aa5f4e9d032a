package dev.streambed.benchmarks.pipeline.moe;

import dev.streambed.benchmarks.pipeline.CommitRate.Window;
import dev.streambed.benchmarks.pipeline.Findings;
import dev.streambed.benchmarks.pipeline.OneByOneJob;
import dev.streambed.benchmarks.pipeline.PipelineRun;
import dev.streambed.benchmarks.pipeline.PipelineTopics;
import dev.streambed.benchmarks.report.Measurement;
import dev.streambed.benchmarks.report.Turns;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.TextTokenizer;
import dev.streambed.jobs.EmbedTopicJob;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.flink.configuration.Configuration;

/**
 * Kafka to Kafka, exactly once, with the large model: for each kind of texts, all ways take their
 * turn in each round. Tokens of committed texts are counted, and for each way the memory of a
 * process that embeds in the same sessions.
 */
final class MoePipeline {
  // More than a core computes with this model.
  private static final long MOST_TOKENS_PER_SECOND = 10_000;

  /** For what a run does beside its warm-up and its window. */
  private static final Duration MARGIN = Duration.ofSeconds(30);

  private static final int TOKENS_TO_MEASURE_MEMORY = 8_000;

  private final Surroundings surroundings;
  private final ModelDirectory model;
  private final PipelineRun.Pace pace;
  private final List<Way> ways;
  private final MoeFindings findings = new MoeFindings();

  /**
   * What the runs share.
   *
   * @param cores of the machine, and so slots
   * @param texts of each length that are sent over and over
   * @param words that the texts are made of
   * @param work folder for files that may be deleted
   */
  record Surroundings(KafkaBroker broker, int cores, int texts, List<String> words, Path work) {}

  MoePipeline(
      Surroundings surroundings, ModelDirectory model, PipelineRun.Pace pace, List<Way> ways) {
    this.surroundings = surroundings;
    this.model = model;
    this.pace = pace;
    this.ways = ways;
  }

  Findings measure(List<TextLength> lengths, int rounds, Consumer<String> progress)
      throws Exception {
    Duration run = pace.warmUp().plus(pace.window()).plus(pace.checkpoints());
    progress.accept(
        "%d runs of %d s and more each"
            .formatted(lengths.size() * rounds * ways.size(), run.toSeconds()));
    try (TextTokenizer tokenizer =
        TextTokenizer.open(model.tokenizerFile(), model.description().maxTokens())) {
      for (TextLength length : lengths) {
        List<String> texts = length.texts(surroundings.texts, surroundings.words, tokenizer);
        measure(length, texts, tokenizer, rounds, progress);
      }
    }
    return findings.all();
  }

  private void measure(
      TextLength length,
      List<String> texts,
      TextTokenizer tokenizer,
      int rounds,
      Consumer<String> progress)
      throws Exception {
    List<String> first = texts.stream().map(text -> PipelineTopics.numbered(text, 0)).toList();
    long tokens = first.stream().mapToLong(text -> tokenizer.tokenise(text).length()).sum();
    Input input = new Input(length, inputs(tokens / first.size()));
    progress.accept("filling a topic with %,d texts: %s".formatted(input.records, length));
    PipelineTopics.fill(surroundings.broker, input.topic(), texts, input.records);
    SessionLimit limit = SessionLimit.of(model, first, tokenizer, surroundings.cores);
    Map<Way, List<Double>> cores = new LinkedHashMap<>();
    Map<Way, Measurement> rates =
        new Turns(rounds, "tokens/s", progress)
            .measure(
                ways,
                way -> way.label() + ", " + length,
                (way, round) -> {
                  var use = new CpuUse();
                  double rate = rate(way, round, input, limit, use);
                  cores.computeIfAbsent(way, unused -> new ArrayList<>()).add(use.cores());
                  return rate;
                });
    findings.add(length, rates, cores, memory(first, tokenizer, rounds, progress));
  }

  /** A topic of texts of one length. */
  private record Input(TextLength length, int records) {
    String topic() {
      return "texts-" + length;
    }
  }

  private int inputs(long tokensOfText) {
    long seconds = pace.warmUp().plus(pace.window()).plus(MARGIN).toSeconds();
    return Math.toIntExact(
        surroundings.cores * MOST_TOKENS_PER_SECOND * seconds / Math.max(1, tokensOfText));
  }

  private double rate(Way way, int round, Input input, SessionLimit limit, CpuUse use)
      throws Exception {
    if (way == Way.LIMIT) {
      return limit.rate(pace.warmUp(), pace.window(), use);
    }
    PipelineTopics topics =
        PipelineTopics.withNewOutput(
            surroundings.broker,
            input.topic(),
            "embeddings-%s-%s-%d".formatted(input.length, way, round));
    var run = new PipelineRun(way.slots(surroundings.cores), surroundings.work, pace);
    Window window =
        run.measure(
            environment -> {
              if (way == Way.ONE_BY_ONE) {
                environment.enableCheckpointing(pace.checkpoints().toMillis());
                OneByOneJob.build(environment, topics, model.path(), OneByOneJob.Threads.ONE_A_RUN);
              } else {
                EmbedTopicJob.build(environment, file(way, topics, run));
              }
            },
            topics,
            input.records,
            use);
    double rate = topics.tokens(window) / window.seconds();
    topics.deleteOutput();
    return rate;
  }

  private Configuration file(Way way, PipelineTopics topics, PipelineRun run) {
    Configuration file = topics.pipelineFile(run.configuration(), model.path());
    // Texts are then as long for this job as they are for the other ways.
    file.setString("streambed.model.prompt", "none");
    file.setString("streambed.session.sharing", way.sharing().toString());
    file.setString("streambed.batch.workers", Integer.toString(way.workers(surroundings.cores)));
    return file;
  }

  private Map<Way, Measurement> memory(
      List<String> texts, TextTokenizer tokenizer, int rounds, Consumer<String> progress)
      throws Exception {
    List<Way> jobs = ways.stream().filter(Way::isStreambed).toList();
    List<String> some = new ArrayList<>();
    int tokens = 0;
    for (String text : texts) {
      if (tokens < TOKENS_TO_MEASURE_MEMORY) {
        some.add(text);
        tokens += tokenizer.tokenise(text).length();
      }
    }
    Path file = Files.write(surroundings.work.resolve("memory-texts"), some);
    return new Turns(rounds, "MB", progress)
        .measure(
            jobs,
            way -> "memory of " + way.label(),
            (way, round) -> SessionMemory.megabytes(model.path(), way, surroundings.cores, file));
  }
}
