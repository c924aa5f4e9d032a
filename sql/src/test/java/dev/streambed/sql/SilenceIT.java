package dev.streambed.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.streambed.embedder.LogCapture;
import java.util.List;
import org.apache.flink.types.Row;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.Test;

/** No failure shows a text, not even where Flink's own messages have the row. */
class SilenceIT {
  private static final String CANARY = "canary-5c1d";
  private static final String PREDICT =
      "SELECT * FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(txt))";

  private final SqlSession session = SqlSession.streaming();

  private void assertFailsSilently(String query, String message) {
    try (LogCapture log = LogCapture.begin()) {
      Throwable failure = catchThrowable(() -> session.query(query));

      assertThat(ExceptionUtils.stringifyException(failure))
          .contains("Job execution failed")
          .doesNotContain(CANARY);
      assertThat(log.events())
          .anyMatch(event -> event.contains(message))
          .noneMatch(event -> event.contains(CANARY));
    }
  }

  @Test
  void failsWithTheReasonAlone() {
    session.model("m", "embedding ARRAY<FLOAT>", "max-characters", "10");
    session.texts("t", List.of(CANARY + " is long"));

    assertFailsSilently(
        PREDICT,
        "Cannot embed a row (TOO_LONG: The text has 19 characters; the limit is 10.) To go on"
            + " without such texts, create the model with 'on-error' = 'null'.");
  }

  @Test
  void failsWithTheReasonAloneOfATruncatedText() {
    session.model("m", "embedding ARRAY<FLOAT>", "truncation", "fail");
    session.texts("t", List.of((CANARY + " ").repeat(20)));

    assertFailsSilently(
        PREDICT,
        "Cannot embed a row (TOO_MANY_TOKENS: The text has more tokens than the 16 that the model takes.) To go on"
            + " without such texts, create the model with 'on-error' = 'null'.");
  }

  @Test
  void saysNothingOfTheTextInTheColumnError() throws Exception {
    session.model("m", "error STRING", "max-characters", "10");
    session.texts("t", List.of(CANARY + " is long"));

    try (LogCapture log = LogCapture.begin()) {
      assertThat(session.query(PREDICT.replace("*", "error")))
          .containsExactly(Row.of("TOO_LONG: The text has 19 characters; the limit is 10."));
      assertThat(log.events()).noneMatch(event -> event.contains(CANARY));
    }
  }
}
