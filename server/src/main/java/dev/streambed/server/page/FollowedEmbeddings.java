package dev.streambed.server.page;

import dev.streambed.query.EmbeddingReader;
import dev.streambed.query.EmbeddingReader.Entry;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Puts the embeddings of a topic where they are searched. Confined to its follower's thread. */
final class FollowedEmbeddings implements FollowedTopic {
  private final EmbeddingReader reader;
  private final PageModel model;
  private final Sink sink;
  private boolean follows;

  /**
   * Where records go.
   *
   * @param problem what the last record that cannot be shown lacks
   */
  record Sink(
      LiveRecords records, PageStatistics statistics, AtomicReference<@Nullable String> problem) {}

  /** Reads a topic from its beginning. */
  FollowedEmbeddings(PageOptions options, PageModel model, Sink sink) {
    this.reader =
        EmbeddingReader.open(options.kafka(), options.topic(), EmbeddingReader.Options.DEFAULT);
    this.model = model;
    this.sink = sink;
    sink.records.clear();
    sink.problem.set(null);
  }

  @Override
  public void poll(Duration limit) {
    reader.poll(limit, this::receive);
  }

  private void receive(Entry entry) {
    if (entry.isTombstone()) {
      sink.statistics.tombstone();
      sink.records.addWithoutEmbedding(entry);
      return;
    }
    Optional<String> problem = entry.problem();
    if (problem.isEmpty()) {
      problem = model.refusal(entry.embedding());
    }
    if (problem.isPresent()) {
      sink.statistics.problem();
      sink.problem.set(problem.get());
      sink.records.addWithoutEmbedding(entry);
      return;
    }
    sink.statistics.arrived(
        entry.embedding().provenance().tokens(), follows ? (Long) entry.timestampMillis() : null);
    sink.records.add(entry);
  }

  @Override
  public long remaining() {
    return reader.remaining();
  }

  @Override
  public long lag() {
    return reader.lag();
  }

  @Override
  public void follows() {
    this.follows = true;
  }

  @Override
  public void close() {
    reader.close();
  }
}
