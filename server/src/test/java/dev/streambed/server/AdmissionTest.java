package dev.streambed.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.batch.Lane;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private final Admission admission =
      new Admission(new RequestLimits(3, 1024, 4, 10, Duration.ofSeconds(1)));

  @Test
  void givesAllBackOnce() {
    Admission.Share share = admission.share();
    assertThat(share.tryBuffer(1000)).isTrue();
    assertThat(share.tryAccept(2, Lane.DOCUMENTS)).isTrue();

    share.close();
    share.close();

    assertThat(admission.waiting()).isZero();
    assertThat(admission.buffered()).isZero();
  }

  /** A client may hang up, or the time be over, on another thread. */
  @Test
  void givesNothingToARequestThatHasEnded() {
    Admission.Share share = admission.share();
    share.close();

    assertThat(share.tryBuffer(1)).isFalse();
    assertThat(share.tryAccept(1, Lane.QUERIES)).isFalse();
    assertThat(admission.waiting()).isZero();
    assertThat(admission.buffered()).isZero();
  }

  @Test
  void takesNothingOfWhatItRefuses() {
    Admission.Share share = admission.share();

    assertThat(share.tryBuffer(8 * 1024 + 1)).isFalse();
    assertThat(share.tryAccept(4, Lane.DOCUMENTS)).isFalse(); // 3 of 4 places
    assertThat(admission.waiting()).isZero();
    assertThat(share.tryBuffer(8 * 1024)).isTrue();
    assertThat(share.tryAccept(4, Lane.QUERIES)).isTrue();
  }
}
