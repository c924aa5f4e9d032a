package dev.streambed.cli.evaluate;

import dev.streambed.cli.model.Models;
import dev.streambed.cli.terminal.Progress;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.batch.MicroBatcher;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.query.Nearest;
import dev.streambed.schemas.EncodedVector;
import dev.streambed.schemas.VectorEncoding;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The vectors that a model gives to texts, through the batcher of the job. Owns the model. */
final class TextVectors implements AutoCloseable {
  private static final int PENDING = 1024;

  private final OnnxTextEmbedder embedder;
  private final MicroBatcher batcher;
  private final AtomicLong done = new AtomicLong();
  private long left;

  private TextVectors(OnnxTextEmbedder embedder) {
    this.embedder = embedder;
    this.batcher =
        new MicroBatcher(
            embedder,
            BatchPolicy.DEFAULT,
            Runtime.getRuntime().availableProcessors(),
            PENDING,
            task -> {
              Thread thread = new Thread(task, "streambed-evaluate");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Opens a model.
   *
   * @param directory null for the default model
   * @throws picocli.CommandLine.ParameterException if it has no such dimensions
   */
  static TextVectors open(@Nullable Path directory, EvaluationOptions options) {
    ModelDirectory model = Models.open(directory);
    EmbedderOptions embedder = options.embedder();
    try {
      OnnxTextEmbedder.checkOptions(model.description(), embedder);
    } catch (InvalidModelException e) {
      throw options.usage(String.valueOf(e.getMessage()));
    }
    return new TextVectors(Models.load(model, embedder));
  }

  /** For people. */
  String name() {
    return embedder.modelName();
  }

  String space() {
    return embedder.space().toString();
  }

  /**
   * The prompt for a role.
   *
   * @param asked name that the user gave; null for the role's, where the model has it
   * @throws picocli.CommandLine.ParameterException if the model has no prompt of the user's name
   */
  @Nullable String prompt(@Nullable String asked, String role, EvaluationOptions options) {
    if (asked == null) {
      return embedder.model().description().prompts().containsKey(role) ? role : null;
    }
    try {
      OnnxTextEmbedder.checkOptions(
          embedder.model().description(), EmbedderOptions.DEFAULT.withPrompt(asked));
    } catch (InvalidModelException e) {
      throw options.usage(String.valueOf(e.getMessage()));
    }
    return asked;
  }

  /**
   * Embeds texts as unit vectors, in order; null for each that cannot be embedded, which is
   * counted.
   *
   * @param prompt name of the prompt; null for the model's default
   * @param encoding that the vectors went through
   */
  List<float @Nullable []> embed(
      List<String> texts, @Nullable String prompt, VectorEncoding encoding)
      throws InterruptedException {
    List<CompletableFuture<Embedding>> results = new ArrayList<>(texts.size());
    for (String text : texts) {
      results.add(batcher.submit(text, prompt).whenComplete((vector, e) -> done.incrementAndGet()));
    }
    List<float @Nullable []> vectors = new ArrayList<>(texts.size());
    for (CompletableFuture<Embedding> result : results) {
      vectors.add(vector(result, encoding));
    }
    return vectors;
  }

  private float @Nullable [] vector(CompletableFuture<Embedding> result, VectorEncoding encoding) {
    try {
      float[] vector = result.join().vector();
      return encoding.isLossy()
          ? unit(EncodedVector.of(vector, encoding).vector(vector.length))
          : vector;
    } catch (CompletionException e) {
      if (e.getCause() instanceof TextRejectedException) {
        left++;
        return null;
      }
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  /** Says meanwhile how many texts are done. */
  Progress progress() {
    return Progress.start(System.err, () -> "%s: embedded %,d texts".formatted(name(), done.get()));
  }

  /** Texts that could not be embedded. */
  long leftOut() {
    return left;
  }

  /** Normalises again: a vector that was read back from bytes has another norm. */
  private static float[] unit(float[] vector) {
    double norm = Math.sqrt(Nearest.dot(vector, vector));
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) (vector[i] / norm);
    }
    return vector;
  }

  @Override
  public void close() {
    batcher.close();
    embedder.close();
  }
}
