package dev.streambed.schemas.avro;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.schemas.ForeignFormat;
import dev.streambed.schemas.MalformedRecordException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apiguardian.api.API;

/**
 * Reads Avro of a schema that is known beforehand, in Avro's single-object encoding or without
 * anything around it. Confined to one thread.
 */
@API(status = API.Status.INTERNAL)
public final class AvroFile {
  private static final int MARKER_BYTES = 2;
  private static final int HEADER_BYTES = MARKER_BYTES + Long.BYTES;

  private final AvroTree tree;
  private final long fingerprint;
  private final String what;

  public AvroFile(Schema schema, String what) {
    this.tree = new AvroTree(schema, /* reader= */ null, what);
    this.fingerprint = SchemaNormalization.parsingFingerprint64(schema);
    this.what = what;
  }

  /**
   * Decodes a value.
   *
   * @throws MalformedRecordException if it is not of the schema
   */
  public JsonNode decode(byte[] value) {
    // Data may begin like the marker, but not with a fingerprint behind it.
    if (hasMarker(value) && fingerprint(value) == fingerprint) {
      return tree.decode(value, HEADER_BYTES);
    }
    try {
      return tree.decode(value, 0);
    } catch (MalformedRecordException e) {
      String foreign =
          hasMarker(value) ? otherSchema(value) : ForeignFormat.describeInAvroFile(value, what);
      if (foreign.isEmpty()) {
        throw e;
      }
      throw malformed(what, e.reason(), "it does not follow the schema file" + foreign);
    }
  }

  private String otherSchema(byte[] value) {
    return "; it is in Avro's single-object encoding, of a schema with the fingerprint %016x, and streambed.source.schema-file has %016x: set the file of the schema that it was written with"
        .formatted(fingerprint(value), fingerprint);
  }

  private static boolean hasMarker(byte[] value) {
    return value.length >= HEADER_BYTES && value[0] == (byte) 0xC3 && value[1] == 0x01;
  }

  private static long fingerprint(byte[] value) {
    return ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getLong(MARKER_BYTES);
  }
}
