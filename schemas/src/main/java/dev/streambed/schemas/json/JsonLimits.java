package dev.streambed.schemas.json;

import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.util.Locale;

/**
 * The limits of JSON documents. Their exceptions say which one a document passes, and quote nothing
 * of it.
 */
final class JsonLimits extends StreamReadConstraints {
  private static final long serialVersionUID = 1L;

  static final JsonLimits INSTANCE = new JsonLimits();

  private static final int MOST_LEVELS = 1000;
  private static final int MOST_DIGITS = 1000;

  private JsonLimits() {
    super(
        MOST_LEVELS,
        DEFAULT_MAX_DOC_LEN,
        MOST_DIGITS,
        DEFAULT_MAX_STRING_LEN,
        DEFAULT_MAX_NAME_LEN,
        DEFAULT_MAX_TOKEN_COUNT);
  }

  @Override
  public void validateNestingDepth(int levels) throws StreamConstraintsException {
    check(levels, getMaxNestingDepth(), "more than %,d levels");
  }

  @Override
  public void validateIntegerLength(int digits) throws StreamConstraintsException {
    check(digits, getMaxNumberLength(), "a number has more than %,d digits");
  }

  @Override
  public void validateFPLength(int digits) throws StreamConstraintsException {
    check(digits, getMaxNumberLength(), "a number has more than %,d digits");
  }

  @Override
  public void validateStringLength(int characters) throws StreamConstraintsException {
    check(characters, getMaxStringLength(), "a string has more than %,d characters");
  }

  @Override
  public void validateNameLength(int characters) throws StreamConstraintsException {
    check(characters, getMaxNameLength(), "a name has more than %,d characters");
  }

  private static void check(int found, int most, String message) throws StreamConstraintsException {
    if (found > most) {
      throw new StreamConstraintsException(String.format(Locale.ROOT, message, most));
    }
  }
}
