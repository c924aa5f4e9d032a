package dev.streambed.embedder.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TokenisingTurnTest {
  private final TokenisingTurn turn = new TokenisingTurn();

  @Test
  void isOverAfterALongText() {
    turn.add(100, 1000);
    assertThat(turn.isOver()).isFalse();

    turn.add(1_000_000, 1000);

    assertThat(turn.isOver()).isTrue();
  }

  @Test
  void isOverAfterTextsThatTakeLong() {
    turn.add(10, TimeUnit.MILLISECONDS.toNanos(60));
    assertThat(turn.isOver()).isFalse();

    turn.add(10, TimeUnit.MILLISECONDS.toNanos(60));
    assertThat(turn.isOver()).isTrue();

    turn.begin();
    assertThat(turn.isOver()).isFalse();
  }
}
