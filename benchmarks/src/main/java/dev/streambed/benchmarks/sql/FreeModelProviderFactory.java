package dev.streambed.benchmarks.sql;

import dev.streambed.benchmarks.pipeline.FreeEmbedder;
import dev.streambed.operator.BatchingOptions;
import dev.streambed.sql.EmbeddingPredictFunction;
import java.util.Set;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.factories.ModelProviderFactory;
import org.apache.flink.table.functions.AsyncPredictFunction;
import org.apache.flink.table.ml.AsyncPredictRuntimeProvider;
import org.apache.flink.table.ml.ModelProvider;

/**
 * The provider of Streambed over a model that costs nothing; Flink finds it by its service file.
 */
@Internal
public final class FreeModelProviderFactory implements ModelProviderFactory {
  static final String IDENTIFIER = "streambed-benchmark-free";
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
    return Set.of();
  }

  @Override
  public ModelProvider createModelProvider(ModelProviderFactory.Context context) {
    return new FreeProvider(context.getCatalogModel().getResolvedOutputSchema());
  }

  private record FreeProvider(ResolvedSchema output) implements AsyncPredictRuntimeProvider {
    @Override
    public AsyncPredictFunction createAsyncPredictFunction(ModelProvider.Context context) {
      return EmbeddingPredictFunction.of(
          gpu -> new FreeEmbedder(DIMENSIONS), BatchingOptions.DEFAULT, output, "free");
    }

    @Override
    public ModelProvider copy() {
      return this;
    }
  }
}
