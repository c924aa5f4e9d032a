package dev.streambed.sql.function;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.chunk.Boundary;
import dev.streambed.embedder.chunk.Chunk;
import dev.streambed.embedder.chunk.ChunkingOptions;
import dev.streambed.embedder.chunk.TextSplitter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.annotation.Internal;
import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.annotation.FunctionHint;
import org.apache.flink.table.api.TableRuntimeException;
import org.apache.flink.table.functions.TableFunction;
import org.apache.flink.types.Row;
import org.jspecify.annotations.Nullable;

/**
 * The chunks of a text, each as long as a model takes, with the prompt that it puts before texts
 * that name none. Owns the tokenisers of its task, one per model directory; no session.
 */
@Internal
@FunctionHint(
    output =
        @DataTypeHint(
            "ROW<chunk STRING, chunk_index INT, start_char INT, end_char INT, tokens INT>"))
public final class ChunkText extends TableFunction<Row> {
  private static final long serialVersionUID = 1L;

  private record Settings(String modelDirectory, int maxTokens, int overlapTokens) {}

  private transient @Nullable Map<String, ModelTokenCounter> counters;
  private transient @Nullable Map<Settings, TextSplitter> splitters;

  /** With the model's limit, and without overlap. */
  public void eval(@Nullable String text, @Nullable String modelDirectory) {
    eval(text, modelDirectory, 0, 0);
  }

  /** Without overlap. */
  public void eval(
      @Nullable String text, @Nullable String modelDirectory, @Nullable Integer maxTokens) {
    eval(text, modelDirectory, maxTokens, 0);
  }

  /** No rows if an argument is NULL. */
  public void eval(
      @Nullable String text,
      @Nullable String modelDirectory,
      @Nullable Integer maxTokens,
      @Nullable Integer overlapTokens) {
    if (text == null || modelDirectory == null || maxTokens == null || overlapTokens == null) {
      return;
    }
    Settings settings = new Settings(modelDirectory, maxTokens, overlapTokens);
    List<Chunk> chunks;
    try {
      chunks = splitter(settings).split(text);
    } catch (TextRejectedException e) {
      throw new TableRuntimeException(
          "Cannot split a text (%s): %s".formatted(e.reason(), e.getMessage()));
    }
    for (int i = 0; i < chunks.size(); i++) {
      Chunk chunk = chunks.get(i);
      collect(Row.of(chunk.of(text), i, chunk.startChar(), chunk.endChar(), chunk.tokens()));
    }
  }

  private TextSplitter splitter(Settings settings) {
    if (splitters == null) {
      splitters = new HashMap<>();
    }
    return splitters.computeIfAbsent(settings, this::open);
  }

  private TextSplitter open(Settings settings) {
    if (counters == null) {
      counters = new HashMap<>();
    }
    try {
      ModelTokenCounter counter =
          counters.computeIfAbsent(
              settings.modelDirectory,
              directory -> ModelTokenCounter.open(directory, EmbedderOptions.DEFAULT));
      return new TextSplitter(
          counter,
          new ChunkingOptions(
              settings.maxTokens, settings.overlapTokens, /* minTokens= */ 0, Boundary.SENTENCE));
    } catch (IllegalArgumentException | InvalidModelException e) {
      // No cause: Flink's client shows the innermost alone.
      throw new TableRuntimeException(
          "Cannot use CHUNK_TEXT(text, '%s', %d, %d): %s"
              .formatted(
                  settings.modelDirectory,
                  settings.maxTokens,
                  settings.overlapTokens,
                  e.getMessage()));
    }
  }

  @Override
  public void close() {
    if (counters != null) {
      counters.values().forEach(ModelTokenCounter::close);
      counters.clear();
    }
  }
}
