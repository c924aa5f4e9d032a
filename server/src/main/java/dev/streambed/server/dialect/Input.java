package dev.streambed.server.dialect;

import org.apiguardian.api.API;

/** One of the inputs of a request, which gets one vector. */
@API(status = API.Status.INTERNAL)
public sealed interface Input {
  /** How much of the server's memory it takes, in UTF-16 units or what is about as large. */
  int characters();

  /** A text, which gets the prompt of the request. */
  record Text(String text) implements Input {
    @Override
    public int characters() {
      return text.length();
    }
  }

  /**
   * Token ids, special tokens included, which are embedded as they are.
   *
   * @param ids shared, not copied
   */
  @SuppressWarnings("ArrayRecordComponent") // short-lived, never compared
  record Ids(long[] ids) implements Input {
    private static final int CHARACTERS_PER_ID = 4; // 8 bytes

    @Override
    public int characters() {
      return ids.length * CHARACTERS_PER_ID;
    }
  }
}
