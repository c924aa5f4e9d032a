package dev.streambed.sql.index;

import dev.streambed.sql.index.TopicFollower.FollowedTopic;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.VectorSearchTableSource;
import org.apache.flink.table.connector.source.search.VectorSearchFunctionProvider;

/** A topic of embeddings as a table that can be searched, and nothing else. */
final class IndexTableSource implements VectorSearchTableSource {
  private final FollowedTopic topic;
  private final IndexSettings settings;
  private final IndexColumns columns;

  IndexTableSource(FollowedTopic topic, IndexSettings settings, IndexColumns columns) {
    this.topic = topic;
    this.settings = settings;
    this.columns = columns;
  }

  @Override
  public VectorSearchRuntimeProvider getSearchRuntimeProvider(VectorSearchContext context) {
    Set<String> given = context.runtimeConfig().toMap().keySet();
    if (!given.isEmpty()) {
      throw new ValidationException(
          "VECTOR_SEARCH over topic %s takes no options in its MAP: it has %s. What there is to set are options of the table."
              .formatted(topic.name(), new TreeSet<>(given)));
    }
    int[][] searched = context.getSearchColumns();
    if (searched.length != 1 || searched[0].length != 1 || !columns.isVector(searched[0][0])) {
      throw new ValidationException(
          "VECTOR_SEARCH over topic %s searches one column: embedding, or embedding_<n>, of ARRAY<FLOAT>."
              .formatted(topic.name()));
    }
    return VectorSearchFunctionProvider.of(
        new IndexSearchFunction(topic, settings, columns, columns.dimensions(searched[0][0])));
  }

  @Override
  public DynamicTableSource copy() {
    return new IndexTableSource(topic, settings, columns);
  }

  @Override
  public String asSummaryString() {
    return "Streambed's index of topic " + topic.name();
  }
}
