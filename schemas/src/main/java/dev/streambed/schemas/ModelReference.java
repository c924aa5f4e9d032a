package dev.streambed.schemas;

import static dev.streambed.schemas.Checks.check;
import static dev.streambed.schemas.Checks.checkSha256;

import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Which model made a vector. {@link Provenance#space} says which vectors compare.
 *
 * @param revision the model's own version; empty if it has none
 * @param digest sha256 of the model directory's description, hex; it covers every file of it
 * @param precision the arithmetic of its large matrix products, such as int8; null if that is not
 *     known, as in records of version 1
 */
@API(status = API.Status.EXPERIMENTAL)
public record ModelReference(
    String name, String revision, String digest, @Nullable String precision) {

  public ModelReference {
    check(!name.isEmpty(), "model name", "''", "at least 1 character long");
    checkSha256("model digest", digest);
  }
}
