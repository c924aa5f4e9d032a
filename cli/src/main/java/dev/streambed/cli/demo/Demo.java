package dev.streambed.cli.demo;

import dev.streambed.cli.local.EmbeddingCounts.Reading;
import dev.streambed.cli.local.ProgressDisplay;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.query.CommittedRecords;
import dev.streambed.query.EmbeddingReader;
import dev.streambed.query.VectorIndex;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.json.DeadLetterCodec;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Embeds each text of the demo once, and looks at what arrived. Confined to one thread. */
final class Demo {
  private static final Duration POLL_LIMIT = Duration.ofMillis(100);

  private static final double NANOS_PER_SECOND = 1e9;

  private final DemoCluster cluster;
  private final PrintStream err;

  Demo(DemoCluster cluster, PrintStream err) {
    this.cluster = cluster;
    this.err = err;
  }

  /**
   * The result.
   *
   * @param check the verdict
   * @param seconds from the submission of the job to the last arrival
   * @param index the embeddings
   */
  record Delivery(
      DeliveryCheck check,
      Reading counts,
      double seconds,
      List<DeadLetter> deadLetters,
      VectorIndex<DemoText> index) {}

  /** Runs the job over the input, then reads its output from the beginning. */
  Delivery deliver(DemoInput input, ModelDirectory model) throws Exception {
    long startNanos = System.nanoTime();
    cluster.submit(model, Map.of());
    input.send(cluster.bootstrapServers(), DemoCluster.TEXTS);
    err.printf(
        "Sent %,d texts, and %d records that nobody can embed. Latency (p50, p99) includes waiting.%n",
        input.goodKeys().size(), input.badKeys().size());
    awaitArrival(input);
    double seconds = (System.nanoTime() - startNanos) / NANOS_PER_SECOND;
    err.println("All have arrived. Stopping the job, then reading its topics once more ...");
    cluster.drainJob();
    return readOutput(input, model.description().space(), seconds);
  }

  /** Waits until each record that was sent has arrived. */
  private void awaitArrival(DemoInput input) throws Exception {
    var display =
        new ProgressDisplay(err, ProgressDisplay.Medium.ofThisProcess(), System::nanoTime, "texts");
    DeliveryCheck check = input.check();
    try (CommittedRecords reader =
        outputRecords(DemoCluster.EMBEDDINGS, DemoCluster.DEAD_LETTERS)) {
      while (check.arrived() < check.expected()) {
        reader.poll(
            POLL_LIMIT,
            record -> {
              if (record.topic().equals(DemoCluster.DEAD_LETTERS)) {
                check.dead(key(record.key()));
              } else {
                check.embedded(key(record.key()));
              }
            });
        Reading counts = cluster.counts();
        display.update(
            String.format(Locale.ROOT, "delivered %,d of %,d", check.arrived(), check.expected()),
            counts);
        cluster.failIfStuck(check.arrived() + counts.texts());
      }
    }
    display.end();
  }

  /** Reads everything that is committed, from the beginning. */
  private Delivery readOutput(DemoInput input, VectorSpace space, double seconds) {
    DeliveryCheck check = input.check();
    var deadLetters = new ArrayList<DeadLetter>();
    var index = new VectorIndex<DemoText>();
    try (EmbeddingReader reader =
        EmbeddingReader.open(
            cluster.kafka(),
            DemoCluster.EMBEDDINGS,
            EmbeddingReader.Options.DEFAULT.withSpace(space))) {
      reader.readToEnd(
          entry -> {
            String key = key(entry.key());
            check.embedded(key);
            index.add(entry.embedding().embedding(), input.text(key));
          });
    }
    try (CommittedRecords reader = outputRecords(DemoCluster.DEAD_LETTERS)) {
      reader.readToEnd(
          record -> {
            check.dead(key(record.key()));
            deadLetters.add(DeadLetterCodec.decodeJson(record.value()));
          });
    }
    return new Delivery(check, cluster.counts(), seconds, deadLetters, index);
  }

  private CommittedRecords outputRecords(String... topics) {
    return new CommittedRecords(cluster.kafka(), List.of(topics));
  }

  /** The key of a record; each text of the demo has one. */
  private static String key(byte @Nullable [] key) {
    return new String(Objects.requireNonNull(key), StandardCharsets.UTF_8);
  }
}
