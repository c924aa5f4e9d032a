package dev.streambed.embedder.calibration;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.streambed.embedder.Device;
import dev.streambed.embedder.TextEmbedder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the fastest token budget and number of workers: from memory, from a file, or by measuring.
 * No choice changes a vector, so none needs to be the same on two machines or after a restart.
 *
 * <p>Measures once per process for each {@link CalibrationKey}; other callers wait for the result.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class Calibration {
  private static final Logger LOG = LoggerFactory.getLogger(Calibration.class);

  private static final Object LOCK = new Object();

  @GuardedBy("LOCK")
  private static final Map<CalibrationKey, BatchTuning> KNOWN = new HashMap<>();

  private Calibration() {}

  /**
   * Chooses among candidates.
   *
   * @param candidates the default first, which is chosen unless another is clearly faster
   * @param slots embedders of this process that will be busy at once, at least 1
   * @return one of the candidates
   */
  public static BatchTuning choose(
      TextEmbedder embedder, List<BatchTuning> candidates, int slots, CalibrationOptions options) {
    BatchTuning standard = candidates.get(0);
    if (options.isOff() || candidates.size() == 1) {
      return standard;
    }
    CalibrationKey key =
        new CalibrationKey(
            embedder.modelDigest(),
            name(embedder.device()),
            Runtime.getRuntime().availableProcessors(),
            slots,
            options.limit().toMillis());
    synchronized (LOCK) {
      BatchTuning known = KNOWN.get(key);
      if (known == null || !candidates.contains(known)) {
        known = load(key, candidates, embedder, options);
        KNOWN.put(key, known);
      }
      return known;
    }
  }

  /** Without the reason why it is no GPU. */
  private static String name(Device device) {
    return device.isCpu() ? Device.CPU.toString() : device.toString();
  }

  private static BatchTuning load(
      CalibrationKey key,
      List<BatchTuning> candidates,
      TextEmbedder embedder,
      CalibrationOptions options) {
    CalibrationFile file = new CalibrationFile(options.folder(), key);
    BatchTuning kept = file.read();
    if (kept != null && candidates.contains(kept)) {
      LOG.info(
          "Batches of at most {} tokens, {} workers a slot, as calibrated before ({}).",
          kept.maxTokens(),
          kept.workers(),
          file.path());
      return kept;
    }
    CalibrationRun run = new CalibrationRun(embedder, key.slots());
    BatchTuning fastest = run.fastest(candidates, options.limit());
    LOG.info(
        "Batches of at most {} tokens, {} workers a slot. Calibrated with {} busy slots on {}, tokens/s by budget x workers: {}.",
        fastest.maxTokens(),
        fastest.workers(),
        key.slots(),
        key.device(),
        run.describe());
    file.write(fastest);
    return fastest;
  }
}
