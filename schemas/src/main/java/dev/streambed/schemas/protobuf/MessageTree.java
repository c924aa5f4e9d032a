package dev.streambed.schemas.protobuf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BinaryNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.math.BigInteger;
import java.util.List;

/**
 * Messages as trees: as Protobuf's own JSON, but with the names of the .proto file, and numbers of
 * 64 bits as numbers. Its recursion is bounded by that of the parser.
 */
final class MessageTree {
  static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private MessageTree() {}

  /**
   * A message with its fields. Those that can be told to be unset are left out if they are; others
   * have their default.
   */
  static ObjectNode object(Message message) {
    ObjectNode object = NODES.objectNode();
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      if (!field.hasPresence() || message.hasField(field)) {
        object.set(field.getName(), field(field, message.getField(field)));
      }
    }
    return object;
  }

  private static JsonNode field(FieldDescriptor field, Object value) {
    if (field.isMapField()) {
      return map(field.getMessageType(), (List<?>) value);
    }
    if (!field.isRepeated()) {
      return value(field, value);
    }
    List<?> elements = (List<?>) value;
    ArrayNode array = NODES.arrayNode(elements.size());
    for (Object element : elements) {
      array.add(value(field, element));
    }
    return array;
  }

  /** The last entry of a key counts, as Protobuf says. */
  private static ObjectNode map(Descriptor entryType, List<?> entries) {
    FieldDescriptor key = entryType.findFieldByNumber(1);
    FieldDescriptor value = entryType.findFieldByNumber(2);
    ObjectNode map = NODES.objectNode();
    for (Object each : entries) {
      Message entry = (Message) each;
      map.set(value(key, entry.getField(key)).asText(), value(value, entry.getField(value)));
    }
    return map;
  }

  private static JsonNode value(FieldDescriptor field, Object value) {
    return switch (field.getType()) {
      case STRING -> NODES.textNode((String) value);
      case BOOL -> NODES.booleanNode((Boolean) value);
      case INT32, SINT32, SFIXED32 -> NODES.numberNode((Integer) value);
      case UINT32, FIXED32 -> NODES.numberNode(Integer.toUnsignedLong((Integer) value));
      case INT64, SINT64, SFIXED64 -> NODES.numberNode((Long) value);
      case UINT64, FIXED64 -> unsigned((Long) value);
      case DOUBLE -> NODES.numberNode((Double) value);
      // With the digits that a float has: 0.1, not 0.10000000149011612.
      case FLOAT -> NODES.numberNode(Double.parseDouble(Float.toString((Float) value)));
      case ENUM -> enumValue((EnumValueDescriptor) value);
      case BYTES -> BinaryNode.valueOf(((ByteString) value).toByteArray());
      case MESSAGE, GROUP -> WellKnownTypes.node((Message) value);
    };
  }

  private static JsonNode unsigned(long bits) {
    return bits >= 0
        ? NODES.numberNode(bits)
        : NODES.numberNode(new BigInteger(Long.toUnsignedString(bits)));
  }

  /** The name, or the number of a value that the descriptor does not know. */
  private static JsonNode enumValue(EnumValueDescriptor value) {
    if (value.getType().getFullName().equals("google.protobuf.NullValue")) {
      return NODES.nullNode();
    }
    return value.getIndex() < 0
        ? NODES.numberNode(value.getNumber())
        : NODES.textNode(value.getName());
  }
}
