package dev.streambed.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The keys that clients have to show. Keeps their digests, and compares these in the same time
 * whether they are equal or not. Immutable.
 */
@API(status = API.Status.INTERNAL)
public final class ApiKeys {
  /** Nobody needs a key. */
  public static final ApiKeys NONE = new ApiKeys(List.of());

  private static final String BEARER = "Bearer ";

  private final List<byte[]> digests;

  private ApiKeys(List<byte[]> digests) {
    this.digests = digests;
  }

  /** Some key of these. */
  public static ApiKeys of(List<String> keys) {
    List<byte[]> digests = new ArrayList<>();
    for (String key : keys) {
      if (key.isBlank()) {
        throw new IllegalArgumentException("An API key is empty.");
      }
      digests.add(digest(key.strip()));
    }
    return new ApiKeys(digests);
  }

  /**
   * Reads a file with a key per line; empty lines and those that begin with # are none.
   *
   * @throws IllegalArgumentException if it has none
   */
  public static ApiKeys read(Path file) throws IOException {
    List<String> keys =
        Files.readAllLines(file).stream()
            .map(String::strip)
            .filter(line -> !line.isEmpty() && !line.startsWith("#"))
            .toList();
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("The file %s has no API key.".formatted(file));
    }
    return of(keys);
  }

  public boolean isEmpty() {
    return digests.isEmpty();
  }

  /**
   * Whether a request may be answered.
   *
   * @param authorization header of that name
   */
  boolean allow(@Nullable String authorization) {
    if (digests.isEmpty()) {
      return true;
    }
    String header = authorization == null ? "" : authorization;
    boolean isBearer = header.regionMatches(/* ignoreCase= */ true, 0, BEARER, 0, BEARER.length());
    byte[] shown = digest(isBearer ? header.substring(BEARER.length()).strip() : "");
    boolean known = false;
    for (byte[] digest : digests) {
      known |= MessageDigest.isEqual(digest, shown); // no end at the first
    }
    return known;
  }

  private static byte[] digest(String key) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256.", e);
    }
  }
}
