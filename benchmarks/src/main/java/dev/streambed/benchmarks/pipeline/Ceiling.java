package dev.streambed.benchmarks.pipeline;

import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.report.BenchmarkReport.Chart;
import dev.streambed.benchmarks.report.BenchmarkReport.Section;
import dev.streambed.benchmarks.report.BenchmarkReport.Target;
import dev.streambed.benchmarks.report.Measurement;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.format.EmbeddingFormat;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.schemas.VectorEncoding;
import dev.streambed.schemas.profile.ProfileName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.Configuration;

/**
 * Measures the pipeline with a model that costs nothing, in each output format, encoding and
 * profile, and in Avro from each input; and where the time goes then.
 */
@Internal
public final class Ceiling {
  private static final String INPUT = "ceiling-texts-";
  private static final int DIMENSIONS = 256;
  private static final int TOP_METHODS = 10;

  private final PipelineSettings settings;
  private final KafkaBroker broker;
  private final int records;
  private final List<Way> ways;

  /**
   * @param records of the input; a run that comes to their end is measured up to there
   * @param names of the ways to measure
   */
  public Ceiling(PipelineSettings settings, KafkaBroker broker, int records, Pattern names) {
    this.settings = settings;
    this.broker = broker;
    this.records = records;
    this.ways = Way.all().stream().filter(way -> names.matcher(way.toString()).matches()).toList();
  }

  public Findings measure(int rounds, Consumer<String> progress) throws Exception {
    Map<Way, List<Double>> rates = new LinkedHashMap<>();
    for (Way way : ways) {
      rates.put(way, new ArrayList<>());
    }
    for (SourceShape source : SourceShape.values()) {
      if (source == source.written()
          && ways.stream().anyMatch(way -> way.source.written() == source)) {
        progress.accept("filling a topic with %,d texts: %s".formatted(records, source));
        PipelineTopics.fill(broker, input(source), settings.texts(), records, source);
      }
    }
    for (int round = 1; round <= rounds; round++) {
      for (Map.Entry<Way, List<Double>> measured : rates.entrySet()) {
        progress.accept("ceiling, round %d of %d: %s".formatted(round, rounds, measured.getKey()));
        double rate = rate(measured.getKey(), Integer.toString(round), () -> {});
        progress.accept("  %s records/s".formatted(BenchmarkReport.number(rate)));
        measured.getValue().add(rate);
      }
    }
    List<Section> profiles = new ArrayList<>();
    for (EmbeddingFormat format : EmbeddingFormat.values()) {
      if (ways.contains(Way.to(format))) {
        progress.accept("ceiling, profile: " + format);
        profiles.addAll(profile(Way.to(format)));
      }
    }
    List<Section> sections = new ArrayList<>(sections(rates));
    sections.addAll(profiles);
    return new Findings(
        sections,
        targets(rates),
        List.of(
            "Ceiling: only running Java code of the job's JVM is sampled, not the broker, which takes its share of the cores, and not native code.",
            "Ceiling: a run that comes to the end of its %,d records before its time is measured over the second half of them."
                .formatted(records)));
  }

  private static List<Target> targets(Map<Way, List<Double>> rates) {
    List<Target> targets = new ArrayList<>();
    if (rates.containsKey(Way.OWN_TO_AVRO)) {
      targets.add(
          Target.atLeast(
              "ceiling with a free model, avro, records/s",
              20_000,
              measurement(rates, Way.OWN_TO_AVRO)));
    }
    if (rates.keySet().containsAll(List.of(Way.FLAT, Way.OWN_TO_JSON))) {
      targets.add(
          Target.atLeast(
              "profile flat, records/s of json", 0.95, ratio(rates, Way.FLAT, Way.OWN_TO_JSON)));
    }
    if (rates.keySet().containsAll(List.of(Way.BYTES, Way.OWN_TO_AVRO))) {
      targets.add(
          Target.atLeast(
              "encoding float32-bytes, records/s of avro",
              1,
              ratio(rates, Way.BYTES, Way.OWN_TO_AVRO)));
    }
    return targets;
  }

  private static List<Section> sections(Map<Way, List<Double>> rates) {
    List<Measurement> outputs = new ArrayList<>();
    List<Measurement> inputs = new ArrayList<>();
    List<Measurement> ratios = new ArrayList<>();
    List<Measurement> forms = new ArrayList<>();
    for (Way way : rates.keySet()) {
      Measurement rate = measurement(rates, way);
      (way.source == SourceShape.OWN_JSON ? outputs : inputs).add(rate);
      Way base = way.source == SourceShape.OWN_JSON ? Way.to(way.format) : Way.OWN_TO_AVRO;
      if (rates.containsKey(base) && !way.equals(base)) {
        (way.source == SourceShape.OWN_JSON ? forms : ratios).add(ratio(rates, way, base));
      }
    }
    return List.of(
        new Section("Ceiling with a free model", "records/s", outputs, Chart.BARS),
        new Section("Ceiling, in profiles and encodings, in turns", "times", forms, Chart.NONE),
        new Section("Ceiling, from other inputs", "records/s", inputs, Chart.BARS),
        new Section("Ceiling, from other inputs, in turns", "times", ratios, Chart.NONE));
  }

  private static Measurement measurement(Map<Way, List<Double>> rates, Way way) {
    return Measurement.of(
        "%d dimensions, %s".formatted(DIMENSIONS, way), List.copyOf(rates.get(way)));
  }

  private static Measurement ratio(Map<Way, List<Double>> rates, Way way, Way base) {
    return BenchmarkReport.ratio(
        way + " / " + base, measurement(rates, way), measurement(rates, base));
  }

  private static String input(SourceShape source) {
    return INPUT + source.written().id();
  }

  /** A way through the job: from which input to which output. */
  private record Way(
      SourceShape source, EmbeddingFormat format, VectorEncoding encoding, ProfileName profile) {
    static final Way OWN_TO_AVRO = to(EmbeddingFormat.AVRO);
    static final Way OWN_TO_JSON = to(EmbeddingFormat.JSON);
    static final Way FLAT = to(ProfileName.FLAT);
    static final Way BYTES = to(EmbeddingFormat.AVRO, VectorEncoding.FLOAT32_BYTES);

    static Way to(EmbeddingFormat format) {
      return to(format, VectorEncoding.FLOAT32);
    }

    static Way to(EmbeddingFormat format, VectorEncoding encoding) {
      return new Way(SourceShape.OWN_JSON, format, encoding, ProfileName.CANONICAL);
    }

    static Way to(ProfileName profile) {
      return new Way(SourceShape.OWN_JSON, EmbeddingFormat.JSON, VectorEncoding.FLOAT32, profile);
    }

    static List<Way> all() {
      List<Way> ways = new ArrayList<>();
      for (EmbeddingFormat format : EmbeddingFormat.values()) {
        for (VectorEncoding encoding : VectorEncoding.values()) {
          if (format.takes(encoding)) {
            ways.add(to(format, encoding));
          }
        }
      }
      for (ProfileName profile : ProfileName.values()) {
        if (profile != ProfileName.CANONICAL) {
          ways.add(to(profile));
        }
      }
      for (SourceShape source : SourceShape.values()) {
        if (source != SourceShape.OWN_JSON) {
          ways.add(
              new Way(source, EmbeddingFormat.AVRO, VectorEncoding.FLOAT32, ProfileName.CANONICAL));
        }
      }
      return ways;
    }

    @Override
    public String toString() {
      if (profile != ProfileName.CANONICAL) {
        return "profile " + profile;
      }
      String output = encoding == VectorEncoding.FLOAT32 ? "" : ", " + encoding;
      return format + output + (source == SourceShape.OWN_JSON ? "" : " from " + source);
    }
  }

  /** In a run of its own, as sampling costs a little. */
  private List<Section> profile(Way way) throws Exception {
    try (StackProfile profile = new StackProfile()) {
      var unused = rate(way, "profile", profile::start);
      StackProfile.Summary summary =
          profile.stop(settings.work().resolve("ceiling.jfr"), TOP_METHODS);
      return List.of(
          shares(
              "Ceiling, %s: where %,d samples of running Java code were"
                  .formatted(way, summary.samples()),
              summary.parts()),
          shares("Ceiling, %s: the innermost methods".formatted(way), summary.methods()));
    }
  }

  private double rate(Way way, String run, PipelineRun.Watcher watcher) throws Exception {
    PipelineTopics topics =
        PipelineTopics.withNewOutput(
            broker,
            input(way.source),
            "ceiling-%s-%s-%s-%s-%s"
                .formatted(way.source.id(), way.format, way.encoding, way.profile, run));
    PipelineRun pipeline = settings.run();
    Configuration file = topics.pipelineFile(pipeline.configuration(), settings.model());
    file.set(JobOptions.SINK_FORMAT, way.format);
    file.setString("streambed.sink.encoding", way.encoding.toString());
    file.setString("streambed.sink.profile", way.profile.toString());
    way.source.describeIn(file, settings.work());
    double rate =
        pipeline
            .measure(
                environment ->
                    EmbedTopicJob.build(environment, file, gpu -> new FreeEmbedder(DIMENSIONS)),
                topics,
                records,
                watcher)
            .recordsPerSecond();
    topics.deleteOutput();
    return rate;
  }

  private static Section shares(String title, Map<String, Double> percents) {
    List<Measurement> rows = new ArrayList<>();
    percents.forEach((name, percent) -> rows.add(Measurement.of(name, List.of(percent))));
    return new Section(title, "%", rows, Chart.NONE);
  }
}
