package dev.streambed.schemas.protobuf;

import com.fasterxml.jackson.databind.node.JsonNodeType;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import dev.streambed.schemas.DocumentShape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * The shape of the trees that {@link MessageTree} and {@link WellKnownTypes} make of a type's
 * messages.
 */
final class MessageShape {

  private MessageShape() {}

  /** A message with its fields, as {@link MessageTree#object}. */
  static DocumentShape object(Descriptor type) {
    Map<String, Supplier<DocumentShape>> fields = new LinkedHashMap<>();
    type.getFields().forEach(field -> fields.put(field.getName(), () -> field(field)));
    return DocumentShape.object(fields);
  }

  private static DocumentShape field(FieldDescriptor field) {
    if (field.isMapField()) {
      return DocumentShape.map(() -> value(field.getMessageType().findFieldByNumber(2)));
    }
    return field.isRepeated() ? DocumentShape.array(() -> value(field)) : value(field);
  }

  private static DocumentShape value(FieldDescriptor field) {
    return switch (field.getJavaType()) {
      case STRING -> DocumentShape.scalar(JsonNodeType.STRING);
      case BOOLEAN -> DocumentShape.scalar(JsonNodeType.BOOLEAN);
      case INT, LONG, FLOAT, DOUBLE -> DocumentShape.scalar(JsonNodeType.NUMBER);
      case BYTE_STRING -> DocumentShape.scalar(JsonNodeType.BINARY);
      // NullValue is null; a value that the descriptor does not know is a number.
      case ENUM ->
          DocumentShape.scalar(JsonNodeType.STRING, JsonNodeType.NUMBER, JsonNodeType.NULL);
      case MESSAGE -> message(field.getMessageType());
    };
  }

  /** The shape of a message, as {@link WellKnownTypes#node} reads it. */
  private static DocumentShape message(Descriptor type) {
    if (!type.getFile().getPackage().equals("google.protobuf")) {
      return object(type);
    }
    return switch (type.getName()) {
      case "Timestamp", "Duration", "FieldMask" -> DocumentShape.scalar(JsonNodeType.STRING);
      case "BoolValue",
          "BytesValue",
          "DoubleValue",
          "FloatValue",
          "Int32Value",
          "Int64Value",
          "StringValue",
          "UInt32Value",
          "UInt64Value" ->
          value(Objects.requireNonNull(type.findFieldByName("value")));
      case "Struct" -> DocumentShape.map(() -> DocumentShape.ANYTHING);
      case "ListValue" -> DocumentShape.array(() -> DocumentShape.ANYTHING);
      case "Value" -> DocumentShape.ANYTHING;
      default -> object(type);
    };
  }
}
