package dev.streambed.schemas.profile;

import dev.streambed.schemas.EmbeddingRecord;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * A field of flat records whose schema is the same for all records of a job.
 *
 * @param name as users have it
 * @param type of the value, or of the elements of an array
 * @param isOptional whether the value, or an element, may be null
 * @param value how to take it from a record
 */
record Column(String name, ValueType type, boolean isArray, boolean isOptional, Value value)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Types of columns, as schemas call them. */
  enum ValueType {
    STRING("string", "string"),
    INT("int32", "int"),
    LONG("int64", "long"),
    FLOAT("float", "float"),
    DOUBLE("double", "double"),
    BOOLEAN("boolean", "boolean"),
    BYTES("bytes", "bytes");

    private final String connect;
    private final String avro;

    ValueType(String connect, String avro) {
      this.connect = connect;
      this.avro = avro;
    }

    /** In Kafka Connect. */
    String connect() {
      return connect;
    }

    /** In Avro. */
    String avro() {
      return avro;
    }
  }

  /**
   * Takes a value from a record: a String, Integer, Long, Float, Double, Boolean, {@code byte[]},
   * {@code float[]} or List of these, after the type of the column.
   */
  interface Value extends Serializable {
    /**
     * The value; null if the record has none.
     *
     * @throws UnfitRecordException if that of the record has another type
     */
    @Nullable Object of(EmbeddingRecord record);
  }

  static Column required(String name, ValueType type, Value value) {
    return new Column(name, type, /* isArray= */ false, /* isOptional= */ false, value);
  }

  static Column optional(String name, ValueType type, Value value) {
    return new Column(name, type, /* isArray= */ false, /* isOptional= */ true, value);
  }
}
