package dev.streambed.schemas.avro;

import com.fasterxml.jackson.databind.node.JsonNodeType;
import dev.streambed.schemas.DocumentShape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.avro.Schema;
import org.apiguardian.api.API;

/** The shape of the trees that {@link AvroTree} makes of a schema's data. */
@API(status = API.Status.INTERNAL)
public final class AvroShape {

  private AvroShape() {}

  /** The shape of data of a schema. */
  public static DocumentShape of(Schema type) {
    return switch (type.getType()) {
      case RECORD -> ofRecord(type);
      case ARRAY -> DocumentShape.array(() -> of(type.getElementType()));
      case MAP -> DocumentShape.map(() -> of(type.getValueType()));
      case UNION -> DocumentShape.anyOf(type.getTypes().stream().map(AvroShape::of).toList());
      case ENUM, STRING -> DocumentShape.scalar(JsonNodeType.STRING);
      case FIXED, BYTES ->
          type.getLogicalType() == null
              ? DocumentShape.scalar(JsonNodeType.BINARY)
              : DocumentShape.scalar(JsonNodeType.BINARY, JsonNodeType.NUMBER, JsonNodeType.STRING);
      case INT, LONG ->
          type.getLogicalType() == null
              ? DocumentShape.scalar(JsonNodeType.NUMBER)
              : DocumentShape.scalar(JsonNodeType.NUMBER, JsonNodeType.STRING);
      case FLOAT, DOUBLE -> DocumentShape.scalar(JsonNodeType.NUMBER);
      case BOOLEAN -> DocumentShape.scalar(JsonNodeType.BOOLEAN);
      case NULL -> DocumentShape.scalar(JsonNodeType.NULL);
    };
  }

  private static DocumentShape ofRecord(Schema type) {
    Map<String, Supplier<DocumentShape>> fields = new LinkedHashMap<>();
    type.getFields().forEach(field -> fields.put(field.name(), () -> of(field.schema())));
    return DocumentShape.object(fields);
  }
}
