package dev.streambed.operator.change;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.TextRejectedException.Reason;
import dev.streambed.operator.change.Fingerprinter.Fingerprint;
import dev.streambed.operator.change.Waiting.Arrived;
import dev.streambed.operator.stream.RecordContent;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.junit.jupiter.api.Test;

/** The records in flight, and what refers to them when they have left. */
class InFlightQueueTest {
  private static final Fingerprint TEXT = new Fingerprint(1, 2);

  private final InFlightQueue<Note> queue = new InFlightQueue<>();

  /** A hot key that always says the same never has all of its records out of flight. */
  @Test
  void nothingOfARecordThatLeftIsHeldByThoseBehindIt() {
    List<Waiting<Note>> left = new ArrayList<>();
    for (int number = 0; number < 1000; number++) {
      arrive(number);
      if (queue.records() > 3) {
        left.add(first());
        queue.removeFirst();
      }
    }

    int held = 0;
    for (Waiting<Note> record : left) {
      held += record.fail(rejection()).size();
    }
    assertThat(held).isZero();
  }

  @Test
  void aRecordReliesOnOneThatIsInFlight() {
    Waiting<Note> first = arrive(1);
    Waiting<Note> second = arrive(2);
    queue.removeFirst();

    Waiting<Note> third = arrive(3);
    Waiting<Note> fourth = arrive(4);

    assertThat(first.fail(rejection())).isEmpty();
    assertThat(second.fail(rejection())).containsExactly(third, fourth);
  }

  private Waiting<Note> arrive(int number) {
    Note note = new Note(number, "a", "x");
    Waiting<Note> arrival =
        new Waiting<>(
            new Arrived<>(
                new StreamRecord<>(note),
                "a",
                new RecordContent(List.of("x"), /* prompt= */ null, 1),
                /* isDocument= */ true,
                /* isForced= */ false,
                List.of()),
            TEXT,
            /* metadata= */ null);
    Waiting<Note> previous = queue.lastOf("a");
    assertThat(previous == null || arrival.follows(previous)).isTrue();
    queue.add(arrival);
    return arrival;
  }

  private Waiting<Note> first() {
    return requireNonNull(requireNonNull(queue.first()).record());
  }

  private static TextRejectedException rejection() {
    return new TextRejectedException(Reason.INFERENCE_FAILED, "by the test");
  }
}
