package dev.streambed.sql;

import dev.streambed.embedder.DeviceChoice;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.batch.BatcherOptions;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.operator.BatchingOptions;
import dev.streambed.operator.LocatedModel;
import dev.streambed.operator.OnnxTextEmbedderFactory;
import dev.streambed.schemas.VectorEncoding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.functions.AsyncPredictFunction;
import org.apache.flink.table.ml.AsyncPredictRuntimeProvider;
import org.apache.flink.table.ml.ModelProvider;

/**
 * Makes the function that embeds the rows of a query, when the query is planned: then everything is
 * checked that can be. Immutable.
 *
 * <p>It is asynchronous alone: Flink's synchronous functions wait for each row, and print the row
 * when they fail.
 */
final class EmbeddingModelProvider implements AsyncPredictRuntimeProvider {
  private final Map<String, String> options;
  private final OutputColumns output;
  private final AsyncLimits limits;

  EmbeddingModelProvider(Map<String, String> options, OutputColumns output, AsyncLimits limits) {
    this.options = options;
    this.output = output;
    this.limits = limits;
  }

  @Override
  public AsyncPredictFunction createAsyncPredictFunction(Context context) {
    ReadableConfig query = context.runtimeConfig();
    ModelValues values = ModelValues.of(options, query.toMap(), AsyncLimits.KEYS);
    EmbedderOptions asked = values.embedder();
    BatchingOptions batching = values.batching();
    PredictSettings.Failures failures = failures(values);
    VectorEncoding encoding = encoding(values);
    AsyncLimits queryLimits = limits.with(query);
    queryLimits.require(batching.capacity(), values.value(ModelKeys.ON_UNFILLED_BATCHES));

    LocatedModel model = locate(values.modelDirectory());
    EmbedderOptions embedder = asked.withDimensions(lengths(asked, model.description()));
    check(model.description(), asked, embedder);
    return new EmbeddingPredictFunction(
        new PredictSettings(
            new OnnxTextEmbedderFactory(
                model.location(),
                embedder,
                model.digest(),
                values.value(ModelKeys.SESSION_SHARING)),
            holding(batching, queryLimits.operations()),
            output,
            encoding,
            OnnxTextEmbedder.spaces(model.description(), embedder).get(0).toString(),
            failures.within(queryLimits.timeout())));
  }

  private PredictSettings.Failures failures(ModelValues values) {
    OnError asked = values.optional(ModelKeys.ON_ERROR);
    OnError onError = asked;
    if (onError == null) {
      onError = output.hasError() ? OnError.NULL : OnError.FAIL;
    }
    return new PredictSettings.Failures(onError, values.value(ModelKeys.TRUNCATION));
  }

  private VectorEncoding encoding(ModelValues values) {
    VectorEncoding asked = values.encoding();
    if (asked != null && !output.hasBytes()) {
      throw ModelValues.invalid(
          ModelKeys.ENCODING, asked, "absent, as OUTPUT has no column embedding BYTES");
    }
    return asked == null ? ModelKeys.ENCODING.defaultValue() : asked;
  }

  private static LocatedModel locate(String directory) {
    try {
      return LocatedModel.open(directory);
    } catch (InvalidModelException e) {
      throw refusal("option model-directory", e);
    }
  }

  /** What the column embedding has, then each other length that a column has. */
  private List<Integer> lengths(EmbedderOptions asked, ModelDescription model) {
    List<Integer> lengths = new ArrayList<>(asked.dimensions());
    List<Integer> columns = output.otherDimensions();
    for (int other : lengths.subList(1, lengths.size())) {
      if (!columns.contains(other)) {
        throw ModelValues.invalid(
            ModelKeys.DIMENSIONS,
            other,
            "the length of a column, as in embedding_%d ARRAY<FLOAT> of OUTPUT".formatted(other));
      }
    }
    for (int column : columns) {
      boolean isFull = lengths.contains(0) && column == model.dimensions().maximum();
      if (!lengths.contains(column) && !isFull) {
        lengths.add(column);
      }
    }
    return lengths;
  }

  private static void check(
      ModelDescription model, EmbedderOptions asked, EmbedderOptions embedder) {
    EmbedderOptions plain = EmbedderOptions.DEFAULT;
    check(model, plain.withDimensions(asked.dimensions()), "option dimensions");
    check(model, plain.withPrompt(asked.prompt()), "option prompt");
    check(model, plain.withDevice(asked.device()), "option device");
    check(model, embedder.withDevice(DeviceChoice.CPU), "the columns of OUTPUT");
  }

  private static void check(ModelDescription model, EmbedderOptions options, String what) {
    try {
      OnnxTextEmbedder.checkOptions(model, options);
    } catch (InvalidModelException e) {
      throw refusal(what, e);
    }
  }

  /** Without a cause: Flink's client shows the innermost alone, which does not name the option. */
  private static ValidationException refusal(String what, InvalidModelException reason) {
    return new ValidationException("Cannot use %s: %s".formatted(what, reason.getMessage()));
  }

  /** With a queue for all rows that Flink gives at a time, so that its task never waits for it. */
  private static BatchingOptions holding(BatchingOptions batching, int operations) {
    BatcherOptions batcher = batching.batcher();
    return new BatchingOptions(
        batching.policy(),
        batcher.with(batcher.workers(), Math.max(batching.capacity(), operations)),
        batching.calibration(),
        batching.inFlightBytes());
  }

  @Override
  public ModelProvider copy() {
    return this;
  }
}
