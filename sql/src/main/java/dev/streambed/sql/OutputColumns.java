package dev.streambed.sql;

import dev.streambed.embedder.Embedding;
import dev.streambed.schemas.EncodedVector;
import dev.streambed.schemas.OtherVector;
import dev.streambed.schemas.VectorEncoding;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.jspecify.annotations.Nullable;

/** The columns that a model puts out, in their order. */
final class OutputColumns implements Serializable {
  private static final long serialVersionUID = 1L;

  static final String TAKEN =
      "embedding ARRAY<FLOAT>, embedding BYTES, embedding_<n> ARRAY<FLOAT> with the number n of its"
          + " dimensions, tokens INT, truncated BOOLEAN, space STRING, model_digest STRING, error"
          + " STRING";

  /** What a column holds. */
  private enum Content {
    VECTOR,
    VECTOR_BYTES,
    OTHER_VECTOR,
    TOKENS,
    TRUNCATED,
    SPACE,
    MODEL_DIGEST,
    ERROR
  }

  /**
   * A column.
   *
   * @param dimensions of another vector; else 0
   */
  private record OutputColumn(String name, Content content, int dimensions)
      implements Serializable {}

  private final List<OutputColumn> columns;

  private OutputColumns(List<OutputColumn> columns) {
    this.columns = List.copyOf(columns);
  }

  /**
   * The columns of a model's output.
   *
   * @throws ValidationException if there is one that no model puts out
   */
  static OutputColumns of(ResolvedSchema output) {
    List<OutputColumn> columns = new ArrayList<>();
    for (Column column : output.getColumns()) {
      OutputColumn known = column(column.getName(), column.getDataType().getLogicalType());
      if (known == null) {
        throw new ValidationException(
            "Cannot put out the column %s %s. OUTPUT may have, each or not, and none NOT NULL: %s."
                .formatted(column.getName(), column.getDataType().getLogicalType(), TAKEN));
      }
      columns.add(known);
    }
    return new OutputColumns(columns);
  }

  private static @Nullable OutputColumn column(String name, LogicalType type) {
    Content content = type.isNullable() ? content(name, type) : null;
    if (content == null) {
      return null;
    }
    return new OutputColumn(name, content, OtherVector.dimensionsOf(name));
  }

  private static @Nullable Content content(String name, LogicalType type) {
    if (OtherVector.dimensionsOf(name) > 0) {
      return isVector(type) ? Content.OTHER_VECTOR : null;
    }
    return switch (name) {
      case "embedding" ->
          isVector(type)
              ? Content.VECTOR
              : type.is(LogicalTypeRoot.VARBINARY) ? Content.VECTOR_BYTES : null;
      case "tokens" -> type.is(LogicalTypeRoot.INTEGER) ? Content.TOKENS : null;
      case "truncated" -> type.is(LogicalTypeRoot.BOOLEAN) ? Content.TRUNCATED : null;
      case "space" -> type.is(LogicalTypeRoot.VARCHAR) ? Content.SPACE : null;
      case "model_digest" -> type.is(LogicalTypeRoot.VARCHAR) ? Content.MODEL_DIGEST : null;
      case "error" -> type.is(LogicalTypeRoot.VARCHAR) ? Content.ERROR : null;
      default -> null;
    };
  }

  private static boolean isVector(LogicalType type) {
    return type instanceof ArrayType array && array.getElementType().is(LogicalTypeRoot.FLOAT);
  }

  boolean hasError() {
    return columns.stream().anyMatch(column -> column.content == Content.ERROR);
  }

  boolean hasBytes() {
    return columns.stream().anyMatch(column -> column.content == Content.VECTOR_BYTES);
  }

  /** The lengths of the columns {@code embedding_<n>}. */
  List<Integer> otherDimensions() {
    return columns.stream()
        .filter(column -> column.content == Content.OTHER_VECTOR)
        .map(OutputColumn::dimensions)
        .toList();
  }

  /** A row of nothing but NULL: there was no text. */
  RowData empty() {
    return new GenericRowData(columns.size());
  }

  /** A row of NULL, but for the reason. */
  RowData rejected(String reason) {
    GenericRowData row = new GenericRowData(columns.size());
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).content == Content.ERROR) {
        row.setField(i, StringData.fromString(reason));
      }
    }
    return row;
  }

  /** The row of an embedding. */
  RowData embedded(Embedding embedding, VectorEncoding encoding, String space, String digest) {
    GenericRowData row = new GenericRowData(columns.size());
    for (int i = 0; i < columns.size(); i++) {
      OutputColumn column = columns.get(i);
      row.setField(
          i,
          switch (column.content) {
            case VECTOR -> new GenericArrayData(embedding.vector());
            case VECTOR_BYTES -> EncodedVector.of(embedding.vector(), encoding).bytes();
            case OTHER_VECTOR -> new GenericArrayData(vector(embedding, column.dimensions));
            case TOKENS -> embedding.tokens();
            case TRUNCATED -> embedding.truncated();
            case SPACE -> StringData.fromString(space);
            case MODEL_DIGEST -> StringData.fromString(digest);
            case ERROR -> null;
          });
    }
    return row;
  }

  private static float[] vector(Embedding embedding, int dimensions) {
    if (embedding.vector().length == dimensions) {
      return embedding.vector();
    }
    for (float[] other : embedding.others()) {
      if (other.length == dimensions) {
        return other;
      }
    }
    throw new IllegalStateException("There is no vector of %d dimensions.".formatted(dimensions));
  }
}
