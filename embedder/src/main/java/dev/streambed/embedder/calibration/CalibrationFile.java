package dev.streambed.embedder.calibration;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kept result of a calibration. It only saves time: a file that cannot be used is no failure.
 */
final class CalibrationFile {
  private static final Logger LOG = LoggerFactory.getLogger(CalibrationFile.class);

  private static final int DIGITS_OF_DIGEST = 16;

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private final Path path;
  private final CalibrationKey key;

  /** The content of the file; with the key, because the file's name is only a part of it. */
  private record Content(CalibrationKey key, BatchTuning fastest) {}

  CalibrationFile(Path folder, CalibrationKey key) {
    String digest = key.modelDigest();
    this.path =
        folder.resolve(
            "%s-%s-%d-cores-%d-slots-%d-ms.json"
                .formatted(
                    digest.substring(0, Math.min(DIGITS_OF_DIGEST, digest.length())),
                    key.device().replaceAll("[^a-z0-9]+", "-"),
                    key.cores(),
                    key.slots(),
                    key.limitMillis()));
    this.key = key;
  }

  Path path() {
    return path;
  }

  /** The kept result; null if there is none that can be used. */
  @Nullable BatchTuning read() {
    if (!Files.exists(path)) {
      return null;
    }
    try {
      Content content = JSON.readValue(Files.readAllBytes(path), Content.class);
      if (content.key.equals(key)) {
        return content.fastest;
      }
      LOG.warn("Calibrating anew: {} belongs to {}, not to {}.", path, content.key, key);
    } catch (IOException e) {
      LOG.warn("Calibrating anew: cannot read {}: {}", path, e.toString());
    }
    return null;
  }

  /** Keeps a result: the file appears whole or not at all, even if others write it. */
  void write(BatchTuning fastest) {
    try {
      Files.createDirectories(path.getParent());
      Path whole = Files.createTempFile(path.getParent(), "calibration", ".tmp");
      try {
        Files.write(whole, JSON.writeValueAsBytes(new Content(key, fastest)));
        Files.move(whole, path, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(whole);
      }
    } catch (IOException e) {
      LOG.warn("The next start calibrates again: cannot write {}: {}", path, e.toString());
    }
  }
}
