package dev.streambed.cli.embed;

import dev.streambed.cli.embed.InputLine.Problem;
import dev.streambed.cli.terminal.CommandFailedException;
import dev.streambed.cli.terminal.Progress;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.batch.MicroBatcher;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One run of {@code streambed embed}: a thread of its own reads lines and submits them, the
 * caller's thread writes the results in their order. The queue between them is bounded in lines and
 * in characters. Used once.
 */
final class EmbedRun {
  private static final int MAX_PENDING = 1024;
  private static final int MAX_PENDING_CHARACTERS = 1 << 24; // 32 MB
  private static final int MAX_BYTES_PER_CHARACTER = 3; // of UTF-8 per UTF-16 unit
  private static final int MAX_REPORTED = 10; // bad lines on standard error; all are in the output

  private final OnnxTextEmbedder embedder;
  private final LineReader lines;
  private final EmbeddingWriter out;
  private final PrintStream err;
  private final BlockingQueue<Item> pending = new ArrayBlockingQueue<>(MAX_PENDING);
  private final Semaphore characters = new Semaphore(MAX_PENDING_CHARACTERS);
  private final AtomicLong written = new AtomicLong();
  private long bad;

  /** The reader hands these to the writer. */
  private sealed interface Item {}

  /** A line, and the future of its embedding. */
  private record Work(InputLine line, Supplier<Embedding> embedding) implements Item {}

  private record End(@Nullable Exception failure) implements Item {}

  /** Starts the embedding of a line. */
  private interface Submitter {
    Work submit(InputLine line) throws InterruptedException;
  }

  EmbedRun(OnnxTextEmbedder embedder, InputStream in, OutputStream out, PrintStream err) {
    this.embedder = embedder;
    this.lines =
        new LineReader(in, MAX_BYTES_PER_CHARACTER * EmbedderOptions.DEFAULT_MAX_CHARACTERS);
    this.out = new EmbeddingWriter(out);
    this.err = err;
  }

  /**
   * Embeds each line as a text.
   *
   * @return whether all lines were embedded
   * @throws IOException if the output cannot be written
   */
  boolean embedTexts() throws IOException, InterruptedException {
    int workers = Runtime.getRuntime().availableProcessors();
    try (MicroBatcher batcher =
        new MicroBatcher(embedder, BatchPolicy.DEFAULT, workers, MAX_PENDING, EmbedRun::thread)) {
      return run(
          line -> {
            CompletableFuture<Embedding> result =
                batcher.submit(line.text(), /* promptName= */ null);
            return new Work(line, result::join);
          },
          (line, embedding) -> out.writeText(line.text(), embedding));
    }
  }

  /**
   * Embeds each line as a JSON array of token ids, one by one.
   *
   * @return whether all lines were embedded
   * @throws IOException if the output cannot be written
   */
  boolean embedTokenIds() throws IOException, InterruptedException {
    var parser = new TokenIdsParser(embedder.model().description().maxTokens());
    return run(
        line ->
            parser
                .parse(line.text())
                .map(ids -> new Work(line, () -> embedAlone(ids)))
                .orElseGet(() -> new Work(line.with(parser.problem()), EmbedRun::nothing)),
        (line, embedding) -> out.writeTokens(embedding));
  }

  private interface ResultWriter {
    void write(InputLine line, Embedding embedding) throws IOException;
  }

  private boolean run(Submitter submitter, ResultWriter writer)
      throws IOException, InterruptedException {
    Thread reader = thread(() -> read(submitter));
    reader.start();
    Progress progress = Progress.start(err, () -> "embedded %,d lines".formatted(written.get()));
    try {
      writeAll(writer);
    } finally {
      progress.stop();
      reader.interrupt(); // it may wait for space; if it waits for input, it ends with the process
    }
    if (bad > 0) {
      err.printf("streambed: %,d of %,d lines could not be embedded%n", bad, written.get());
    }
    return bad == 0;
  }

  private void writeAll(ResultWriter writer) throws IOException, InterruptedException {
    for (Item item = next(); item instanceof Work work; item = next()) {
      write(work, writer);
      written.incrementAndGet();
    }
    out.flush();
  }

  private Item next() throws IOException, InterruptedException {
    Item item = pending.poll();
    if (item == null) {
      out.flush(); // whoever waits for us gets all there is
      item = pending.take();
    }
    if (item instanceof End end && end.failure != null) {
      out.flush();
      throw new CommandFailedException("Cannot read the input: " + end.failure, end.failure);
    }
    return item;
  }

  private void write(Work work, ResultWriter writer) throws IOException {
    Problem problem = work.line.problem();
    if (problem == null) {
      try {
        writer.write(work.line, work.embedding.get());
      } catch (CompletionException | TextRejectedException e) {
        problem = problemOf(e);
      }
    }
    if (problem != null) {
      out.writeProblem(work.line.number(), problem);
      if (++bad <= MAX_REPORTED) {
        err.printf("streambed: line %d: %s%n", work.line.number(), problem.message());
      }
    }
    characters.release(cost(work.line));
  }

  /** A failure other than a rejected text ends the run. */
  private static Problem problemOf(RuntimeException e) {
    Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
    if (cause instanceof TextRejectedException rejected) {
      return new Problem(rejected.reason().name(), String.valueOf(rejected.getMessage()));
    }
    throw cause instanceof RuntimeException runtime ? runtime : e;
  }

  /** The reader's thread. */
  private void read(Submitter submitter) {
    try {
      End end = new End(null);
      try {
        for (InputLine line = lines.next(); line != null; line = lines.next()) {
          characters.acquire(cost(line));
          pending.put(
              line.problem() == null ? submitter.submit(line) : new Work(line, EmbedRun::nothing));
        }
      } catch (IOException | RuntimeException e) {
        end = new End(e);
      }
      pending.put(end);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the writer is gone
    }
  }

  private Embedding embedAlone(TokenIds ids) {
    try {
      return embedder.embed(List.of(ids)).get(0);
    } catch (InferenceException e) {
      embedder.probe(); // throws unless these ids are to blame
      throw new TextRejectedException(
          TextRejectedException.Reason.INFERENCE_FAILED,
          "The model fails on these token ids: " + e.getMessage(),
          e);
    }
  }

  private static Embedding nothing() {
    throw new IllegalStateException("A line with a problem has no embedding.");
  }

  private static int cost(InputLine line) {
    return Math.min(MAX_PENDING_CHARACTERS, line.text().length() + 1);
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "streambed-embed");
    thread.setDaemon(true);
    return thread;
  }
}
