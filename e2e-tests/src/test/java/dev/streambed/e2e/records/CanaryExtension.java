package dev.streambed.e2e.records;

import java.nio.file.Path;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Searches the log of this JVM after each class of tests; found by JUnit itself. */
public final class CanaryExtension implements AfterAllCallback {
  private static final Logger LOG = LoggerFactory.getLogger(CanaryExtension.class);
  private static final Path FILE =
      Path.of(System.getProperty("streambed.test.log", "target/logs/e2e-tests.log"));

  /**
   * The log of this JVM, as log4j2-test.properties names it; each of several JVMs at once has its
   * own.
   */
  public static Path logFile() {
    return FILE;
  }

  @Override
  public void afterAll(ExtensionContext context) {
    LOG.trace("Searching the log after {}.", context.getDisplayName()); // so that there is one
    Canaries.assertNoneInLogs(FILE);
  }
}
