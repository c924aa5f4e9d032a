package dev.streambed.benchmarks.encoder;

import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.report.BenchmarkReport.Chart;
import dev.streambed.benchmarks.report.BenchmarkReport.Section;
import dev.streambed.benchmarks.report.BenchmarkReport.Target;
import dev.streambed.benchmarks.report.Measurement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes sections and targets out of the rows of the encoder's rounds. */
final class EncoderFindings {
  private static final double MOST_HEAP_BYTES = 2048;

  private final List<Measurement> rates = new ArrayList<>();
  private final List<Measurement> heaps = new ArrayList<>();
  private final Map<Peer, Measurement> rateOf = new EnumMap<>(Peer.class);
  private Optional<Measurement> ourHeap = Optional.empty();

  /** Takes a row; the first one of a contestant that counts stands for it. */
  void add(Peer peer, Optional<Measurement> rate, Optional<Measurement> heap) {
    rate.ifPresent(
        found -> {
          rates.add(found);
          rateOf.putIfAbsent(peer, found);
        });
    heap.ifPresent(heaps::add);
    if (peer == Peer.STREAMBED) {
      ourHeap = heap;
    }
  }

  List<Section> sections() {
    List<Section> sections = new ArrayList<>();
    sections.add(new Section("Texts embedded per second", "texts/s", rates, Chart.BARS));
    if (!heaps.isEmpty()) {
      sections.add(
          new Section("Heap allocated per text beyond the vector", "bytes", heaps, Chart.NONE));
    }
    return sections;
  }

  List<Target> targets() {
    List<Target> targets = new ArrayList<>();
    addRatio(targets, "MicroBatcher against the limit", 0.95, Peer.LIMIT);
    addRatio(targets, "against langchain4j one by one", 1.3, Peer.LANGCHAIN4J);
    addRatio(targets, "against Spring AI at its best batch size", 1.4, Peer.SPRING_AI);
    addRatio(targets, "against transformers.js at its best batch size", 1.4, Peer.TRANSFORMERS_JS);
    ourHeap.ifPresent(
        bytes ->
            targets.add(
                Target.atMost("heap per text beyond the vector, bytes", MOST_HEAP_BYTES, bytes)));
    return targets;
  }

  private void addRatio(List<Target> targets, String what, double wanted, Peer other) {
    Measurement ours = rateOf.get(Peer.STREAMBED);
    Measurement theirs = rateOf.get(other);
    if (ours != null && theirs != null) {
      targets.add(Target.atLeast(what, wanted, BenchmarkReport.ratio("", ours, theirs)));
    }
  }
}
