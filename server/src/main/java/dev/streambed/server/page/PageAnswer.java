package dev.streambed.server.page;

import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * An answer of the page.
 *
 * @param status of HTTP
 * @param type null without a body
 * @param body owned by the page; nobody changes it
 * @param etag null if it has none
 * @param location where the client finds it; null if here
 */
@API(status = API.Status.INTERNAL)
@SuppressWarnings("ArrayRecordComponent") // never compared
public record PageAnswer(
    int status,
    @Nullable String type,
    byte[] body,
    @Nullable String etag,
    @Nullable String location) {
  private static final byte[] NOTHING = {};

  static PageAnswer data(String type, byte[] body) {
    return new PageAnswer(200, type, body, /* etag= */ null, /* location= */ null);
  }

  static PageAnswer file(String type, byte[] body, String etag) {
    return new PageAnswer(200, type, body, etag, /* location= */ null);
  }

  /** The client has the file already. */
  static PageAnswer same(String etag) {
    return new PageAnswer(304, /* type= */ null, NOTHING, etag, /* location= */ null);
  }

  static PageAnswer elsewhere(String location) {
    return new PageAnswer(302, /* type= */ null, NOTHING, /* etag= */ null, location);
  }
}
