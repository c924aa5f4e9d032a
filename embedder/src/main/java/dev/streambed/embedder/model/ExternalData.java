package dev.streambed.embedder.model;

import static dev.streambed.embedder.Requirements.check;

import org.apiguardian.api.API;

/**
 * Weights that the graph reads from a file outside the model directory, such as the user's own
 * checkpoint.
 *
 * @param path absolute path of the file itself, not of a link to it (ONNX Runtime follows none)
 * @param bytes its size
 * @param sha256 its digest, lower-case hex
 */
@API(status = API.Status.INTERNAL)
public record ExternalData(String path, long bytes, String sha256) {
  public ExternalData {
    check(!path.isBlank(), "externalData.path", path, "an absolute path");
    check(bytes > 0, "externalData.bytes", bytes, "at least 1");
    check(sha256.length() == 64, "externalData.sha256", sha256, "64 hex digits");
  }
}
