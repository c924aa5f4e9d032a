package dev.streambed.benchmarks.pipeline.moe;

import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.annotation.Internal;

/** What can be compared alone. */
@Internal
public enum Comparison {
  /** The job against the limit, and against one text per call. */
  THROUGHPUT,
  /** Who shares a session. */
  SHARING;

  private List<Way> ways() {
    return switch (this) {
      case THROUGHPUT -> List.of(Way.LIMIT, Way.ONE_BY_ONE, Way.SLOTS);
      case SHARING -> List.of(Way.SLOTS, Way.SHARED, Way.WORKERS);
    };
  }

  /** The ways of all of them, each once. */
  static List<Way> ways(Collection<Comparison> comparisons) {
    return Stream.of(Way.values())
        .filter(way -> comparisons.stream().anyMatch(each -> each.ways().contains(way)))
        .toList();
  }
}
