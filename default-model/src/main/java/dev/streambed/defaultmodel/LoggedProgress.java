package dev.streambed.defaultmodel;

import dev.streambed.importer.ImportProgress;
import org.slf4j.Logger;

/** Logs the steps of an import; confined to the thread that imports. */
final class LoggedProgress implements ImportProgress {
  private final Logger log;

  LoggedProgress(Logger log) {
    this.log = log;
  }

  @Override
  public void stepBegins(String step) {
    log.info("{}", step);
  }

  @Override
  public void stepAdvances(long done, long total) {}

  @Override
  public void stepTells(String line) {
    log.info("{}", line);
  }

  @Override
  public void stepEnds(String result) {
    if (!result.isEmpty()) {
      log.info("{}", result);
    }
  }
}
