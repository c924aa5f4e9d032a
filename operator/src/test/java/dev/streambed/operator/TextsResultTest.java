package dev.streambed.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.TextRejectedException.Reason;
import org.junit.jupiter.api.Test;

class TextsResultTest {
  private static final Embedding FIRST = new Embedding(new float[] {1}, 1, false);
  private static final Embedding SECOND = new Embedding(new float[] {2}, 2, false);

  private final TextsResult result = new TextsResult(2);

  @Test
  void keepsTheOrderOfTheTexts() {
    result.settle(1, SECOND, null);
    assertThat(result.future()).isNotDone();

    result.settle(0, FIRST, null);

    assertThat(result.future().join()).containsExactly(FIRST, SECOND);
  }

  @Test
  void saysWhichTextWasRejectedFirstWhateverTheOrderOfTheResults() {
    result.settle(1, null, new TextRejectedException(Reason.TOO_LONG, "too long"));
    result.settle(0, null, new TextRejectedException(Reason.BLANK, "blank"));

    assertThat(result.future().handle((all, failure) -> failure).join())
        .isInstanceOf(TextRejectedException.class)
        .hasMessage("Text 1 of 2: blank")
        .extracting(failure -> ((TextRejectedException) failure).reason())
        .isEqualTo(Reason.BLANK);
  }

  @Test
  void blamesNoTextIfTheRuntimeIsBroken() {
    result.settle(0, null, new TextRejectedException(Reason.BLANK, "blank"));
    result.settle(1, null, new InferenceException("broken"));

    assertThat(result.future().handle((all, failure) -> failure).join())
        .isInstanceOf(InferenceException.class);
  }
}
