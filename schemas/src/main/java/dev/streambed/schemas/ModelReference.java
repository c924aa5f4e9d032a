package dev.streambed.schemas;

import static dev.streambed.schemas.Checks.check;
import static dev.streambed.schemas.Checks.checkSha256;

import org.apiguardian.api.API;

/**
 * Which model made a vector. Vectors compare only if all three are equal.
 *
 * @param revision the model's own version; empty if it has none
 * @param digest sha256 of the model directory's description, hex; it covers every file of it
 */
@API(status = API.Status.EXPERIMENTAL)
public record ModelReference(String name, String revision, String digest) {

  public ModelReference {
    check(!name.isEmpty(), "model name", "''", "at least 1 character long");
    checkSha256("model digest", digest);
  }
}
