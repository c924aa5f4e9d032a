package dev.streambed.schemas.avro;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import dev.streambed.schemas.MalformedRecordException.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.jspecify.annotations.Nullable;

/** The metadata of an embedding in Avro's binary encoding: a map of unions. */
final class MetadataAvro {
  private static final String WHAT = "embedding record";

  // The branches of a value, in the order of embedding-record.avsc.
  private static final int NULL = 0;
  private static final int STRING = 1;
  private static final int LONG = 2;
  private static final int DOUBLE = 3;
  private static final int BOOLEAN = 4;
  private static final int ARRAY = 5;

  private MetadataAvro() {}

  static void write(BinaryEncoder out, Map<String, ?> metadata) throws IOException {
    out.writeMapStart();
    out.setItemCount(metadata.size());
    for (Map.Entry<String, ?> entry : metadata.entrySet()) {
      AvroPrimitives.writeString(out, entry.getKey());
      if (entry.getValue() instanceof List<?> list) {
        out.writeIndex(ARRAY);
        out.writeArrayStart();
        out.setItemCount(list.size());
        for (Object element : list) {
          writeScalar(out, element);
        }
        out.writeArrayEnd();
      } else {
        writeScalar(out, entry.getValue());
      }
    }
    out.writeMapEnd();
  }

  private static void writeScalar(BinaryEncoder out, @Nullable Object value) throws IOException {
    if (value instanceof String text) {
      out.writeIndex(STRING);
      AvroPrimitives.writeString(out, text);
    } else if (value instanceof Long number) {
      out.writeIndex(LONG);
      out.writeLong(number);
    } else if (value instanceof Double number) {
      out.writeIndex(DOUBLE);
      out.writeDouble(number);
    } else if (value instanceof Boolean flag) {
      out.writeIndex(BOOLEAN);
      out.writeBoolean(flag);
    } else {
      out.writeIndex(NULL);
    }
  }

  static Map<String, @Nullable Object> read(BinaryDecoder in, boolean hasTypes) throws IOException {
    Map<String, @Nullable Object> map = new TreeMap<>();
    for (long block = in.readMapStart(); block > 0; block = in.mapNext()) {
      for (long i = 0; i < block; i++) {
        String name = AvroPrimitives.readString(in);
        if (map.containsKey(name)) {
          throw malformed(WHAT, Reason.DUPLICATE_PROPERTY, "a name of metadata occurs twice");
        }
        map.put(name, hasTypes ? readValue(in) : AvroPrimitives.readString(in));
      }
    }
    return map;
  }

  private static @Nullable Object readValue(BinaryDecoder in) throws IOException {
    int branch = in.readIndex();
    if (branch != ARRAY) {
      return readScalar(in, branch);
    }
    List<@Nullable Object> elements = new ArrayList<>();
    for (long block = in.readArrayStart(); block > 0; block = in.arrayNext()) {
      for (long i = 0; i < block; i++) {
        elements.add(readScalar(in, in.readIndex()));
      }
    }
    return elements;
  }

  private static @Nullable Object readScalar(BinaryDecoder in, int branch) throws IOException {
    return switch (branch) {
      case NULL -> null;
      case STRING -> AvroPrimitives.readString(in);
      case LONG -> in.readLong();
      case DOUBLE -> in.readDouble();
      case BOOLEAN -> AvroPrimitives.readBoolean(in);
      default -> throw malformed(WHAT, Reason.INVALID_AVRO, "a union has an unknown branch");
    };
  }
}
