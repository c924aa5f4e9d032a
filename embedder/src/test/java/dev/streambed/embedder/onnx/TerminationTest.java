package dev.streambed.embedder.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.InferenceException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TerminationTest {
  private final Termination session = new Termination();

  @Test
  void endsItsOwnRunsAndThoseOfItsChildren() {
    Termination one = session.child();
    Termination child = one.child();
    Termination other = session.child();
    var ended = new AtomicInteger();
    var endedOther = new AtomicInteger();
    one.begin(ended::incrementAndGet);
    child.begin(ended::incrementAndGet);
    other.begin(endedOther::incrementAndGet);

    one.end();

    assertThat(ended).hasValue(2);
    assertThat(endedOther).hasValue(0);
    assertRefuses(one);
    assertRefuses(child);
    other.begin(endedOther::incrementAndGet);
  }

  @Test
  void leavesARunAloneThatHasFinished() {
    Termination user = session.child();
    var ended = new AtomicInteger();
    Termination.Run run = ended::incrementAndGet;
    user.begin(run);
    user.finish(run);

    session.end();

    assertThat(ended).hasValue(0);
  }

  @Test
  void waitsForTheLastRunEvenIfInterrupted() throws Exception {
    Termination user = session.child();
    Termination.Run run = () -> {};
    user.begin(run);
    Thread closer = new Thread(session::endAndAwait);
    closer.start();
    closer.interrupt();
    while (closer.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }

    user.finish(run);
    closer.join();

    assertRefuses(user);
  }

  @Test
  void aRunThatIsRefusedIsNotWaitedFor() {
    Termination user = session.child();
    user.end();
    assertRefuses(user);

    session.endAndAwait();
    assertRefuses(session.child());
  }

  private static void assertRefuses(Termination termination) {
    assertThatThrownBy(() -> termination.begin(() -> {}))
        .isInstanceOf(InferenceException.class)
        .hasMessage("Cannot run: the embedder was terminated or closed.");
  }
}
