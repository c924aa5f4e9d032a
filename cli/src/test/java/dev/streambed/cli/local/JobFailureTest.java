package dev.streambed.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class JobFailureTest {
  @Test
  void tellsTheReasonBeforeWhatItLedTo() {
    var reason = new IOException("No space left on device");
    var wrapped = new IllegalStateException("java.io.IOException: No space left on device", reason);
    var failure =
        new IllegalStateException(
            "Cannot start", new IllegalStateException("Cannot load RpcSystem", wrapped));

    assertThat(JobFailure.describe(failure))
        .isEqualTo("No space left on device (which led to: Cannot load RpcSystem; Cannot start)");
  }

  @Test
  void namesTheTypeWhereTheMessageIsNoSentence() {
    assertThat(JobFailure.describe(new NoSuchFileException("/models/m")))
        .isEqualTo("NoSuchFileException: /models/m");
    assertThat(JobFailure.describe(new IllegalStateException())).isEqualTo("IllegalStateException");
  }
}
