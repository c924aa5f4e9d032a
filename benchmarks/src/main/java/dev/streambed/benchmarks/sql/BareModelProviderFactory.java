package dev.streambed.benchmarks.sql;

import dev.streambed.benchmarks.pipeline.FreeEmbedder;
import dev.streambed.benchmarks.pipeline.SingleTextEncoder;
import dev.streambed.operator.BatchingOptions;
import dev.streambed.sql.EmbeddingPredictFunction;
import java.nio.file.Path;
import java.util.Set;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.factories.ModelProviderFactory;
import org.apache.flink.table.functions.AsyncPredictFunction;
import org.apache.flink.table.ml.AsyncPredictRuntimeProvider;
import org.apache.flink.table.ml.ModelProvider;
import org.jspecify.annotations.Nullable;

/**
 * The provider of Streambed over a model that costs nothing, or over one that takes a text per run;
 * Flink finds it by its service file.
 */
@Internal
public final class BareModelProviderFactory implements ModelProviderFactory {
  static final String IDENTIFIER = "streambed-benchmark";

  /** The model that takes a text per run; absent for the free one. */
  static final ConfigOption<String> ONE_BY_ONE =
      ConfigOptions.key("one-by-one").stringType().noDefaultValue();

  static final int DIMENSIONS = 256;

  @Override
  public String factoryIdentifier() {
    return IDENTIFIER;
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return Set.of();
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return Set.of(ONE_BY_ONE);
  }

  @Override
  public ModelProvider createModelProvider(ModelProviderFactory.Context context) {
    return new BareProvider(
        FactoryUtil.createModelProviderFactoryHelper(this, context).getOptions().get(ONE_BY_ONE),
        context.getCatalogModel().getResolvedOutputSchema());
  }

  private record BareProvider(@Nullable String oneByOne, ResolvedSchema output)
      implements AsyncPredictRuntimeProvider {
    @Override
    public AsyncPredictFunction createAsyncPredictFunction(ModelProvider.Context context) {
      if (oneByOne == null) {
        return EmbeddingPredictFunction.of(
            gpu -> new FreeEmbedder(DIMENSIONS), BatchingOptions.DEFAULT, output, "free");
      }
      String directory = oneByOne;
      return EmbeddingPredictFunction.of(
          gpu -> SingleTextEncoder.openWithDefaults(Path.of(directory)),
          new BatchingOptions(/* maxRecords= */ 1, /* maxTokens= */ 0, /* workers= */ 1),
          output,
          "one by one");
    }

    @Override
    public ModelProvider copy() {
      return this;
    }
  }
}
