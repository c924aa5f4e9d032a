package dev.streambed.sql;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.api.config.ExecutionConfigOptions;
import org.apache.flink.table.catalog.ResolvedCatalogModel;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.factories.ModelProviderFactory;
import org.apache.flink.table.ml.ModelProvider;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;

/** The model provider {@code streambed}: Flink finds it by its service file. */
@Internal
public final class StreambedModelProviderFactory implements ModelProviderFactory {
  /** The value of the option {@code provider}. */
  public static final String IDENTIFIER = "streambed";

  @Override
  public String factoryIdentifier() {
    return IDENTIFIER;
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return ModelKeys.required();
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return ModelKeys.optional();
  }

  @Override
  public ModelProvider createModelProvider(Context context) {
    ResolvedCatalogModel model = context.getCatalogModel();
    // The helper would also read the values, some of which the query may change yet.
    FactoryUtil.validateUnconsumedKeys(IDENTIFIER, model.getOptions().keySet(), knownKeys());
    checkInput(model.getResolvedInputSchema());
    return new EmbeddingModelProvider(
        Map.copyOf(model.getOptions()),
        OutputColumns.of(model.getResolvedOutputSchema()),
        new AsyncLimits(
            context
                .getConfiguration()
                .get(ExecutionConfigOptions.TABLE_EXEC_ASYNC_ML_PREDICT_MAX_CONCURRENT_OPERATIONS),
            context
                .getConfiguration()
                .get(ExecutionConfigOptions.TABLE_EXEC_ASYNC_ML_PREDICT_TIMEOUT)));
  }

  private static Set<String> knownKeys() {
    Set<String> known =
        new TreeSet<>(Set.of(FactoryUtil.PROVIDER.key(), FactoryUtil.PROPERTY_VERSION.key()));
    known.addAll(ModelKeys.names());
    return known;
  }

  private static void checkInput(ResolvedSchema input) {
    List<LogicalType> types =
        input.getColumnDataTypes().stream().map(type -> type.getLogicalType()).toList();
    boolean areTexts = types.stream().allMatch(type -> type.is(LogicalTypeFamily.CHARACTER_STRING));
    if (types.isEmpty() || types.size() > 2 || !areTexts) {
      throw new ValidationException(
          "Cannot embed INPUT %s: it must be STRING, for the text, or STRING, STRING, for text and name of its prompt."
              .formatted(types));
    }
  }
}
