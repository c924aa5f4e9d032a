package dev.streambed.benchmarks.pipeline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;

/**
 * Where this JVM spends its time, from stack samples of JDK Flight Recorder. Only running Java code
 * is sampled: threads that wait are not, nor is what happens inside native calls.
 */
final class StackProfile implements AutoCloseable {
  private static final Duration PERIOD = Duration.ofMillis(10);

  /** The parts of the pipeline, by the names of their classes; the innermost one has the time. */
  private static final Map<String, List<String>> PARTS = parts();

  private final Recording recording = new Recording();
  private volatile Instant start = Instant.MAX;

  /**
   * The samples, counted.
   *
   * @param parts percent of the samples, largest first
   * @param methods percent of the samples in which it was the innermost frame, largest first
   */
  record Summary(int samples, Map<String, Double> parts, Map<String, Double> methods) {}

  /** Gets ready: the JVM throws much of its compiled code away when it starts to record. */
  StackProfile() {
    recording.enable("jdk.ExecutionSample").withPeriod(PERIOD);
    recording.start();
  }

  /** Counts samples from now on. */
  void start() {
    start = Instant.now();
  }

  /** Ends the recording. */
  Summary stop(Path file, int topMethods) throws IOException {
    recording.stop();
    recording.dump(file);
    Map<String, Integer> parts = new HashMap<>();
    Map<String, Integer> methods = new HashMap<>();
    int samples = 0;
    for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
      RecordedStackTrace stack = event.getStackTrace();
      if (stack != null && !stack.getFrames().isEmpty() && !event.getStartTime().isBefore(start)) {
        samples++;
        parts.merge(partOf(stack.getFrames()), 1, Integer::sum);
        methods.merge(nameOf(stack.getFrames().get(0)), 1, Integer::sum);
      }
    }
    Files.delete(file);
    return new Summary(
        samples, shares(parts, samples, parts.size()), shares(methods, samples, topMethods));
  }

  private static String partOf(List<RecordedFrame> frames) {
    for (RecordedFrame frame : frames) {
      String type = frame.getMethod().getType().getName();
      for (Map.Entry<String, List<String>> part : PARTS.entrySet()) {
        for (String prefix : part.getValue()) {
          if (type.startsWith(prefix)) {
            return part.getKey();
          }
        }
      }
    }
    return "JVM and others";
  }

  private static String nameOf(RecordedFrame frame) {
    String type = frame.getMethod().getType().getName();
    return type.substring(type.lastIndexOf('.') + 1) + "." + frame.getMethod().getName();
  }

  private static Map<String, Double> shares(Map<String, Integer> counts, int all, int limit) {
    Map<String, Double> shares = new LinkedHashMap<>();
    counts.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .limit(limit)
        .forEach(count -> shares.put(count.getKey(), 100.0 * count.getValue() / all));
    return shares;
  }

  private static Map<String, List<String>> parts() {
    Map<String, List<String>> parts = new LinkedHashMap<>();
    parts.put(
        "decode", List.of("dev.streambed.jobs.DecodeFunction", "dev.streambed.schemas.TextRecord"));
    parts.put(
        "encode",
        List.of(
            "dev.streambed.jobs.EncodeFunction",
            "dev.streambed.jobs.format.EmbeddingFormat",
            "dev.streambed.jobs.kafka.OutputRecord",
            "dev.streambed.schemas.EmbeddingRecord",
            "dev.streambed.schemas.Provenance"));
    parts.put(
        "micro-batcher",
        List.of("dev.streambed.embedder.", "dev.streambed.benchmarks.pipeline.Free"));
    parts.put("embedding function", List.of("dev.streambed.operator."));
    parts.put(
        "read from Kafka",
        List.of(
            "org.apache.kafka.clients.consumer.",
            "org.apache.flink.connector.kafka.source.",
            "dev.streambed.jobs.kafka.RecordReader"));
    parts.put(
        "write to Kafka",
        List.of(
            "org.apache.kafka.clients.producer.",
            "org.apache.flink.connector.kafka.sink.",
            "dev.streambed.jobs.kafka.RecordWriter"));
    parts.put("Flink's async operator", List.of("org.apache.flink.streaming.api.operators.async."));
    parts.put(
        "Flink's serialisers",
        List.of("org.apache.flink.api.common.typeutils.", "org.apache.flink.api.java.typeutils."));
    parts.put("Flink, other", List.of("org.apache.flink."));
    parts.put("Kafka, other", List.of("org.apache.kafka."));
    return parts;
  }

  @Override
  public void close() {
    recording.close();
  }
}
