package dev.streambed.embedder.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TokenisingTurnTest {
  private long nanos;
  private final TokenisingTurn turn = new TokenisingTurn(() -> nanos);

  @Test
  void isOverAfterALongText() {
    tokenise(100, 1);
    assertThat(turn.isOver()).isFalse();

    tokenise(1_000_000, 1);

    assertThat(turn.isOver()).isTrue();
  }

  @Test
  void isOverAfterTextsThatTakeLong() {
    tokenise(10, 60);
    nanos += TimeUnit.SECONDS.toNanos(10); // what it does between texts does not count
    assertThat(turn.isOver()).isFalse();

    tokenise(10, 60);
    assertThat(turn.isOver()).isTrue();

    turn.begin();
    assertThat(turn.isOver()).isFalse();
  }

  private void tokenise(int characters, long millis) {
    turn.textBegins();
    nanos += TimeUnit.MILLISECONDS.toNanos(millis);
    turn.textEnds(characters);
  }
}
