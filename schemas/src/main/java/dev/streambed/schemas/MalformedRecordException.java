package dev.streambed.schemas;

import org.apiguardian.api.API;

/**
 * Bytes do not decode to a record. Neither the message nor the cause ever holds content of the
 * record: only names of properties, positions and lengths.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class MalformedRecordException extends RuntimeException {

  /** The fault of the bytes. Names are part of the dead letter's wire format: add, never rename. */
  public enum Reason {
    /** The bytes are not UTF-8. */
    INVALID_UTF8,
    /** The bytes are UTF-8, but hold a NUL character: they are another format, not plain text. */
    NOT_TEXT,
    /** The text is not one JSON document, or something follows it. */
    INVALID_JSON,
    /** The bytes are not one Avro record, or something follows it. */
    INVALID_AVRO,
    /** The bytes are not one Protobuf message. */
    INVALID_PROTOBUF,
    /** The document passes a limit of the decoder: nesting, or the length of a string or number. */
    OVER_LIMIT,
    /** A property has a value of another JSON type than the schema says. */
    WRONG_TYPE,
    /** A property has the right type but a value out of its range. */
    INVALID_VALUE,
    /** A property that the schema requires is absent. */
    MISSING_PROPERTY,
    /** A property occurs twice in one object. */
    DUPLICATE_PROPERTY,
    /** A property that the schema does not know. */
    UNKNOWN_PROPERTY,
    /** A string holds half of a surrogate pair, which has no UTF-8 form. */
    UNPAIRED_SURROGATE,
    /** The text is there but has no character. */
    EMPTY_TEXT,
    /** A string holds a control character, and the job takes none. */
    CONTROL_CHARACTER,
    /** The record says it follows a schema version that this decoder does not know. */
    UNKNOWN_VERSION,
    /** The schema registry does not know the record's schema, or has it in another format. */
    UNKNOWN_SCHEMA,
    /** The schema that the record was written with does not resolve to the one it is read with. */
    INCOMPATIBLE_SCHEMA
  }

  private final Reason reason;

  private MalformedRecordException(Reason reason, String message) {
    // Thrown per record, and the stack says nothing that the reason does not.
    super(message, null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
    this.reason = reason;
  }

  /**
   * The exception for bytes that are no record.
   *
   * @param what what they should be, such as {@code text record}
   * @param message why they are not, without a full stop and without their content
   */
  public static MalformedRecordException malformed(String what, Reason reason, String message) {
    return new MalformedRecordException(reason, "Cannot decode " + what + ": " + message + ".");
  }

  /** The same with one more sentence, such as what to do. */
  public MalformedRecordException with(String sentence) {
    return new MalformedRecordException(reason, getMessage() + " " + sentence);
  }

  public Reason reason() {
    return reason;
  }
}
