package dev.streambed.schemas;

import java.nio.ByteBuffer;
import org.apiguardian.api.API;

/**
 * Recognises, by the first bytes, other formats that producers send instead of plain UTF-8; that of
 * a schema registry it writes, too.
 */
@API(status = API.Status.INTERNAL)
public final class ForeignFormat {

  /**
   * A zero byte and the four bytes of a schema's id, which clients of a schema registry write in
   * front of a value.
   *
   * @see <a
   *     href="https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format">Confluent</a>
   */
  public static final int REGISTRY_PREFIX_BYTES = 1 + Integer.BYTES;

  private static final String JSON_ALONE = "send the JSON behind them alone";

  /** Name of a record's key in messages. */
  public static final String KEY = "key";

  private ForeignFormat() {}

  /** The first bytes of a value in the wire format of a schema registry. */
  public static byte[] registryPrefix(int schemaId) {
    return ByteBuffer.allocate(REGISTRY_PREFIX_BYTES).put((byte) 0).putInt(schemaId).array();
  }

  /**
   * The end of a sentence: what the bytes seem to be, and what to do; empty if unknown. It holds
   * none of their content.
   *
   * @param what what messages call the bytes: {@link #KEY} or another word
   */
  public static String describe(byte[] bytes, String what) {
    if (startsWith(bytes, 0xEF, 0xBB, 0xBF)) {
      return "; it begins with a byte order mark: send it without";
    }
    if (startsWith(bytes, 0xFE, 0xFF) || startsWith(bytes, 0xFF, 0xFE)) {
      return "; it begins like UTF-16: send it in UTF-8";
    }
    if (startsWith(bytes, 0xC3, 0x01)) {
      return "; it begins like Avro's single-object encoding"
          + (what.equals(KEY)
              ? ", in which keys are not read"
              : ": set streambed.source.format: avro and streambed.source.schema-file, without streambed.registry.url");
    }
    if (startsWith(bytes, 0x1F, 0x8B)) {
      return "; it begins like gzip: leave compression to Kafka (compression.type)";
    }
    if (isFramed(bytes)) {
      return framed(bytes)
          + (isJsonInFrame(bytes)
              ? JSON_ALONE
              : "set " + option(what) + ": avro, and streambed.registry.url; or protobuf");
    }
    return "";
  }

  /** As {@link #describe}, for formats whose records are not text. */
  public static String describeInBinary(byte[] bytes, String what) {
    return startsWith(bytes, '{')
        ? "; it begins like JSON: set " + option(what) + ": json"
        : describe(bytes, what);
  }

  /** As {@link #describeInBinary}, of values that are read as Avro of a schema file alone. */
  public static String describeInAvroFile(byte[] bytes, String what) {
    return isFramed(bytes)
        ? framed(bytes) + (isJsonInFrame(bytes) ? JSON_ALONE : "set streambed.registry.url")
        : describeInBinary(bytes, what);
  }

  private static boolean isFramed(byte[] bytes) {
    return startsWith(bytes, 0) && bytes.length >= REGISTRY_PREFIX_BYTES;
  }

  private static boolean isJsonInFrame(byte[] bytes) {
    return bytes.length > REGISTRY_PREFIX_BYTES && bytes[REGISTRY_PREFIX_BYTES] == '{';
  }

  private static String framed(byte[] bytes) {
    return "; it begins with a zero byte and the number "
        + ByteBuffer.wrap(bytes).getInt(1)
        + ", as the serialisers of a schema registry write: ";
  }

  private static String option(String what) {
    return what.equals(KEY) ? "streambed.source.key-format" : "streambed.source.format";
  }

  private static boolean startsWith(byte[] bytes, int... prefix) {
    if (bytes.length < prefix.length) {
      return false;
    }
    for (int i = 0; i < prefix.length; i++) {
      if ((bytes[i] & 0xFF) != prefix[i]) {
        return false;
      }
    }
    return true;
  }
}
