package dev.streambed.embedder;

import org.apiguardian.api.API;

/**
 * A tokenised text.
 *
 * @param ids token ids, special tokens included, at least one; shared, not copied
 * @param truncated whether tokens beyond the model's limit were cut off
 */
@SuppressWarnings(
    "ArrayRecordComponent") // short-lived, never compared; a copy per text would be waste
@API(status = API.Status.EXPERIMENTAL)
public record TokenIds(long[] ids, boolean truncated) {
  public TokenIds {
    if (ids.length == 0) {
      throw new IllegalArgumentException("A text needs at least one token id.");
    }
  }

  public int length() {
    return ids.length;
  }
}
