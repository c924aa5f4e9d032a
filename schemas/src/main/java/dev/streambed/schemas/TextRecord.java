package dev.streambed.schemas;

import static dev.streambed.schemas.Checks.check;

import java.util.Map;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * A text to embed.
 *
 * @param key the business identifier; null if the record has none
 * @param text what to embed: at least one character, no unpaired surrogates
 * @param prompt name of a prompt of the model directory, for example {@code query}; null takes the
 *     job's default
 * @param metadata what a consumer may filter by; passed through, never embedded; sorted by key. A
 *     value is a {@code String}, {@code Long}, finite {@code Double}, {@code Boolean}, null, or a
 *     {@code List} of these
 * @param eventTimeMillis when the text came to be, in milliseconds since 1970; may be negative;
 *     {@link #NO_EVENT_TIME} if unknown
 */
@API(status = API.Status.EXPERIMENTAL)
public record TextRecord(
    @Nullable String key,
    String text,
    @Nullable String prompt,
    Map<String, @Nullable Object> metadata,
    long eventTimeMillis) {

  /** The event time of a text whose record and document have none. */
  public static final long NO_EVENT_TIME = Long.MIN_VALUE;

  public TextRecord {
    check(!text.isEmpty(), "text", "of length 0", "at least 1 character long");
    Checks.checkWellFormed(key, "key");
    Checks.checkWellFormed(text, "text");
    Checks.checkWellFormed(prompt, "prompt");
    metadata = Metadata.sortedCopy(metadata);
  }

  /** Leaves out the content, so that no log shows it. */
  @Override
  public String toString() {
    return "TextRecord[" + text.length() + " characters, prompt " + prompt + "]";
  }
}
