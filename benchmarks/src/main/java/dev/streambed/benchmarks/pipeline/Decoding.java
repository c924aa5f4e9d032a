package dev.streambed.benchmarks.pipeline;

import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.report.BenchmarkReport.Chart;
import dev.streambed.benchmarks.report.BenchmarkReport.Section;
import dev.streambed.benchmarks.report.BenchmarkReport.Target;
import dev.streambed.benchmarks.report.Measurement;
import dev.streambed.jobs.format.Decoded;
import dev.streambed.jobs.format.RecordDecoder;
import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.Configuration;

/**
 * Measures how fast one thread decodes each format of the source topic, without Kafka and Flink.
 */
@Internal
public final class Decoding {
  private static final double NANOS = 1e9;
  private static final double SECONDS = 1; // of one measurement

  /** Rounds that are not counted: until then the compilers are at work. */
  private static final int WARM_UP_ROUNDS = 3;

  /** Measurements are short, so there may be more of them than runs of a job. */
  private static final int ROUNDS_PER_RUN = 5;

  private final PipelineSettings settings;

  public Decoding(PipelineSettings settings) {
    this.settings = settings;
  }

  /**
   * Measures the formats in turns.
   *
   * @param runs of a job; some rounds are made for each
   */
  public Findings measure(int runs, Consumer<String> progress) throws Exception {
    progress.accept("decoding in each format");
    List<Contestant> contestants = new ArrayList<>();
    for (SourceShape shape : SourceShape.values()) {
      contestants.add(new Contestant(shape, decoder(shape), records(shape), new ArrayList<>()));
    }
    for (int round = -WARM_UP_ROUNDS; round < runs * ROUNDS_PER_RUN; round++) {
      for (Contestant contestant : contestants) {
        double rate = recordsPerSecond(contestant.decoder, contestant.records);
        if (round >= 0) {
          contestant.rates.add(rate);
        }
      }
    }
    contestants.forEach(contestant -> contestant.decoder.close());
    return findings(contestants.stream().map(Contestant::measurement).toList());
  }

  /** A format, and what it reached in each round. */
  private record Contestant(
      SourceShape shape, RecordDecoder decoder, List<SourceRecord> records, List<Double> rates) {
    Measurement measurement() {
      return Measurement.of(shape.toString(), rates);
    }
  }

  private List<SourceRecord> records(SourceShape shape) {
    List<SourceRecord> records = new ArrayList<>();
    for (int i = 0; i < settings.texts().size(); i++) {
      String key = "record-" + i;
      byte[] value = shape.encode(new TextRecord(key, settings.texts().get(i), null, Map.of(), i));
      records.add(
          new SourceRecord(
              new SourcePosition("texts", 0, i),
              i,
              key.getBytes(StandardCharsets.UTF_8),
              value,
              List.of()));
    }
    return records;
  }

  private RecordDecoder decoder(SourceShape shape) throws Exception {
    Configuration file =
        new PipelineTopics("localhost:9092", "texts", "embeddings", "dead-letters")
            .pipelineFile(new Configuration(), settings.model());
    file.set(JobOptions.SOURCE_BOUNDED, true);
    shape.describeIn(file, settings.work());
    return EmbedTopicOptions.from(file).source().format().open();
  }

  private static double recordsPerSecond(RecordDecoder decoder, List<SourceRecord> records) {
    long start = System.nanoTime();
    long decoded = 0;
    double seconds;
    do {
      for (SourceRecord record : records) {
        if (decoder.decode(record).kind() != Decoded.Kind.TEXT) {
          throw new IllegalStateException("A text was decoded to something else.");
        }
      }
      decoded += records.size();
      seconds = (System.nanoTime() - start) / NANOS;
    } while (seconds < SECONDS);
    return decoded / seconds;
  }

  private static Findings findings(List<Measurement> measured) {
    Measurement json = of(SourceShape.MAPPED_JSON, measured);
    Measurement mapped =
        BenchmarkReport.ratio(
            "JSON, mapped / our own JSON", json, of(SourceShape.OWN_JSON, measured));
    List<Measurement> ratios = new ArrayList<>(List.of(mapped));
    List<Target> targets = new ArrayList<>();
    targets.add(Target.atLeast("decoding: JSON with three fields / our own JSON", 0.8, mapped));
    for (SourceShape shape :
        List.of(SourceShape.DEBEZIUM, SourceShape.AVRO, SourceShape.PROTOBUF)) {
      Measurement ratio =
          BenchmarkReport.ratio(shape + " / JSON, mapped", of(shape, measured), json);
      ratios.add(ratio);
      if (shape != SourceShape.DEBEZIUM) { // which is JSON, and more of it
        targets.add(Target.atLeast("decoding: " + shape + " / JSON, mapped", 1.0, ratio));
      }
    }
    return new Findings(
        List.of(
            new Section("Decoding on one thread", "records/s", measured, Chart.BARS),
            new Section("Decoding, in turns", "times", ratios, Chart.NONE)),
        targets,
        List.of());
  }

  private static Measurement of(SourceShape shape, List<Measurement> measured) {
    return measured.stream()
        .filter(measurement -> measurement.name().equals(shape.toString()))
        .findFirst()
        .orElseThrow();
  }
}
