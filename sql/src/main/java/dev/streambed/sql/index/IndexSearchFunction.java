package dev.streambed.sql.index;

import static java.util.Objects.requireNonNull;

import dev.streambed.query.Nearest.Hit;
import dev.streambed.sql.index.TopicFollower.FollowedTopic;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.flink.annotation.Internal;
import org.apache.flink.core.memory.MemorySegmentFactory;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.apache.flink.table.data.utils.JoinedRowData;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.functions.VectorSearchFunction;
import org.apache.lucene.util.VectorUtil;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Searches the topic for each row of a query, in an index that each task has of its own. Confined
 * to the task thread, but for what its follower does.
 */
@Internal
public final class IndexSearchFunction extends VectorSearchFunction {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(IndexSearchFunction.class);

  private final FollowedTopic topic;
  private final IndexSettings settings;
  private final IndexColumns columns;
  private final int dimensions;

  private transient @Nullable EmbeddingIndex index;
  private transient @Nullable TopicFollower follower;

  /**
   * A function.
   *
   * @param dimensions of the vector that is searched; 0 for the first vector
   */
  IndexSearchFunction(
      FollowedTopic topic, IndexSettings settings, IndexColumns columns, int dimensions) {
    this.topic = topic;
    this.settings = settings;
    this.columns = columns;
    this.dimensions = dimensions;
  }

  /** Reads the topic to its end, as it is now: a query sees all of it. */
  @Override
  public void open(FunctionContext context) throws IOException {
    LOG.info("Asking Kafka at {} for topic {}.", topic.bootstrapServers(), topic.name());
    var opened = new EmbeddingIndex(Files.createTempDirectory("streambed-index-"), settings);
    this.index = opened;
    var opening = new TopicFollower(topic, columns, dimensions, opened);
    this.follower = opening;
    MetricGroup metrics = context.getMetricGroup().addGroup("index");
    metrics.gauge("vectors", () -> size(opened));
    metrics.gauge("leftOut", opening::leftOut);
    metrics.gauge("pendingRecords", opening::pending);
    opening.start();
  }

  private static int size(EmbeddingIndex index) {
    try {
      return index.size();
    } catch (IOException e) {
      throw new IllegalStateException("Cannot ask the index.", e);
    }
  }

  @Override
  public Collection<RowData> vectorSearch(int topK, RowData query) throws IOException {
    requireNonNull(follower, "The function is not open.").check();
    float[] vector = query.isNullAt(0) ? null : unit(query.getArray(0));
    if (vector == null) {
      return List.of();
    }
    List<RowData> rows = new ArrayList<>();
    for (Hit<byte[]> hit : requireNonNull(index).search(vector, topK)) {
      var row = new BinaryRowData(columns.type().getFieldCount());
      row.pointTo(MemorySegmentFactory.wrap(hit.item()), 0, hit.item().length);
      rows.add(new JoinedRowData(row, GenericRowData.of(hit.score())));
    }
    return rows;
  }

  /** Null for what has no direction: with a NULL in it, or all zeros. */
  private static float @Nullable [] unit(ArrayData components) {
    float[] vector = new float[components.size()];
    for (int i = 0; i < vector.length; i++) {
      if (components.isNullAt(i)) {
        return null;
      }
      vector[i] = components.getFloat(i);
    }
    return EmbeddingIndex.hasDirection(vector) ? VectorUtil.l2normalize(vector) : null;
  }

  @Override
  public void close() throws Exception {
    TopicFollower following = follower;
    EmbeddingIndex opened = index;
    try {
      if (following != null) {
        following.close();
      }
    } finally {
      if (opened != null) {
        opened.close();
      }
    }
  }
}
