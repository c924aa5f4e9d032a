package dev.streambed.schemas.protobuf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Message;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.StringJoiner;

/** The messages of {@code google.protobuf} that stand for something simpler. */
final class WellKnownTypes {

  /** 0001-01-01T00:00:00Z, the first second of a Timestamp. */
  private static final long FIRST_SECOND = Instant.parse("0001-01-01T00:00:00Z").getEpochSecond();

  /** 9999-12-31T23:59:59Z, its last. */
  private static final long LAST_SECOND = Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();

  private static final int NANOS_PER_SECOND = 1_000_000_000;

  private WellKnownTypes() {}

  /** The value that a message stands for; a message of any other type, and Any, with its fields. */
  static JsonNode node(Message message) {
    ObjectNode fields = MessageTree.object(message);
    if (!message.getDescriptorForType().getFile().getPackage().equals("google.protobuf")) {
      return fields;
    }
    return switch (message.getDescriptorForType().getName()) {
      case "Timestamp" -> timestamp(fields);
      case "Duration" -> duration(fields);
      case "FieldMask" -> joined(fields.path("paths"));
      case "BoolValue",
          "BytesValue",
          "DoubleValue",
          "FloatValue",
          "Int32Value",
          "Int64Value",
          "StringValue",
          "UInt32Value",
          "UInt64Value" ->
          fields.path("value");
      case "Struct" -> fields.path("fields");
      case "ListValue" -> fields.path("values");
      case "Value" ->
          fields.isEmpty() ? MessageTree.NODES.nullNode() : plain(fields.iterator().next());
      default -> fields;
    };
  }

  /** ISO 8601 in UTC; a time that the type does not allow, with its fields. */
  private static JsonNode timestamp(ObjectNode fields) {
    long seconds = fields.path("seconds").longValue();
    int nanos = fields.path("nanos").intValue();
    boolean isValid =
        seconds >= FIRST_SECOND && seconds <= LAST_SECOND && nanos >= 0 && nanos < NANOS_PER_SECOND;
    return isValid
        ? MessageTree.NODES.textNode(Instant.ofEpochSecond(seconds, nanos).toString())
        : fields;
  }

  /** Seconds and an s, as Protobuf's JSON writes them: 1.5s. */
  private static JsonNode duration(ObjectNode fields) {
    BigDecimal seconds =
        BigDecimal.valueOf(fields.path("seconds").longValue())
            .add(BigDecimal.valueOf(fields.path("nanos").longValue(), 9));
    String digits = seconds.signum() == 0 ? "0" : seconds.stripTrailingZeros().toPlainString();
    return MessageTree.NODES.textNode(digits + "s");
  }

  /** A Value has no whole numbers: 3 is written as a double, and read as 3 all the same. */
  private static JsonNode plain(JsonNode node) {
    return node.isDouble() && node.doubleValue() == node.longValue()
        ? MessageTree.NODES.numberNode(node.longValue())
        : node;
  }

  private static JsonNode joined(JsonNode paths) {
    var joined = new StringJoiner(",");
    paths.forEach(path -> joined.add(path.textValue()));
    return MessageTree.NODES.textNode(joined.toString());
  }
}
