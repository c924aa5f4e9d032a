package dev.streambed.schemas.profile;

import org.apiguardian.api.API;

/**
 * A record has no form in a profile. The message holds none of its content: only names of fields.
 */
@API(status = API.Status.INTERNAL)
public final class UnfitRecordException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Why. Names are part of the dead letter's wire format: add, never rename. */
  public enum Reason {
    /** It has no key, and the store needs an id. */
    MISSING_KEY,
    /** Its key inside the value is another than its Kafka key, so that nothing could delete it. */
    OTHER_KEY,
    /** The store takes no such id. */
    INVALID_ID,
    /** Its metadata has a name that the profile gives to a field of its own. */
    FIELD_NAME_TAKEN,
    /** Its metadata has a name that the store does not take. */
    INVALID_FIELD_NAME,
    /** Its metadata has a name without a field. */
    UNKNOWN_FIELD,
    /** Its metadata has a value of another type than the field. */
    WRONG_TYPE
  }

  private final Reason reason;

  public UnfitRecordException(Reason reason, String message) {
    // Thrown per record, and the stack says nothing that the reason does not.
    super(message, null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
