package dev.streambed.sql.index;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.OtherVector;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;
import org.jspecify.annotations.Nullable;

/** The columns of a table over a topic of embeddings, in their order. */
final class IndexColumns implements Serializable {
  private static final long serialVersionUID = 1L;

  static final String TAKEN =
      "key STRING, document_key STRING, `text` STRING, embedding ARRAY<FLOAT>, embedding_<n>"
          + " ARRAY<FLOAT> with the number n of its dimensions, metadata MAP<STRING, STRING>,"
          + " chunk_index INT, chunk_count INT, start_char INT, end_char INT, tokens INT, truncated"
          + " BOOLEAN, space STRING, model_digest STRING";

  private static final ObjectMapper JSON = new ObjectMapper();

  /** What a column holds, and its type. */
  private enum Content {
    KEY(LogicalTypeRoot.VARCHAR),
    DOCUMENT_KEY(LogicalTypeRoot.VARCHAR),
    TEXT(LogicalTypeRoot.VARCHAR),
    EMBEDDING(LogicalTypeRoot.ARRAY),
    METADATA(LogicalTypeRoot.MAP),
    CHUNK_INDEX(LogicalTypeRoot.INTEGER),
    CHUNK_COUNT(LogicalTypeRoot.INTEGER),
    START_CHAR(LogicalTypeRoot.INTEGER),
    END_CHAR(LogicalTypeRoot.INTEGER),
    TOKENS(LogicalTypeRoot.INTEGER),
    TRUNCATED(LogicalTypeRoot.BOOLEAN),
    SPACE(LogicalTypeRoot.VARCHAR),
    MODEL_DIGEST(LogicalTypeRoot.VARCHAR);

    private final LogicalTypeRoot type;

    Content(LogicalTypeRoot type) {
      this.type = type;
    }

    private boolean takes(LogicalType column) {
      return column.is(type)
          && switch (this) {
            case EMBEDDING ->
                column instanceof ArrayType array
                    && array.getElementType().is(LogicalTypeRoot.FLOAT);
            case METADATA ->
                column instanceof MapType map
                    && map.getKeyType().is(LogicalTypeRoot.VARCHAR)
                    && map.getValueType().is(LogicalTypeRoot.VARCHAR)
                    && map.getValueType().isNullable();
            default -> true;
          };
    }
  }

  /**
   * A column.
   *
   * @param dimensions of a vector that the name gives them of; else 0
   */
  private record IndexColumn(Content content, int dimensions) implements Serializable {}

  private final List<IndexColumn> columns;
  private final RowType type;

  private IndexColumns(List<IndexColumn> columns, RowType type) {
    this.columns = List.copyOf(columns);
    this.type = type;
  }

  /**
   * The columns of a table.
   *
   * @throws ValidationException if there is one that no embedding has
   */
  static IndexColumns of(ResolvedSchema schema) {
    List<IndexColumn> columns = new ArrayList<>();
    for (Column column : schema.getColumns()) {
      LogicalType type = column.getDataType().getLogicalType();
      IndexColumn known =
          column.isPhysical() && type.isNullable() ? column(column.getName(), type) : null;
      if (known == null) {
        throw new ValidationException(
            "A topic of embeddings has no column %s %s. It has, each or not, and none NOT NULL: %s."
                .formatted(column.getName(), type, TAKEN));
      }
      columns.add(known);
    }
    return new IndexColumns(columns, (RowType) schema.toPhysicalRowDataType().getLogicalType());
  }

  private static @Nullable IndexColumn column(String name, LogicalType type) {
    int dimensions = OtherVector.dimensionsOf(name);
    if (dimensions > 0) {
      return Content.EMBEDDING.takes(type) ? new IndexColumn(Content.EMBEDDING, dimensions) : null;
    }
    for (Content content : Content.values()) {
      if (content.name().toLowerCase(Locale.ROOT).equals(name)) {
        return content.takes(type) ? new IndexColumn(content, 0) : null;
      }
    }
    return null;
  }

  /** The type of the rows. */
  RowType type() {
    return type;
  }

  boolean isVector(int column) {
    return columns.get(column).content == Content.EMBEDDING;
  }

  /** The dimensions in the name of a column; 0 for that of the first vector. */
  int dimensions(int column) {
    return columns.get(column).dimensions;
  }

  /**
   * A vector of an embedding.
   *
   * @param dimensions 0 for the first vector
   * @return null if it has none of this length
   */
  static float @Nullable [] vector(EmbeddingRecord embedding, int dimensions) {
    if (dimensions == 0 || embedding.dimensions() == dimensions) {
      return embedding.embedding();
    }
    for (OtherVector other : embedding.others()) {
      if (other.dimensions() == dimensions) {
        return other.components();
      }
    }
    return null;
  }

  /**
   * The address of the space of a vector of an embedding.
   *
   * @param dimensions 0 for the first vector
   * @return null if the record does not say it
   */
  static @Nullable String space(EmbeddingRecord embedding, int dimensions) {
    if (dimensions == 0 || embedding.dimensions() == dimensions) {
      return embedding.provenance().space();
    }
    for (OtherVector other : embedding.others()) {
      if (other.dimensions() == dimensions) {
        return other.space();
      }
    }
    return null;
  }

  /**
   * The row of an embedding.
   *
   * @param key Kafka's key, as text; null if it has none
   */
  RowData row(@Nullable String key, EmbeddingRecord embedding) {
    GenericRowData row = new GenericRowData(columns.size());
    for (int i = 0; i < columns.size(); i++) {
      row.setField(i, value(columns.get(i), key, embedding));
    }
    return row;
  }

  private static @Nullable Object value(
      IndexColumn column, @Nullable String key, EmbeddingRecord embedding) {
    ChunkOfText chunk = embedding.chunk();
    return switch (column.content) {
      case KEY -> string(key);
      case DOCUMENT_KEY -> string(embedding.key());
      case TEXT -> string(embedding.text());
      case EMBEDDING -> {
        float[] vector = vector(embedding, column.dimensions);
        yield vector == null ? null : new GenericArrayData(vector);
      }
      case METADATA -> metadata(embedding.metadata());
      case CHUNK_INDEX -> chunk == null ? null : chunk.index();
      case CHUNK_COUNT -> chunk == null ? null : chunk.count();
      case START_CHAR -> chunk == null ? null : chunk.startChar();
      case END_CHAR -> chunk == null ? null : chunk.endChar();
      case TOKENS -> embedding.provenance().tokens();
      case TRUNCATED -> embedding.provenance().truncated();
      case SPACE -> string(embedding.provenance().space());
      case MODEL_DIGEST -> string(embedding.provenance().model().digest());
    };
  }

  private static @Nullable StringData string(@Nullable String value) {
    return value == null ? null : StringData.fromString(value);
  }

  /** A text is itself; anything else is written as JSON. */
  private static GenericMapData metadata(Map<String, @Nullable Object> metadata) {
    Map<StringData, @Nullable StringData> map = new HashMap<>();
    metadata.forEach((name, value) -> map.put(StringData.fromString(name), string(text(value))));
    return new GenericMapData(map);
  }

  private static @Nullable String text(@Nullable Object value) {
    if (value == null || value instanceof String) {
      return (String) value;
    }
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Metadata are of types that JSON has.", e);
    }
  }
}
